"""What a rule says: conditions on the series of a device, composed by AND and OR, in levels of severity."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from yuzhou.kernel.severity import Severity


@dataclass(frozen=True, slots=True)
class Feed:
    """Which series of the device a condition looks at."""

    property: str
    statistic: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits in force from `valid_from` until before `valid_to`; a value strictly beyond breaks them.

    Hysteresis: once broken, the condition holds until the value is back at `clear_high` (`clear_low`) or better;
    where none is given, at the limit itself.
    """

    high: float | None = None
    low: float | None = None
    clear_high: float | None = None
    clear_low: float | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A valid value lies beyond the bound in force at its own time (超标). Bounds are in the order of `valid_from`, apart."""

    feed: Feed
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """No reading for this long (缺失); with `valid_only`, none that is valid."""

    feed: Feed
    seconds: float
    valid_only: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """Valid values that stay the same (恒值), each within `tolerance` of the one before.

    For at least `samples` readings and `seconds` from the first of them.
    """

    feed: Feed
    samples: int = 2
    seconds: float = 0
    tolerance: float = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A valid value that moved from the one before by more than `change` per `per_seconds` (突变), up or down."""

    feed: Feed
    change: float
    per_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Flagged:
    """The reading bears one of these data flags (异常标记)."""

    feed: Feed
    flags: frozenset[int]


class Aggregate(StrEnum):
    """What a window of valid values comes to. `SLOPE`: least squares, in units per hour; `DEVIATION`: of a sample (n - 1);
    `MISSING`: the part of the readings due that did not come, 0 to 1."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    SLOPE = "slope"
    DEVIATION = "deviation"
    RANGE = "range"
    MISSING = "missing-share"


@dataclass(frozen=True, slots=True)
class Window:
    """What the last `seconds` come to lies beyond the bound in force (滑动窗口), judged from `at_least` valid values on.

    The window slides in steps of 1/24 of its length, cut at whole multiples of a step since 1970: it holds the step of the
    reading and the 23 before it (the missing part: the 24 whole steps before it). `every_seconds` says how often readings are
    due, for the missing part alone; this one is judged by the clock too.
    """

    feed: Feed
    of: Aggregate
    seconds: float
    bounds: tuple[Bound, ...]
    at_least: int = 2
    every_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Stuck:
    """All valid values of the last `seconds` lie within `tolerance` of each other (死值), once a whole window was seen."""

    feed: Feed
    seconds: float
    tolerance: float = 0
    at_least: int = 3


class Operation(StrEnum):
    """How a value is held against another: this - other, or this / other."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


class Near(StrEnum):
    """Which devices of a group: everywhere, those of this device's site, township, district."""

    EVERYWHERE = "everywhere"
    SITE = "site"
    TOWNSHIP = "township"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Other:
    """Where the other value comes from: a property of one device, or of a group of devices without this one.

    The group are the devices of `profile` (of any, where empty) that are `near` this one, or below `place`.
    One other device of the site is a group as well.
    """

    feed: Feed
    device: UUID | None = None
    profile: str = ""
    near: Near = Near.EVERYWHERE
    place: str = ""
    of: Aggregate = Aggregate.MEAN


@dataclass(frozen=True, slots=True)
class Compare:
    """A valid value held against another device's (设备间比较) lies beyond the bound in force.

    The other value is the newest valid one up to the reading's own time (of a group: up to the beginning of its minute), no
    older than `within_seconds`; without one the reading is not judged, and what was said stays.
    """

    feed: Feed
    other: Other
    operation: Operation
    bounds: tuple[Bound, ...]
    within_seconds: float = 600


class Days(StrEnum):
    """Which days count: every one, the working days of the state's calendar, the days that are none."""

    EVERY = "every"
    WORKING = "working"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours of the city's days (时段): from a minute of the day until before another, over midnight where it is earlier.

    No hours: the whole day. `weekdays`: Monday is 0; empty: all. What lies over midnight belongs to the day it began on.
    """

    hours: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    days: Days = Days.EVERY


@dataclass(frozen=True, slots=True)
class All:
    """AND."""

    of: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR."""

    of: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class During:
    """A condition that counts within these hours only, by the readings' own time."""

    of: "Condition"
    schedule: Schedule


Leaf: TypeAlias = Limit | Missing | Frozen | Rate | Flagged | Window | Stuck | Compare
Condition: TypeAlias = Leaf | All | AnyOf | During


@dataclass(frozen=True, slots=True)
class Level:
    """A severity and when it applies: the condition held for `hold_seconds`; it ends `clear_seconds` after the condition does.

    Both are counted by the readings' own time, and confirmed by a reading.
    """

    severity: Severity
    when: Condition
    hold_seconds: float = 0
    clear_seconds: float = 0


FRESH = 300.0  # seconds: what is older moves no machine, where nothing else is said


@dataclass(frozen=True, slots=True)
class Then:
    """A command that is asked for when an alarm rises to `severity` (联动): once for each alarm, and not again for the same
    device within `dead_seconds`. `device`: another than the one that raised it. Not on what was measured longer than
    `fresh_seconds` ago when it comes to asking: a machine is not moved by the past.
    """

    command: str
    params: tuple[tuple[str, Any], ...] = ()
    severity: Severity = Severity.NOTICE
    dead_seconds: float = 600
    device: UUID | None = None
    fresh_seconds: float = FRESH


@dataclass(frozen=True, slots=True)
class Definition:
    """The levels of a rule; the gravest that applies is the alarm's severity, which so goes up and down."""

    levels: tuple[Level, ...]
    then: tuple[Then, ...] = field(default=())


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """The leaves of a condition from left to right."""
    if isinstance(condition, All | AnyOf):
        return tuple(leaf for part in condition.of for leaf in leaves(part))
    return leaves(condition.of) if isinstance(condition, During) else (condition,)


def others(definition: Definition) -> tuple[Other, ...]:
    """Every other value that the rule looks at, once."""
    found = (leaf.other for level in definition.levels for leaf in leaves(level.when) if isinstance(leaf, Compare))
    return tuple(dict.fromkeys(found))


def feeds(definition: Definition) -> tuple[Feed, ...]:
    """Every feed once, in order of first mention; the first is the rule's subject."""
    return tuple(dict.fromkeys(leaf.feed for level in definition.levels for leaf in leaves(level.when)))
