"""The times of HJ 212: fourteen digits of Beijing time, seventeen with milliseconds, as microseconds since 1970 in UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from yuzhou.kernel.clock import CITY

SECOND = 1_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_BEIJING = 8 * 3600 * SECOND


@lru_cache(maxsize=4096)
def _minute(digits: str) -> int:
    """Microseconds at the start of the minute `YYYYMMDDhhmm`; raises ValueError."""
    day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).toordinal() - _EPOCH
    hour, minute = int(digits[8:10]), int(digits[10:12])
    if hour > 23 or minute > 59:
        raise ValueError(digits)
    return (day * 86400 + hour * 3600 + minute * 60) * SECOND - _BEIJING


def parse_time(digits: str) -> int:
    """Microseconds since 1970, UTC, of `YYYYMMDDhhmmss` with or without milliseconds; raises ValueError.

    Beijing time is eight hours ahead throughout: the protocol is younger than the last summer time.
    """
    if len(digits) not in (14, 17) or not (digits.isascii() and digits.isdigit()):
        raise ValueError(digits)
    second = int(digits[12:14])
    if second > 59:
        raise ValueError(digits)
    return _minute(digits[:12]) + second * SECOND + (int(digits[14:]) * 1000 if len(digits) == 17 else 0)


def format_time(moment: datetime, *, milliseconds: bool = False) -> str:
    """Fourteen digits of Beijing time, or seventeen."""
    local = moment.astimezone(CITY)
    return local.strftime("%Y%m%d%H%M%S") + (f"{local.microsecond // 1000:03d}" if milliseconds else "")


def moment_of(microseconds: int) -> datetime:
    """The aware moment, UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
