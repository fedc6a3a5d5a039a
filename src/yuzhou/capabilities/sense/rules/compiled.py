"""Rules laid out in columns: every instance (a rule on a device) with its leaves and levels, one row each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.definition import (
    All,
    AnyOf,
    Bound,
    Condition,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Leaf,
    Limit,
    Missing,
    Rate,
    leaves,
)

Int = NDArray[np.int64]
Real = NDArray[np.float64]
Shape: TypeAlias = tuple[Any, ...]  # ("leaf", position) | ("all", shapes…) | ("any", shapes…)

LONG_AGO = -(2**62)
FAR_AHEAD = 2**62


class Kind(IntEnum):
    """Kinds of leaves."""

    LIMIT = 0
    MISSING = 1
    FROZEN = 2
    RATE = 3
    FLAGGED = 4


LEAF_STATE = np.dtype(
    [("truth", "?"), ("count", "i4"), ("value", "f8"), ("at", "i8"), ("since", "i8"), ("heard", "i8")], align=True
)
LEVEL_STATE = np.dtype([("holds", "?"), ("active", "?"), ("since", "i8")], align=True)


def microseconds(moment: datetime | None, default: int) -> int:
    """Microseconds since 1970 UTC."""
    if moment is None:
        return default
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


@dataclass(frozen=True, slots=True)
class Instance:
    """A rule's definition bound to the series of one device."""

    definition: Definition
    series: Mapping[Feed, int]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Instances in columns. Leaves and levels of an instance are neighbours, in the order of the definition."""

    leaf_start: Int  # per instance, one more at the end
    level_start: Int
    leaf_instance: Int
    leaf_series: Int
    leaf_kind: NDArray[np.int8]
    leaf_number: Real  # seconds in µs (missing, frozen), change (rate), bit mask (flagged)
    leaf_extra: Real  # tolerance (frozen), µs (rate), valid only (missing)
    leaf_samples: Int
    bound_start: Int  # per leaf, one more at the end
    bound_from: Int
    bound_to: Int
    bound_values: Real  # columns high, clear_high, low, clear_low
    level_instance: Int
    level_severity: NDArray[np.int8]
    level_hold: Int
    level_clear: Int
    level_shape: Int
    shapes: tuple[Shape, ...]
    series_order: Int  # the leaves, ordered by series
    series_sorted: Int  # their series
    uniform: NDArray[np.bool_]  # per instance: all leaves look at one series

    @property
    def instances(self) -> int:
        """How many."""
        return len(self.leaf_start) - 1

    def leaves_of(self, series: Int) -> Int:
        """The leaves that look at any of these (distinct) series, in their own order."""
        first = np.searchsorted(self.series_sorted, series, "left")
        count = np.searchsorted(self.series_sorted, series, "right") - first
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return np.sort(self.series_order[np.repeat(first, count) + within])


class _Rows:
    """Collects rows of leaves and levels before they become columns."""

    def __init__(self) -> None:
        self.leaves: list[tuple[int, int, int, float, float, int]] = []
        self.bounds: list[tuple[int, int, float, float, float, float]] = []
        self.bound_start = [0]
        self.levels: list[tuple[int, int, int, int, int]] = []
        self.shapes: dict[Shape, int] = {}
        self.leaf_start = [0]
        self.level_start = [0]

    def add(self, number: int, instance: Instance) -> None:
        position = 0
        for level in instance.definition.levels:
            shape = _shape(level.when, position)
            found = leaves(level.when)
            for leaf in found:
                self._add_leaf(number, leaf, instance.series[leaf.feed])
            position += len(found)
            shape_id = self.shapes.setdefault(shape, len(self.shapes))
            self.levels.append((number, int(level.severity), _us(level.hold_seconds), _us(level.clear_seconds), shape_id))
        self.leaf_start.append(len(self.leaves))
        self.level_start.append(len(self.levels))

    def _add_leaf(self, number: int, leaf: Leaf, series: int) -> None:
        kind, amount, extra, samples = _parameters(leaf)
        self.leaves.append((number, series, kind, amount, extra, samples))
        if isinstance(leaf, Limit):
            self.bounds += [_bound_row(bound) for bound in leaf.bounds]
        self.bound_start.append(len(self.bounds))


def compile_rules(instances: Iterable[Instance]) -> Compiled:
    """Lay instances out in columns; their number is their place in the sequence."""
    rows = _Rows()
    for number, instance in enumerate(instances):
        rows.add(number, instance)
    leaf = list(zip(*rows.leaves, strict=True)) or [()] * 6
    level = list(zip(*rows.levels, strict=True)) or [()] * 5
    bound = list(zip(*rows.bounds, strict=True)) or [()] * 6
    series = np.asarray(leaf[1], np.int64)
    order = np.argsort(series, kind="stable")
    return Compiled(
        leaf_start=np.asarray(rows.leaf_start, np.int64),
        level_start=np.asarray(rows.level_start, np.int64),
        leaf_instance=np.asarray(leaf[0], np.int64),
        leaf_series=series,
        leaf_kind=np.asarray(leaf[2], np.int8),
        leaf_number=np.asarray(leaf[3], np.float64),
        leaf_extra=np.asarray(leaf[4], np.float64),
        leaf_samples=np.asarray(leaf[5], np.int64),
        bound_start=np.asarray(rows.bound_start, np.int64),
        bound_from=np.asarray(bound[0], np.int64),
        bound_to=np.asarray(bound[1], np.int64),
        bound_values=np.asarray(bound[2:], np.float64).T.reshape(-1, 4),
        level_instance=np.asarray(level[0], np.int64),
        level_severity=np.asarray(level[1], np.int8),
        level_hold=np.asarray(level[2], np.int64),
        level_clear=np.asarray(level[3], np.int64),
        level_shape=np.asarray(level[4], np.int64),
        shapes=tuple(rows.shapes),
        series_order=order,
        series_sorted=series[order],
        uniform=_uniform(series, np.asarray(rows.leaf_start, np.int64)),
    )


def _uniform(series: Int, leaf_start: Int) -> NDArray[np.bool_]:
    if not len(series):
        return np.zeros(0, np.bool_)
    lowest, highest = (join.reduceat(series, leaf_start[:-1]) for join in (np.minimum, np.maximum))
    return np.asarray(lowest == highest)


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _shape(condition: Condition, position: int) -> Shape:
    """The tree with its leaves numbered from `position` on."""
    if not isinstance(condition, All | AnyOf):
        return ("leaf", position)
    parts: list[Any] = ["all" if isinstance(condition, All) else "any"]
    for part in condition.of:
        parts.append(_shape(part, position))
        position += len(leaves(part))
    return tuple(parts)


def _parameters(leaf: Leaf) -> tuple[int, float, float, int]:
    match leaf:
        case Limit():
            return Kind.LIMIT, 0.0, 0.0, 0
        case Missing(seconds=seconds, valid_only=valid_only):
            return Kind.MISSING, float(_us(seconds)), float(valid_only), 0
        case Frozen(samples=samples, seconds=seconds, tolerance=tolerance):
            return Kind.FROZEN, float(_us(seconds)), tolerance, samples
        case Rate(change=change, per_seconds=per):
            return Kind.RATE, change, float(_us(per)), 0
        case Flagged(flags=flags):
            return Kind.FLAGGED, float(sum(1 << flag for flag in flags)), 0.0, 0


def _bound_row(bound: Bound) -> tuple[int, int, float, float, float, float]:
    high = np.inf if bound.high is None else bound.high
    low = -np.inf if bound.low is None else bound.low
    return (
        microseconds(bound.valid_from, LONG_AGO),
        microseconds(bound.valid_to, FAR_AHEAD),
        high,
        high if bound.clear_high is None else min(high, bound.clear_high),
        low,
        low if bound.clear_low is None else max(low, bound.clear_low),
    )
