"""Readings summed up over periods: what an hour, a day, a month of a series was.

Instantaneous values hold until the next one, so their mean is weighted by time (the area below the steps, divided by its
length); what is a mean of a period itself (minute and hour data) counts once each. Both sums are kept, so that hours make
days and days make months without going back to the readings.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import Int, Real
from yuzhou.capabilities.sense.rules.segments import Bool

INVALID = 0x8F  # any data flag but N, or suspect
Columns = dict[str, NDArray[Any]]

SUMMARY = ("count", "valid", "used", "low", "high", "total", "area", "seconds", "first", "last", "flag")


def is_valid(value: Real, flag: NDArray[np.uint8]) -> Bool:
    """Flag N, not suspect, a finite number."""
    valid: Bool = ((flag & INVALID) == 0) & np.isfinite(value)
    return valid


def summarise(series: Int, at: Int, value: Real, flag: NDArray[np.uint8], start: Int, end: Int) -> Columns:
    """One row per series and period, of rows in the order of series and time; `start` and `end`: of each row's period (µs).

    The numbers stand for the valid values; where none is valid, for the finite ones (`valid` is 0 then, `used` says how
    many). `gap`: the usual distance of neighbouring readings (µs, lower median; 0 of a single one).
    """
    if not len(series):
        return empty_summary()
    new = np.append(True, (series[1:] != series[:-1]) | (start[1:] != start[:-1]))
    first = np.flatnonzero(new)
    size = np.diff(np.append(first, len(series)))
    group = np.repeat(np.arange(len(first)), size)
    valid = is_valid(value, flag)
    counted = np.where(np.logical_or.reduceat(valid, first)[group], valid, np.isfinite(value))
    until = np.append(np.where(new[1:], end[:-1], at[1:]), end[-1])
    weight = np.where(counted, (until - at) / 1e6, 0.0)
    known = np.where(counted, value, 0.0)
    return {
        "series_id": series[first],
        "at": start[first],
        "count": size,
        "valid": np.add.reduceat(valid.astype(np.int64), first),
        **_numbers(known, counted, first, known * weight, weight),
        "flag": worst_flag(flag, first),
        "gap": _median_gaps(at, group, new, len(first)),
    }


def _numbers(value: Real, counted: Bool, first: Int, area: Real, seconds: Real) -> Columns:
    used = np.add.reduceat(counted.astype(np.int64), first)
    some = used > 0
    place = np.arange(len(value))
    begin = np.minimum.reduceat(np.where(counted, place, len(value) - 1), first)
    end = np.maximum.reduceat(np.where(counted, place, 0), first)
    return {
        "used": used,
        "low": np.where(some, np.minimum.reduceat(np.where(counted, value, np.inf), first), np.nan),
        "high": np.where(some, np.maximum.reduceat(np.where(counted, value, -np.inf), first), np.nan),
        "total": np.add.reduceat(value, first),
        "area": np.add.reduceat(area, first),
        "seconds": np.add.reduceat(seconds, first),
        "first": np.where(some, value[begin], np.nan),
        "last": np.where(some, value[end], np.nan),
    }


def worst_flag(flag: NDArray[np.uint8], first: Int) -> NDArray[np.uint8]:
    """The gravest data flag of each group, with every mark that one of its rows bears."""
    low, marks = np.maximum.reduceat(flag & 0x0F, first), np.bitwise_or.reduceat(flag & 0xF0, first)
    worst: NDArray[np.uint8] = (low | marks).astype(np.uint8)
    return worst


def _median_gaps(at: Int, group: Int, new: Bool, groups: int) -> Int:
    inside = ~new[1:]
    gap, owner = np.diff(at)[inside], group[1:][inside]
    order = np.lexsort((gap, owner))
    number = np.bincount(owner, minlength=groups)
    begin = np.cumsum(number) - number
    found = np.zeros(groups, np.int64)
    some = number > 0
    found[some] = gap[order][(begin + (number + 1) // 2 - 1)[some]]
    return found


def combine(parts: Mapping[str, NDArray[Any]], start: Int) -> Columns:
    """Summaries of longer periods from those of shorter ones, which are in the order of series and time.

    `start`: first moment of each one's longer period. Where a part has valid values, parts without any do not count.
    """
    series = parts["series_id"]
    if not len(series):
        return empty_summary()
    first = np.flatnonzero(np.append(True, (series[1:] != series[:-1]) | (start[1:] != start[:-1])))
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(series))))
    valid = parts["valid"] > 0
    counted = np.where(np.logical_or.reduceat(valid, first)[group], valid, parts["used"] > 0)
    used = np.add.reduceat(np.where(counted, parts["used"], 0), first)
    some = used > 0
    place = np.arange(len(series))
    begin = np.minimum.reduceat(np.where(counted, place, len(place) - 1), first)
    end = np.maximum.reduceat(np.where(counted, place, 0), first)
    return {
        "series_id": series[first],
        "at": start[first],
        "count": np.add.reduceat(parts["count"], first),
        "valid": np.add.reduceat(parts["valid"], first),
        "used": used,
        "low": np.where(some, np.minimum.reduceat(np.where(counted, parts["low"], np.inf), first), np.nan),
        "high": np.where(some, np.maximum.reduceat(np.where(counted, parts["high"], -np.inf), first), np.nan),
        **{name: np.add.reduceat(np.where(counted, parts[name], 0.0), first) for name in ("total", "area", "seconds")},
        "first": np.where(some, parts["first"][begin], np.nan),
        "last": np.where(some, parts["last"][end], np.nan),
        "flag": worst_flag(parts["flag"].astype(np.uint8), first),
    }


def mean_of(summary: Mapping[str, NDArray[Any]]) -> Real:
    """The plain mean: each value counts once; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Real = np.where(summary["used"] > 0, summary["total"] / summary["used"], np.nan)
    return mean


def time_mean_of(summary: Mapping[str, NDArray[Any]]) -> Real:
    """The mean weighted by how long each value held; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Real = np.where(summary["seconds"] > 0, summary["area"] / summary["seconds"], np.nan)
    return mean


def empty_summary() -> Columns:
    """No rows."""
    whole = dict.fromkeys(("series_id", "at", "count", "valid", "used"), np.zeros(0, np.int64))
    real = dict.fromkeys(("low", "high", "total", "area", "seconds", "first", "last"), np.zeros(0))
    return {**whole, **real, "flag": np.zeros(0, np.uint8), "gap": np.zeros(0, np.int64)}
