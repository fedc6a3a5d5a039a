"""The times of JT/T 808: six bytes of BCD, Beijing time."""

from datetime import UTC, datetime

from yuzhou.capabilities.sense.doors.vehicles.times import read_clock, write_clock

TIME_LENGTH = 6
_NUMBERS = {(high << 4) | low: 10 * high + low for high in range(10) for low in range(10)}


def read_time(data: bytes) -> int:
    """Microseconds since 1970, UTC; raises ValueError."""
    try:
        return read_clock(bytes(_NUMBERS[byte] for byte in data))
    except KeyError:
        raise ValueError(data) from None


def write_time(moment: datetime) -> bytes:
    """The six bytes of an aware moment."""
    return bytes.fromhex("".join(f"{number:02d}" for number in write_clock(moment)))


def write_universal_time(moment: datetime) -> bytes:
    """The six bytes of a moment in UTC, as the answer to 0x0004 wants them."""
    return bytes.fromhex(moment.astimezone(UTC).strftime("%y%m%d%H%M%S"))
