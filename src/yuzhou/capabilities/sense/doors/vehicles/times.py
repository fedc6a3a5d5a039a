"""Times of vehicles: year (less 2000), month, day, hour, minute, second of Beijing time as microseconds since 1970 in UTC."""

from datetime import date, datetime
from functools import lru_cache

from yuzhou.kernel.clock import CITY

SECOND = 1_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_BEIJING = 8 * 3600


@lru_cache(maxsize=1024)
def _day(year: int, month: int, day: int) -> int:
    """Seconds at the start of a day of Beijing; raises ValueError."""
    return (date(2000 + year, month, day).toordinal() - _EPOCH) * 86400 - _BEIJING


def read_clock(numbers: bytes) -> int:
    """Microseconds since 1970, UTC, of the six numbers; raises ValueError.

    Beijing time is eight hours ahead throughout: the protocols are younger than the last summer time.
    """
    if len(numbers) != 6:
        raise ValueError(numbers)
    year, month, day, hour, minute, second = numbers
    if year > 99 or hour > 23 or minute > 59 or second > 59:
        raise ValueError(numbers)
    return (_day(year, month, day) + hour * 3600 + minute * 60 + second) * SECOND


def write_clock(moment: datetime) -> bytes:
    """The six numbers of an aware moment."""
    local = moment.astimezone(CITY)
    return bytes((local.year - 2000, local.month, local.day, local.hour, local.minute, local.second))
