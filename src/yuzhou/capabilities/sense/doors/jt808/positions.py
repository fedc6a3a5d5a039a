"""Position reports (0x0200 and those inside 0x0201, 0x0500, 0x0704): from bytes to readings.

An alarm or status bit becomes a property of its own, told when it is set, when it has just gone, and in the first report
of a session; the words as a whole are told in every report. So a rule sees each change, and the store is spared sixty
rows a report.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.jt808.times import TIME_LENGTH, read_time
from yuzhou.capabilities.sense.doors.jt808.words import (
    ALARMS,
    ALWAYS_TOLD,
    LOAD_MASK,
    LOAD_SHIFT,
    NO_FIX_WITHOUT,
    SOUTH,
    STATUS_BITS,
    WEST,
)

_BASE = struct.Struct(">IIIIHHH")
BASE_LENGTH = _BASE.size + TIME_LENGTH
ALL_BITS = 0xFFFF_FFFF
_FIRST = ("alarm", "status", "latitude", "longitude", "altitude", "speed", "heading")
_DEGREES = 1_000_000
_HIGHEST_SPEED, _HIGHEST_HEADING = 2200, 359
_NO_TYRE = 0xFF
_MOST_TYRES = 30


class Malformed(ValueError):
    """The body cannot be read: `args[0]` names what is wrong."""


@dataclass(slots=True)
class Report:
    """A position report: values and flags in the order of `names`, `at` in microseconds UTC.

    `skipped`: additional items that are not known or have another length than they should; `is_cut`: the last one says that
    it is longer than what is left. Both stay in the raw frame.
    """

    names: tuple[str, ...]
    values: list[float]
    flags: bytes
    at: int
    alarm: int
    status: int
    skipped: tuple[int, ...] = ()
    is_cut: bool = False

    def as_mapping(self) -> dict[str, float]:
        """The values by property."""
        return dict(zip(self.names, self.values, strict=True))


def read_position(body: bytes, before: tuple[int, int] | None = None) -> Report:
    """Read a report; raises Malformed. `before`: alarm and status word of the device's last report, None to tell all bits."""
    if len(body) < BASE_LENGTH:
        raise Malformed("short")
    alarm, status, latitude, longitude, altitude, speed, heading = _BASE.unpack_from(body)
    try:
        at = read_time(body[_BASE.size : BASE_LENGTH])
    except ValueError:
        raise Malformed("time") from None
    last_alarm, last_status = before or (alarm ^ ALL_BITS, status ^ ALL_BITS)
    bits, bit_values = _bits(alarm, alarm | last_alarm, status, status ^ last_status | ALWAYS_TOLD)
    names = [*_FIRST, *bits]
    values = [
        float(alarm),
        float(status),
        latitude / (-_DEGREES if status & SOUTH else _DEGREES),
        longitude / (-_DEGREES if status & WEST else _DEGREES),
        float(altitude if altitude < 0x8000 else altitude - 0x10000),
        speed / 10,
        float(heading),
        *bit_values,
    ]
    flags = _base_flags(status, latitude, longitude, speed, heading)
    skipped, is_cut = _add_items(body, names, values)
    flags += bytes(len(values) - len(flags))
    return Report(tuple(names), values, bytes(flags), at, alarm, status, skipped, is_cut)


def _base_flags(status: int, latitude: int, longitude: int, speed: int, heading: int) -> bytearray:
    flags = bytearray(len(_FIRST))
    if latitude > 90 * _DEGREES or longitude > 180 * _DEGREES:
        flags[2] = flags[3] = DataFlag.OVER_RANGE
    if not status & NO_FIX_WITHOUT:
        for place in range(2, 7):
            flags[place] |= Mark.SUSPECT
    if speed > _HIGHEST_SPEED:
        flags[5] |= DataFlag.OVER_RANGE
    if heading > _HIGHEST_HEADING:
        flags[6] |= DataFlag.OVER_RANGE
    return flags


