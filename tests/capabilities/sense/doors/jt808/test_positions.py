"""Position reports of JT/T 808 into readings."""

import struct
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.jt808.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.jt808.positions import Malformed, read_position, split_positions
from yuzhou.capabilities.sense.doors.jt808.words import ALARMS, STATUS_BITS

from ..vehicles.recordings import recorded_frames

TIME = bytes.fromhex("261123083005")
NOTHING = (0, 0)


def report(alarm: int = 0, status: int = 3, *, items: bytes = b"", time: bytes = TIME) -> bytes:
    return struct.pack(">IIIIHHH", alarm, status, 29_563_010, 106_551_556, 259, 655, 183) + time + items


def test_where_and_when() -> None:
    read = read_position(report(), NOTHING)
    assert read.at == int(datetime.fromisoformat("2026-11-23T08:30:05+08:00").timestamp()) * 1_000_000
    assert read.as_mapping() == {
        "alarm": 0,
        "status": 3,
        "latitude": 29.56301,
        "longitude": 106.551556,
        "altitude": 259,
        "speed": 65.5,
        "heading": 183,
        "acc": 1,
        "position.valid": 1,
    }
    assert read.flags == bytes(9)


def test_recorded_reports() -> None:
    """Three recorded reports, read by hand from their bytes."""
    found = {}
    for row in recorded_frames("jt808"):
        frames = Splitter().feed(bytes.fromhex(row["hex"]))
        if row["msg_id"] == "0200" and isinstance(frames[0], Frame):
            found[frames[0].identity, frames[0].serial] = read_position(frames[0].body, NOTHING)
    assert len(found) >= 12
    car = found["13808358246", 0x0440].as_mapping()
    assert (car["latitude"], car["longitude"], car["altitude"]) == (30.636853, 104.816201, 416)
    assert (car["speed"], car["heading"], car["mileage"], car["satellites"], car["signal_strength"]) == (33, 283, 314.1, 4, 21)
    sos = (
        found["123456789012", 0x7E02].as_mapping()
        if ("123456789012", 0x7E02) in found
        else found["123456789012", 0x007E].as_mapping()
    )
    assert (sos["alarm.sos"], sos["fuel"], sos["mileage"]) == (1, 12.5, 10)


def test_south_west_and_below_the_sea() -> None:
    body = struct.pack(">IIIIHHH", 0, 0b1110, 1_500_000, 2_500_000, 0xFFF6, 0, 0) + TIME
    values = read_position(body, NOTHING).as_mapping()
    assert (values["latitude"], values["longitude"], values["altitude"]) == (-1.5, -2.5, -10)


def test_without_a_fix_the_place_is_suspect() -> None:
    read = read_position(report(status=1), NOTHING)
    flags = dict(zip(read.names, read.flags, strict=True))
    assert {name for name, flag in flags.items() if flag & Mark.SUSPECT} == {
        "latitude",
        "longitude",
        "altitude",
        "speed",
        "heading",
    }


def test_out_of_range() -> None:
    read = read_position(struct.pack(">IIIIHHH", 0, 2, 91_000_000, 0, 0, 2201, 360) + TIME, NOTHING)
    flags = dict(zip(read.names, read.flags, strict=True))
    assert [flags[name] for name in ("latitude", "speed", "heading")] == [DataFlag.OVER_RANGE] * 3


def test_the_first_report_tells_all_bits_and_later_ones_what_changes() -> None:
    first = read_position(report(), None).as_mapping()
    assert {name for name in first if name.startswith("alarm.")} == {f"alarm.{name}" for name in ALARMS}
    assert set(STATUS_BITS.values()) < set(first)
    assert first["load"] == 0
    raised = read_position(report(alarm=1), (0, 3)).as_mapping()
    assert raised["alarm.sos"] == 1
    stands = read_position(report(alarm=1), (1, 3)).as_mapping()
    assert stands["alarm.sos"] == 1
    gone = read_position(report(), (1, 3)).as_mapping()
    assert gone["alarm.sos"] == 0
    assert "alarm.sos" not in read_position(report(), (0, 3)).as_mapping()
    assert (
        read_position(report(status=3 | 1 << 12 | 3 << 8), (0, 3)).as_mapping() | {"doors_locked": 1, "load": 3}
        == read_position(report(status=3 | 1 << 12 | 3 << 8), (0, 3)).as_mapping()
    )


