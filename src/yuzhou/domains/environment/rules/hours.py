"""Hourly means of our own, where the logger did not report them (2061), and which values count.

HJ 212-2017 table 8 flags each value; only N (normal) is a valid measurement, and a value without a flag counts as one, since the
standard lets loggers leave it out. An hour of our own is valid with at least 45 minutes of valid data, as HJ 75-2017 asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INSTRUMENT_BITS = 0x0F
SUSPECT = 0x80
COMPUTED = 0x10
STOPPED_FLAG = 1
LINK_FAULT_FLAG = 7
ENOUGH_OF_AN_HOUR = 0.75


@dataclass(frozen=True, slots=True)
class HourlyMean:
    """A computed hour: the mean, how much of the hour valid values cover (0 to 1), and the flag that prevails."""

    value: float
    coverage: float
    flag: int


def is_valid(flag: int) -> bool:
    """Whether a value with the flag (instrument's word in the low bits, our marks above) is a valid measurement."""
    return flag & (INSTRUMENT_BITS | SUSPECT) == 0


def hourly_mean(values: Sequence[float], flags: Sequence[int], *, expected: int) -> HourlyMean | None:
    """The mean of an hour from its finer values, of which `expected` make it whole; None without any.

    With too few valid ones the mean is of all, and carries the flag that most of the others have.
    """
    if not len(values):
        return None
    numbers: NDArray[np.float64] = np.asarray(values, dtype=float)
    marks: NDArray[np.int64] = np.asarray(flags, dtype=int)
    valid = (marks & (INSTRUMENT_BITS | SUSPECT)) == 0
    coverage = min(1.0, float(valid.sum()) / max(expected, 1))
    if coverage >= ENOUGH_OF_AN_HOUR:
        return HourlyMean(float(numbers[valid].mean()), coverage, 0)
    others = marks[~valid] & INSTRUMENT_BITS
    flag = int(np.bincount(others).argmax()) if len(others) else LINK_FAULT_FLAG  # too few came: the link is to blame
    return HourlyMean(float(numbers.mean()), coverage, flag or LINK_FAULT_FLAG)
