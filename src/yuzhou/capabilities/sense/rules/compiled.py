"""Rules laid out in columns: every instance (a rule on a device) with its leaves and levels, one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.definition import Aggregate, Definition, Feed, Operation, Other

Int = NDArray[np.int64]
Real = NDArray[np.float64]
Shape: TypeAlias = tuple[Any, ...]  # ("leaf", position) | ("all", shapes…) | ("any", shapes…) | ("during", schedule, shape)

LONG_AGO = -(2**62)
FAR_AHEAD = 2**62


class Kind(IntEnum):
    """Kinds of leaves; `NONE` is one that was taken out."""

    NONE = -1
    LIMIT = 0
    MISSING = 1
    FROZEN = 2
    RATE = 3
    FLAGGED = 4
    WINDOW = 5
    COMPARE = 6


MODES: Final = {aggregate: number for number, aggregate in enumerate(Aggregate)}
STUCK: Final = len(MODES)
OPERATIONS: Final = {operation: number for number, operation in enumerate(Operation)}

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


@dataclass(eq=False, slots=True)
class Members:
    """The series that a value is held against; shared by all who look at the same, and replaced when devices come and go."""

    series: Int

    @classmethod
    def of(cls, *series: int) -> "Members":
        """These series."""
        return cls(np.unique(np.asarray(series or (-1,), np.int64)))  # nobody is said by a series that there is not


@dataclass(frozen=True, slots=True)
class Instance:
    """A rule's definition bound to the series of one device, and to those of others where it looks at them."""

    definition: Definition
    series: Mapping[Feed, int]
    others: Mapping[Other, Members] = field(default_factory=dict)


def monday_to_friday(day: date) -> bool:
    """The working days where no calendar is at hand."""
    return day.weekday() < 5


@dataclass(frozen=True, slots=True)
class Compiled:
    """Instances in columns. Leaves and levels of an instance are neighbours, in the order of the definition."""

    leaf_start: Int  # per instance, one more at the end
    level_start: Int
    leaf_instance: Int
    leaf_series: Int  # -1: taken out
    leaf_kind: NDArray[np.int8]
    leaf_number: Real  # seconds in µs (missing, frozen, window), change (rate), bit mask (flagged)
    leaf_extra: Real  # tolerance (frozen), µs (rate; window: between readings due), valid only (missing)
    leaf_samples: Int
    leaf_mode: NDArray[np.int8]  # what a window comes to, how a value is compared
    leaf_ring: Int  # of a window: where its steps are kept; -1
    leaf_group: Int  # of a comparison: whom with; -1
    leaf_own: Int  # of a comparison: the place of its own series among these; -1
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
    groups: tuple[Members, ...] = ()
    group_start: Int = field(default_factory=lambda: np.zeros(1, np.int64))  # per group, one more at the end
    group_series: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    group_mode: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    group_step: Int = field(default_factory=lambda: np.zeros(0, np.int64))  # µs to which moments are cut; 0: as they are
    group_within: Int = field(default_factory=lambda: np.zeros(0, np.int64))  # µs: how old another value may be
    rings: int = 0
    is_working: Callable[[date], bool] = monday_to_friday

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