def test_additional_items() -> None:
    items = {
        0x01: struct.pack(">I", 123_456),
        0x02: struct.pack(">H", 455),
        0x03: struct.pack(">H", 600),
        0x04: struct.pack(">H", 9),
        0x05: bytes((220, 221)) + b"\xff" * 28,
        0x06: struct.pack(">H", 0x8000 | 18),
        0x11: b"\x01\x00\x00\x00\x07",
        0x12: b"\x02\x00\x00\x00\x08\x01",
        0x13: struct.pack(">IHB", 5, 600, 1),
        0x25: struct.pack(">I", 0x10),
        0x2A: struct.pack(">H", 1),
        0x2B: struct.pack(">HH", 7, 300),
        0x30: b"\x15",
        0x31: b"\x0b",
        0xE1: b"own",
    }
    wire = b"".join(bytes((item, len(data))) + data for item, data in items.items())
    read = read_position(report(items=wire), NOTHING)
    values = read.as_mapping()
    wanted = {
        "mileage": 12_345.6,
        "fuel": 45.5,
        "recorder_speed": 60,
        "alarm_event": 9,
        "tyre.1": 220,
        "tyre.2": 221,
        "carriage_temperature": -18,
        "overspeed.area_kind": 1,
        "overspeed.area": 7,
        "area.kind": 2,
        "area.id": 8,
        "area.leaving": 1,
        "route.id": 5,
        "route.seconds": 600,
        "route.too_long": 1,
        "signals": 16,
        "inputs": 1,
        "analogue.0": 300,
        "analogue.1": 7,
        "signal_strength": 21,
        "satellites": 11,
    }
    assert values | wanted == values
    assert "tyre.3" not in values
    assert read.skipped == (0xE1,)


def test_an_item_of_a_wrong_length_is_skipped_and_one_cut_off_ends_the_reading() -> None:
    read = read_position(report(items=b"\x01\x02\x00\x01\x30\x01\x15"), NOTHING)
    assert read.skipped == (1,)
    assert read.as_mapping()["signal_strength"] == 21
    cut = read_position(report(items=b"\x30\x01\x15\x01\x04\x00"), NOTHING)
    assert cut.is_cut
    assert cut.as_mapping()["signal_strength"] == 21


@pytest.mark.parametrize("time", ["000000000000", "261340000000", "2611230830aa"])
def test_no_time(time: str) -> None:
    with pytest.raises(Malformed):
        read_position(report(time=bytes.fromhex(time)), NOTHING)


@given(st.binary(max_size=120), st.none() | st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)))
def test_never_raises_anything_else(tail: bytes, before: tuple[int, int] | None) -> None:
    read = read_position(report() + tail, before)
    assert len(read.names) == len(read.values) == len(read.flags) == len(set(read.names))
    try:
        read_position(tail, before)
    except Malformed:
        return


def batch(*reports: bytes, kind: int = 1) -> bytes:
    return struct.pack(">HB", len(reports), kind) + b"".join(struct.pack(">H", len(body)) + body for body in reports)


def test_many_at_once() -> None:
    late, reports = split_positions(batch(report(), report(alarm=2)))
    assert late
    assert [read_position(body, NOTHING).alarm for body in reports] == [0, 2]
    assert split_positions(batch(report(), kind=0)) == (False, [report()])


@given(st.binary(max_size=200))
def test_many_at_once_never_raises_anything_else(body: bytes) -> None:
    try:
        split_positions(body)
    except Malformed:
        return


@pytest.mark.parametrize("body", [b"", b"\x00\x01", batch(report())[:-1], b"\x00\x02" + batch(report())[2:]])
def test_many_at_once_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        split_positions(body)
