"""What a rule says: conditions on the series of one device, composed by AND and OR, in levels of severity."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

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


@dataclass(frozen=True, slots=True)
class All:
    """AND."""

    of: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR."""

    of: "tuple[Condition, ...]"


Leaf: TypeAlias = Limit | Missing | Frozen | Rate | Flagged
Condition: TypeAlias = Leaf | All | AnyOf


@dataclass(frozen=True, slots=True)
class Level:
    """A severity and when it applies: the condition held for `hold_seconds`; it ends `clear_seconds` after the condition does.

    Both are counted by the readings' own time, and confirmed by a reading.
    """

    severity: Severity
    when: Condition
    hold_seconds: float = 0
    clear_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """The levels of a rule; the gravest that applies is the alarm's severity, which so goes up and down."""

    levels: tuple[Level, ...]


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """The leaves of a condition from left to right."""
    if isinstance(condition, All | AnyOf):
        return tuple(leaf for part in condition.of for leaf in leaves(part))
    return (condition,)


def feeds(definition: Definition) -> tuple[Feed, ...]:
    """Every feed once, in order of first mention; the first is the rule's subject."""
    return tuple(dict.fromkeys(leaf.feed for level in definition.levels for leaf in leaves(level.when)))
