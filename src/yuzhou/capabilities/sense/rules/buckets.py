"""Periods of the city's clock and calendar, from a minute to a year, over columns of moments (µs)."""

from enum import StrEnum
from typing import Final

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.periods import CITY_OFFSET, DAY, HOUR

MINUTE: Final = 60_000_000


class Period(StrEnum):
    """What readings are summed up by. Days begin at the city's midnight, weeks on Monday."""

    MINUTE = "minute"
    MINUTES_5 = "5-minutes"
    MINUTES_10 = "10-minutes"
    MINUTES_15 = "15-minutes"
    MINUTES_30 = "30-minutes"
    HOUR = "hour"
    HOURS_6 = "6-hours"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def shortest(self) -> int:
        """Its length in µs; that of the shortest for months, quarters and years."""
        return _LENGTH[self]


_LENGTH = {
    Period.MINUTE: MINUTE,
    Period.MINUTES_5: 5 * MINUTE,
    Period.MINUTES_10: 10 * MINUTE,
    Period.MINUTES_15: 15 * MINUTE,
    Period.MINUTES_30: 30 * MINUTE,
    Period.HOUR: HOUR,
    Period.HOURS_6: 6 * HOUR,
    Period.DAY: DAY,
    Period.WEEK: 7 * DAY,
    Period.MONTH: 28 * DAY,
    Period.QUARTER: 90 * DAY,
    Period.YEAR: 365 * DAY,
}
_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
_MONDAY = 3 * DAY  # 1970 began on a Thursday


def begin_of(at: Int, period: Period, later: int = 0) -> Int:
    """First moment of the period that holds each moment, or of the one so many periods later."""
    local = at + CITY_OFFSET
    if period in _MONTHS:
        months = _MONTHS[period]
        index = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) // months + later
        begin = (index * months).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
    else:
        length, shift = _LENGTH[period], _MONDAY if period is Period.WEEK else 0
        begin = ((local + shift) // length + later) * length - shift
    found: Int = begin - CITY_OFFSET
    return found
