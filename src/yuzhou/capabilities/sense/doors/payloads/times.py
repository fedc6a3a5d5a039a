"""Moments as devices write them: ISO 8601 with a zone, or a number since 1970."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from yuzhou.capabilities.sense.doors.payloads.refusals import Refused

SECOND = 1_000_000
AHEAD = 600 * SECOND
"""How far a device's clock may be ahead of ours."""
BEHIND = 400 * 86_400 * SECOND
"""How old data may be that a device kept: as old as the store takes them."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SCALES = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (math.inf, 1e-3))
"""Numbers below the first count (year 5138 in seconds, 1973 in milliseconds …) are seconds, then ms, µs and ns."""


def microseconds_of(value: Any, row: int = 0, field: str = "at") -> int:
    """A moment in µs since 1970; raises Refused `payload.time` or `payload.time-naive`."""
    if isinstance(value, datetime):
        return _from_datetime(value, row, field)
    if isinstance(value, str):
        return _from_text(value.strip(), row, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused("payload.time", row, field)
    return _from_number(value)


def _from_number(value: float) -> int:
    size = abs(value)
    place = (size >= SCALES[0][0]) + (size >= SCALES[1][0]) + (size >= SCALES[2][0])
    scale = SCALES[place][1]
    if isinstance(value, int):
        return value // 1000 if scale < 1 else value * int(scale)
    return round(value * scale)


def _from_text(text: str, row: int, field: str) -> int:
    if text.lstrip("+-").replace(".", "", 1).isascii() and text.lstrip("+-").replace(".", "", 1).isdigit() and len(text) != 8:
        return _from_number(float(text) if "." in text else int(text[:24]))
    try:
        return _from_datetime(datetime.fromisoformat(text), row, field)
    except ValueError:
        raise Refused("payload.time", row, field) from None


def _from_datetime(value: datetime, row: int, field: str) -> int:
    if value.tzinfo is None:
        raise Refused("payload.time-naive", row, field)
    try:
        return (value - EPOCH) // MICROSECOND
    except OverflowError:
        raise Refused("payload.time", row, field) from None
