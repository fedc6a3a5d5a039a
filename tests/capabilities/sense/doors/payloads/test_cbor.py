"""Reports in CBOR: the members of JSON, the compact form, and what is wrong."""

import math
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.payloads.cbor import read_cbor
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused

AT = 1_750_000_000_123


def read(document: Any) -> Any:
    return read_cbor(cbor2.dumps(document))


def test_the_members_of_json_are_read() -> None:
    (report,) = read({"at": AT, "values": {"temperature": 21.5, "pump": True}, "flags": {"temperature": "M"}})
    assert (report.at, report.values, report.flags) == (AT * 1000, {"temperature": 21.5, "pump": True}, {"temperature": "M"})


def test_the_compact_form_says_the_same() -> None:
    (report,) = read({0: "d", 1: AT, 2: {"t": 21.5}, 3: {"t": "D"}, 4: {"t": "[degF]"}})
    assert (report.device, report.at, report.values) == ("d", AT * 1000, {"t": 21.5})
    assert (report.flags, report.units) == ({"t": "D"}, {"t": "[degF]"})


def test_many_moments_share_their_names() -> None:
    reports = read({1: AT, 5: ["t", "p"], 6: [[0, 1.0, 2.0], [500, 1.5, None], [1000.5, 2.0, 3.0]], 4: {"p": "kPa"}})
    assert [report.at for report in reports] == [AT * 1000, (AT + 500) * 1000, AT * 1000 + 1_000_500]
    assert [report.values for report in reports] == [{"t": 1.0, "p": 2.0}, {"t": 1.5}, {"t": 2.0, "p": 3.0}]
    assert [report.units for report in reports] == [{"p": "kPa"}, {}, {"p": "kPa"}]


def test_moments_may_be_dates_and_rows_may_bear_their_own() -> None:
    moment = datetime(2026, 11, 23, 8, tzinfo=UTC)
    (report,) = read({1: moment, 2: {"t": 1}})
    assert report.at == int(moment.timestamp() * 1_000_000)
    (report,) = read({5: ["t"], 6: [[AT, 1]]})
    assert report.at == AT * 1000


def test_a_list_holds_several() -> None:
    assert [report.values for report in read([{2: {"a": 1}}, {"values": {"b": 2}}])] == [{"a": 1.0}, {"b": 2.0}]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.floats(allow_nan=False), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=20,
    )
)
def test_rows_come_back_as_they_were(rows: list[tuple[int, float, float]]) -> None:
    reports = read({1: AT, 5: ["a", "b"], 6: [list(row) for row in rows]})
    assert [(report.at, report.values) for report in reports] == [((AT + n) * 1000, {"a": a, "b": b}) for n, a, b in rows]


def test_no_number_stays_no_number() -> None:
    (report,) = read({2: {"t": math.nan}})
    assert math.isnan(report.values["t"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "payload.empty"),
        (cbor2.dumps({2: {"t": 1}})[:-2], "payload.not-cbor"),
        (cbor2.dumps({2: {"t": 1}}) + b"\x00", "payload.not-cbor"),
        (b"\x81" * 3000, "payload.not-cbor"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "payload.not-cbor"),
        (b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", "payload.not-cbor"),
        (b"\xa1\x02\xa1\x62\xff\xfe\x01", "payload.not-cbor"),
        (cbor2.dumps([]), "payload.empty"),
        (cbor2.dumps(7), "payload.not-a-report"),
        (cbor2.dumps([7]), "payload.not-a-report"),
        (cbor2.dumps({9: 1}), "payload.unknown-member"),
        (cbor2.dumps({2: {"t": b"x"}}), "payload.value"),
        (cbor2.dumps({2: {7: 1}}), "payload.property"),
        (cbor2.dumps({1: True, 2: {"t": 1}}), "payload.time"),
        (cbor2.dumps({5: ["t"], 6: [[1, 2, 3]]}), "payload.cells"),
        (cbor2.dumps({1: AT, 5: ["t"], 6: [["x", 2]]}), "payload.time"),
        (cbor2.dumps({5: "t", 6: 1}), "payload.not-a-report"),
        (cbor2.dumps({1: AT, 5: [{}], 6: [[1, 2]]}), "payload.property"),
    ],
)
def test_what_is_wrong_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_cbor(content)
    assert caught.value.refusal.code == code


def test_what_is_right_beside_it_is_taken() -> None:
    refusals = Refusals()
    reports = read_cbor(cbor2.dumps([{2: {"a": 1, "b": b"x"}}, {5: ["t"], 6: [[1]]}, {2: {"c": 3}}]), refusals)
    assert [report.values for report in reports] == [{"a": 1.0}, {"c": 3.0}]
    assert set(refusals.codes) == {"payload.value", "payload.cells"}


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(content: bytes) -> None:
    try:
        read_cbor(content, Refusals())
    except Refused:
        return
