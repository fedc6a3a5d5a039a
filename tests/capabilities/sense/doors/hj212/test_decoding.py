"""Contents into columns of readings."""

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag, Statistic
from yuzhou.capabilities.sense.doors.hj212.content import items_of
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder, Readings, series_key
from yuzhou.capabilities.sense.doors.hj212.dictionary import READINGS
from yuzhou.capabilities.sense.doors.hj212.frames import Mark
from yuzhou.capabilities.sense.doors.hj212.segment import Malformed, parse

from .samples import rows

NINE = 1_785_546_000_000_000  # 2026-08-01 09:00 in Beijing


def decode(cn: str, content: str, data_time: str = "DataTime=20260801090000;") -> Readings:
    return Decoder().decode(cn, data_time + content)


def table(readings: Readings) -> dict[tuple[str, str], tuple[float, int]]:
    return {
        (name, statistic.value): (value, flag)
        for (name, statistic), value, flag in zip(readings.shape.keys, readings.values, readings.flags, strict=True)
    }


def test_hour_data() -> None:
    readings = decode(
        "2061", "w00000-Cou=63.0,w00000-Min=16.4,w00000-Avg=17.5,w00000-Max=20.1,w00000-Flag=D;w01001-Avg=7.5,w01001-Flag=N"
    )
    assert readings.at == NINE
    assert table(readings) == {
        ("w00000", "hour-total"): (63.0, DataFlag.FAULT),
        ("w00000", "hour-min"): (16.4, DataFlag.FAULT),
        ("w00000", "hour-avg"): (17.5, DataFlag.FAULT),
        ("w00000", "hour-max"): (20.1, DataFlag.FAULT),
        ("w01001", "hour-avg"): (7.5, DataFlag.NORMAL),
    }


def test_order_does_not_matter() -> None:
    readings = decode("2011", "b-Flag=T,b-Rtd=2;a-Rtd=1;DataTime=20260801090000;a-Flag=C", data_time="")
    assert table(readings) == {("b", "rtd"): (2.0, DataFlag.OVER_RANGE), ("a", "rtd"): (1.0, DataFlag.CALIBRATING)}


def test_converted_values_noise_and_equipment() -> None:
    assert series_key("2011", "a21026", "ZsRtd") == ("a21026", Statistic.RTD_CONVERTED)
    assert series_key("2061", "a21026", "ZsAvg") == ("a21026", Statistic.HOUR_AVG_CONVERTED)
    assert series_key("2051", "Leq", "Data") == ("Leq", Statistic.MINUTE_AVG)
    assert series_key("2031", "Ld", "DayData") == ("Ld-Day", Statistic.DAY_AVG)
    assert series_key("2031", "Ln", "NightData") == ("Ln-Night", Statistic.DAY_AVG)
    assert series_key("2021", "SB1", "RS") == ("SB1-RS", Statistic.RTD)
    assert series_key("2041", "SB1", "RT") == ("SB1-RT", Statistic.DAY_TOTAL)
    assert series_key("2011", "LA", "Rtd") == ("LA", Statistic.RTD)


def test_a_sample_has_its_own_time() -> None:
    readings = decode("2011", "w01001-Rtd=7;w01018-SampleTime=20260801070000,w01018-Rtd=2")
    assert readings.ats == [NINE, NINE - 2 * 3600 * 1_000_000]


def test_flags_of_2005_and_unknown_ones() -> None:
    readings = decode("2011", "a-Rtd=1,a-Flag=3;b-Rtd=1,b-Flag=P;c-Rtd=1,c-Flag=n;d-Rtd=1;e-Rtd=1,e-Flag=Z")
    assert [*readings.flags] == [DataFlag.NORMAL, DataFlag.FAULT, DataFlag.NORMAL, DataFlag.NORMAL, DataFlag.FAULT]
    assert readings.marks == (Mark.DATA_FLAG,)


@pytest.mark.parametrize("text", ["", "-", "NaN", "inf", "1_0", "1e999", "--", "0x1F"])
def test_a_value_that_is_no_number_is_a_fault(text: str) -> None:
    readings = decode("2011", f"a-Rtd={text},a-Flag=N;b-Rtd=2,b-Flag=N")
    assert math.isnan(readings.values[0])
    assert readings.values[1] == 2
    assert [*readings.flags] == [DataFlag.FAULT, DataFlag.NORMAL]
    assert Mark.VALUE in readings.marks


def test_a_name_given_twice_counts_once() -> None:
    readings = decode("2011", "a-Rtd=1;a-Rtd=2")
    assert table(readings) == {("a", "rtd"): (2.0, DataFlag.NORMAL)}
    assert readings.marks == (Mark.DUPLICATE_ITEM,)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a-Rtd=1", "data-time"),
        ("DataTime=20261301000000;a-Rtd=1", "data-time"),
        ("DataTime=20260801240000;a-Rtd=1", "data-time"),
        ("DataTime=20260801090000;a-Rtd", "item"),
        ("DataTime=20260801090000;=1", "item"),
        ("DataTime=20260801090000;a-SampleTime=x,a-Rtd=1", "sample-time"),
    ],
)
def test_what_cannot_be_read_is_named(content: str, reason: str) -> None:
    with pytest.raises(Malformed) as raised:
        Decoder().decode("2011", content)
    assert raised.value.args == (reason,)


@given(st.sampled_from(sorted(READINGS)), st.text(string.printable, max_size=200))
def test_never_crashes(cn: str, content: str) -> None:
    for text in (content, "DataTime=20260801090000;" + content):
        try:
            readings = Decoder().decode(cn, text)
        except Malformed:
            continue
        assert len(readings.values) == len(readings.flags) == len(readings.shape.keys)


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda value: f"{value:.3f}")
letters = st.sampled_from("NFMSDCTB")


@given(st.dictionaries(st.from_regex(r"[aw][0-9]{5}", fullmatch=True), st.tuples(numbers, letters), max_size=12))
def test_bulk_reads_what_item_by_item_reads(factors: dict[str, tuple[str, str]]) -> None:
    content = "DataTime=20260801090000" + "".join(f";{n}-Rtd={v},{n}-Flag={f}" for n, (v, f) in factors.items())
    items = items_of(content)
    for name, (value, flag) in table(Decoder().decode("2011", content)).items():
        assert value == float(items[f"{name[0]}-Rtd"])
        assert DataFlag(flag).letter == items[f"{name[0]}-Flag"]


def test_shapes_are_learnt_once() -> None:
    decoder = Decoder()
    first = decoder.decode("2011", "DataTime=20260801090000;a-Rtd=1")
    second = decoder.decode("2011", "DataTime=20260801090100;a-Rtd=2")
    assert first.shape is second.shape


def test_recorded_uploads() -> None:
    for row in rows("field_frames.jsonl"):
        segment = parse(row["frame"][6:-4].encode())
        if segment.cn in READINGS:
            readings = Decoder().decode(segment.cn, segment.content)
            assert readings.values
            assert all(map(math.isfinite, readings.values))