@lru_cache(maxsize=4096)
def _bits(alarm: int, told_alarm: int, status: int, told_status: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The properties of the bits that are told, and their values."""
    found = [(f"alarm.{name}", float(alarm >> bit & 1)) for bit, name in enumerate(ALARMS) if told_alarm >> bit & 1]
    found += [(name, float(status >> bit & 1)) for bit, name in STATUS_BITS.items() if told_status >> bit & 1]
    if told_status >> LOAD_SHIFT & LOAD_MASK:
        found.append(("load", float(status >> LOAD_SHIFT & LOAD_MASK)))
    return tuple(name for name, _ in found), tuple(value for _, value in found)


# --- additional items (位置附加信息) ---------------------------------------------------------------------------------------

Told = list[tuple[str, float]]


def _carriage_temperature(data: bytes) -> Told:
    """The highest bit is the sign, the rest the amount."""
    number = int.from_bytes(data, "big")
    return [("carriage_temperature", float(-(number & 0x7FFF) if number & 0x8000 else number))]


def _tyres(data: bytes) -> Told:
    return [(f"tyre.{place}", float(byte)) for place, byte in enumerate(data, 1) if byte != _NO_TYRE]


def _overspeed(data: bytes) -> Told:
    told = [("overspeed.area_kind", float(data[0]))]
    if len(data) == 5:
        told.append(("overspeed.area", float(int.from_bytes(data[1:], "big"))))
    return told


def _area(data: bytes) -> Told:
    return [
        ("area.kind", float(data[0])),
        ("area.id", float(int.from_bytes(data[1:5], "big"))),
        ("area.leaving", float(data[5])),
    ]


def _route_time(data: bytes) -> Told:
    return [
        ("route.id", float(int.from_bytes(data[:4], "big"))),
        ("route.seconds", float(int.from_bytes(data[4:6], "big"))),
        ("route.too_long", float(data[6])),
    ]


def _analogue(data: bytes) -> Told:
    return [("analogue.0", float(int.from_bytes(data[2:], "big"))), ("analogue.1", float(int.from_bytes(data[:2], "big")))]


_NUMBERS: dict[tuple[int, int], tuple[str, int]] = {
    (0x01, 4): ("mileage", 10),
    (0x02, 2): ("fuel", 10),
    (0x03, 2): ("recorder_speed", 10),
    (0x04, 2): ("alarm_event", 1),
    (0x25, 4): ("signals", 1),
    (0x2A, 2): ("inputs", 1),
    (0x30, 1): ("signal_strength", 1),
    (0x31, 1): ("satellites", 1),
}
"""Item and its length → the property that it is, and the divisor of its number (2013, table 20; 2019, table 27)."""

_OTHERS: dict[tuple[int, int], Callable[[bytes], Told]] = {
    **{(0x05, tyres): _tyres for tyres in range(1, _MOST_TYRES + 1)},
    (0x06, 2): _carriage_temperature,
    (0x11, 1): _overspeed,
    (0x11, 5): _overspeed,
    (0x12, 6): _area,
    (0x13, 7): _route_time,
    (0x2B, 4): _analogue,
}
"""Those that say more than one thing, or say it otherwise."""


def _add_items(body: bytes, names: list[str], values: list[float]) -> tuple[tuple[int, ...], bool]:
    """Add what the items say, the first of each; returns those that are not read, and whether the last is cut off."""
    skipped: list[int] = []
    seen: set[int] = set()
    position, length = BASE_LENGTH, len(body)
    while position < length:
        item = body[position]
        start = position + 2
        size = body[position + 1] if start <= length else length
        position = start + size
        if position > length:
            return tuple(dict.fromkeys(skipped)), True
        number = _NUMBERS.get((item, size))
        if item in seen:
            continue
        if number is not None:
            seen.add(item)
            names.append(number[0])
            values.append(int.from_bytes(body[start:position], "big") / number[1])
        elif read := _OTHERS.get((item, size)):
            seen.add(item)
            for name, value in read(body[start:position]):
                names.append(name)
                values.append(value)
        else:
            skipped.append(item)
    return tuple(dict.fromkeys(skipped)), False


def split_positions(body: bytes) -> tuple[bool, list[bytes]]:
    """The reports of a 0x0704, and whether they are reissued (补报); raises Malformed."""
    if len(body) < 3:
        raise Malformed("short")
    count, kind = int.from_bytes(body[:2], "big"), body[2]
    reports: list[bytes] = []
    position = 3
    while position < len(body) and len(reports) < count:
        end = position + 2 + int.from_bytes(body[position : position + 2], "big")
        if position + 2 > len(body) or end > len(body):
            raise Malformed("report")
        reports.append(body[position + 2 : end])
        position = end
    if len(reports) != count:
        raise Malformed("count")
    return bool(kind), reports
