"""Scans over columns that hold many short runs one after the other."""

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import Int

Bool = NDArray[np.bool_]


def starts_of(keys: Int) -> Bool:
    """Where a run of equal neighbours begins."""
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return first


def start_index(first: Bool) -> Int:
    """For each row the index of its run's first row."""
    return np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))


def last_where(mask: Bool, start: Int) -> Int:
    """For each row the last row of its run, up to itself, where the mask is true; -1 where there is none."""
    found = np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1)) if len(mask) else np.zeros(0, np.int64)
    return np.where(found >= start, found, -1)


def latch(on: Bool, off: Bool, start: Int, carried: Bool) -> Bool:
    """A switch per run: set by `on`, reset by `off`, else as it was; `carried` is what it was before the run."""
    last = last_where(on | off, start)
    return np.where(last >= 0, on[last], carried)


def ranges(start: Int, count: Int) -> Int:
    """The indices start, start+1, … of each range, one range after the other."""
    total = int(count.sum())
    return np.repeat(start - (np.cumsum(count) - count), count) + np.arange(total)
