"""Hours and days of the city, and which series a mean is made from."""

from typing import Final

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
CITY_OFFSET: Final = 8 * HOUR  # Asia/Shanghai, without summer time since 1991

MEAN_OF = {
    "rtd": "hour-avg",
    "rtd-converted": "hour-avg-converted",
    "hour-avg": "day-avg",
    "hour-avg-converted": "day-avg-converted",
}
_SECONDS: Final = {"minute": 600, "hour": 3600, "day": 86_400}
ENOUGH: Final = 0.75  # of the values due in a period must be valid (HJ 356-2019: an hour needs 75 %)


def period_of(statistic: str) -> int:
    """Length in µs of the shortest period that a series of this statistic is summed up over; 0 for none."""
    if statistic.startswith(("rtd", "minute")):
        return HOUR
    return DAY if statistic.startswith("hour") else 0


def period_length(statistic: str) -> int:
    """Seconds that a value of this statistic stands for; 0 for a moment. Minute data of HJ 212 are of ten minutes."""
    return next((seconds for name, seconds in _SECONDS.items() if statistic.startswith(name)), 0)


def period_start(at: Int, period: Int | int) -> Int:
    """First moment of the city's hour or day that holds a time (µs)."""
    start: Int = (at + CITY_OFFSET) // np.maximum(period, 1) * period - CITY_OFFSET
    return start


def coverage(valid: int, typical_gap: float | None, period: int) -> float:
    """Which part of the values due in a period are there, by the usual gap between them (µs); an hour holds 1/24 of its day."""
    if period == DAY:
        return valid / 24
    return min(1.0, valid * typical_gap / period) if typical_gap else 0.0
