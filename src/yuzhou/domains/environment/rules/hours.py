"""Which hourly means count as valid measurements.

HJ 212-2017 table 8 flags each value; only N (normal) is a valid measurement, and a value without a flag counts as one, since the
standard lets loggers leave it out. A mean of our own that stands on too few values is marked suspect, and does not count.
"""

INSTRUMENT_BITS = 0x0F
SUSPECT = 0x80
STOPPED_FLAG = 1


def is_valid(flag: int) -> bool:
    """Whether a value with the flag (instrument's word in the low bits, our marks above) is a valid measurement."""
    return flag & (INSTRUMENT_BITS | SUSPECT) == 0
