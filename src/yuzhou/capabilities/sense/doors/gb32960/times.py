"""The times of GB/T 32960.3: six bytes of Beijing time, year to second (table 5)."""

from yuzhou.capabilities.sense.doors.vehicles.times import read_clock

TIME_LENGTH = 6


def read_time(data: bytes) -> int:
    """Microseconds since 1970, UTC, of the first six bytes; raises ValueError."""
    return read_clock(data[:TIME_LENGTH])
