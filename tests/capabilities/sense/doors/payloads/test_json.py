"""Reports out of JSON: forms, times, numbers, and what is refused with which words."""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag, Mark, PropertySpec
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.payloads.from_json import read_json
from yuzhou.capabilities.sense.doors.payloads.readings import readings_of
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.times import microseconds_of
from yuzhou.capabilities.sense.rules.ucum import NotConvertible, UnitUnknown, is_unit, scale_between
from yuzhou.kernel.text import Text

AT = 1_795_420_800_123_000  # 2026-11-23T08:00:00.123Z


def test_a_report_with_everything() -> None:
    text = b"""{"at": "2026-11-23T08:00:00.123Z", "device": "a1", "values": {"temperature": 21.5, "pump": true},
        "flags": {"temperature": "m"}, "units": {"temperature": "[degF]"}}"""
    (report,) = read_json(text)
    assert (report.at, report.device, report.row) == (AT, "a1", 1)
    assert report.values == {"temperature": 21.5, "pump": True}
    assert (report.flags, report.units) == ({"temperature": "M"}, {"temperature": "[degF]"})


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T08:00:00.123Z",
        "2026-11-23T16:00:00.123+08:00",
        "20261123T080000.123Z",
        AT // 1000,
        AT / 1e6,
        AT,
        AT * 1000,
        str(AT // 1000),
    ],
)
def test_times_in_every_form(written: object) -> None:
    assert microseconds_of(written) == AT


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-11-23T08:00:00", "payload.time-naive"),
        ("2026-11-23", "payload.time-naive"),
        ("yesterday", "payload.time"),
        ("", "payload.time"),
        (True, "payload.time"),
        (float("nan"), "payload.time"),
        ([], "payload.time"),
    ],
)
def test_times_that_are_none(written: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        microseconds_of(written, 3)
    assert (refused.value.refusal.code, refused.value.refusal.row, refused.value.refusal.field) == (code, 3, "at")


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive by contract
def test_every_moment_comes_back(moment: datetime) -> None:
    exact = microseconds_of(moment)
    assert microseconds_of(moment.isoformat()) == exact
    assert microseconds_of(exact) == exact
    assert microseconds_of(exact * 1000) == exact


@pytest.mark.parametrize(
    ("text", "code", "row", "field"),
    [
        (b"", "payload.empty", 0, ""),
        (b"[]", "payload.empty", 0, ""),
        (b"{", "payload.not-json", 0, ""),
        (b'{"values": {"a": "\xff"}}', "payload.not-utf8", 0, ""),
        (b"3", "payload.not-a-report", 0, ""),
        (b'[{"values": {"a": 1}}, 3]', "payload.not-a-report", 2, ""),
        (b'{"values": {"a": 1}, "flag": "D"}', "payload.unknown-member", 1, "flag"),
        (b'{"at": 1}', "payload.no-values", 1, "values"),
        (b'{"values": {}}', "payload.no-values", 1, "values"),
        (b'{"values": {"a b": 1}}', "payload.property", 1, "values.a b"),
        (b'{"values": {"a": [1]}}', "payload.value", 1, "values.a"),
        (b'{"values": {"a": 1}, "flags": {"a": "X"}}', "payload.flag", 1, "flags.a"),
        (b'{"values": {"a": 1}, "flags": {"b": "D"}}', "payload.no-such-value", 1, "flags.b"),
        (b'{"values": {"a": 1}, "units": {"a": 3}}', "payload.unit-unknown", 1, "units.a"),
        (b'{"values": {"a": 1}, "at": "2026-01-01T00:00:00"}', "payload.time-naive", 1, "at"),
        (b'{"values": {"a": 1}, "device": 7}', "payload.device-unknown", 1, "device"),
    ],
)
def test_what_is_wrong_is_named(text: bytes, code: str, row: int, field: str) -> None:
    with pytest.raises(Refused) as refused:
        read_json(text)
    found = refused.value.refusal
    assert (found.code, found.row, found.field) == (code, row, field)


def test_what_is_right_is_taken_beside_what_is_wrong() -> None:
    refusals = Refusals()
    text = b"""[{"values": {"a": 1, "b": {}}}, {"at": "no", "values": {"a": 1, "b": 2}}, {"values": {"c": 3}}]"""
    found = read_json(text, refusals)
    assert [(r.row, dict(r.values)) for r in found] == [(1, {"a": 1.0}), (3, {"c": 3.0})]
    assert [(r.code, r.row, r.field) for r in refusals.kept] == [("payload.value", 1, "values.b"), ("payload.time", 2, "at")]
    assert refusals.count == 3  # both readings of the second report went with it


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", '"NaN"', "1e999"])
def test_what_is_no_number_is_kept_as_a_fault(literal: str) -> None:
    (report,) = read_json(b'{"values": {"a": %s, "b": 1}}' % literal.encode())
    readings = readings_of(report, Shapes(), received=AT)
    assert readings is not None
    assert math.isnan(readings.values[0])
    assert readings.flags == bytes([DataFlag.FAULT | Mark.SUSPECT, 0])


def test_null_is_nothing_unless_it_bears_a_flag() -> None:
    (report,) = read_json(b'{"values": {"a": null, "b": null, "c": 1}, "flags": {"b": "B"}}')
    readings = readings_of(report, Shapes(), received=AT)
    assert readings is not None
    assert [name for name, _ in readings.shape.keys] == ["b", "c"]
    assert readings.flags == bytes([DataFlag.LINK_FAULT | Mark.SUSPECT, 0])


def test_a_text_is_left_out_and_marked() -> None:
    (report,) = read_json(b'{"values": {"a": "open", "b": 1, "c": false}}')
    readings = readings_of(report, Shapes(), received=AT)
    assert readings is not None
    assert readings.values == [1.0, 0.0]
    assert readings.marks == ("not-numeric",)


def test_a_text_of_a_described_property_is_refused() -> None:
    (report,) = read_json(b'{"values": {"a": "open", "b": 1}}')
    refusals = Refusals()
    described = {"a": PropertySpec("a", Text("甲", "A")), "b": PropertySpec("b", Text("乙", "B"))}
    readings = readings_of(report, Shapes(), received=AT, properties=described, refusals=refusals)
    assert readings is not None
    assert readings.values == [1.0]
    assert [(one.code, one.row, one.field) for one in refusals.kept] == [("payload.not-numeric", 1, "values.a")]


def test_units_are_converted_or_refused() -> None:
    text = {"values": {"t": 212, "p": 1, "x": 5}, "units": {"t": "[degF]", "p": "bar", "x": "kg"}}
    (report,) = read_json(json.dumps(text).encode())
    refusals = Refusals()
    units = {"t": "Cel", "p": "kPa", "x": "m"}
    readings = readings_of(report, Shapes(), received=AT, units=units, refusals=refusals)
    assert readings is not None
    assert readings.values == [100.0, 100.0]
    assert [(r.code, r.field) for r in refusals.kept] == [("payload.unit", "units.x")]


def test_one_layout_is_one_shape() -> None:
    shapes = Shapes()
    first, second = (readings_of(r, shapes, received=AT) for r in read_json(b'[{"values": {"a": 1}}, {"values": {"a": 2}}]'))
    assert first is not None
    assert second is not None
    assert first.shape is second.shape


@pytest.mark.parametrize(
    ("given", "wanted", "value", "converted"),
    [
        ("Cel", "[degF]", 100, 212),
        ("K", "Cel", 273.15, 0),
        ("mg/L", "ug/L", 1.5, 1500),
        ("m3/h", "m3/s", 3600, 1),
        ("kW.h", "MJ", 1, 3.6),
        ("uS/cm", "mS/m", 1000, 100),
        ("%", "1", 50, 0.5),
        ("{count}/L", "/L", 5, 5),
        ("km/h", "m/s", 36, 10),
        ("t/km2/mo", "g/m2/mo", 1, 1),
    ],
)
def test_units_by_ucum(given: str, wanted: str, value: float, converted: float) -> None:
    assert scale_between(given, wanted).one(value) == converted


@pytest.mark.parametrize(("given", "wanted"), [("mg/L", "Cel"), ("dB[SPL]", "Pa"), ("[pH]", "1")])
def test_units_that_do_not_convert(given: str, wanted: str) -> None:
    with pytest.raises((NotConvertible, UnitUnknown)):
        scale_between(given, wanted)


def test_units_that_are_none() -> None:
    assert is_unit("mg/m3")
    assert not is_unit("NTU")
    assert not is_unit("")
    assert scale_between("[pH]", "[pH]").is_same
