"""Why a leaf of a rule speaks, as a code with parameters."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    Bound,
    Compare,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Leaf,
    Limit,
    Missing,
    Operation,
    Rate,
    Stuck,
    Window,
    leaves,
)

Reason = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Which leaf of a definition spoke, when, with which value; what all its leaves say; and the flag of a reading."""

    leaf: int
    at: datetime
    value: float
    truth: list[bool]
    flag: Callable[[int, datetime], str]


def word_leaf(definition: Definition, series: Mapping[Feed, int], spoken: Spoken) -> Reason:
    """The reason with the property that it is about."""
    every = [leaf for level in definition.levels for leaf in leaves(level.when)]
    leaf = every[spoken.leaf]
    if isinstance(leaf, Missing):
        code, params = _missing_reason(leaf, every, spoken.truth)
    else:
        code, params = reason(leaf, spoken.at, spoken.value, spoken.flag(series[leaf.feed], spoken.at))
    return code, params | {"property": leaf.feed.property, "statistic": str(leaf.feed.statistic)}


def reason(leaf: Leaf, at: datetime, value: float, flag: str = "") -> Reason:
    """Why a leaf speaks."""
    shown = None if math.isnan(value) else value
    match leaf:
        case Limit(bounds=bounds):
            return _beyond("sense.alarm.limit", bounds, at, shown)
        case Missing(seconds=seconds):
            return "sense.alarm.missing", {"seconds": seconds}
        case Frozen(samples=samples, seconds=seconds):
            return "sense.alarm.frozen", {"value": shown, "samples": samples, "seconds": seconds}
        case Rate(change=change, per_seconds=per):
            return "sense.alarm.rate", {"value": shown, "change": change, "per_seconds": per}
        case Flagged():
            return "sense.alarm.flagged", {"flag": flag}
        case Stuck(seconds=seconds, tolerance=tolerance):
            return "sense.alarm.stuck", {"seconds": seconds, "range": shown, "tolerance": tolerance}
        case Window(of=Aggregate.MISSING, seconds=seconds):
            return "sense.alarm.missing-share", {"seconds": seconds, "share": shown}
        case Window(of=of, seconds=seconds, bounds=bounds):
            code, params = _beyond("sense.alarm.window", bounds, at, shown)
            return code, {"aggregate": of.value, "seconds": seconds, **params}
        case Compare(other=other, operation=operation, bounds=bounds):
            kind = "sense.alarm.ratio" if operation is Operation.RATIO else "sense.alarm.difference"
            code, params = _beyond(kind, bounds, at, shown)
            return code, {"against": "device" if other.device else other.of.value, **params}


def _missing_reason(leaf: Missing, every: list[Leaf], truth: list[bool]) -> Reason:
    """One property is missing, several are, or all that the rule looks at: then the device says nothing."""
    watched = [one.feed.property for one in every if isinstance(one, Missing)]
    missing = [one.feed.property for one, says in zip(every, truth, strict=True) if isinstance(one, Missing) and says]
    missing = list(dict.fromkeys(missing))
    if len(missing) < 2:
        return "sense.alarm.missing", {"seconds": leaf.seconds}
    code = "sense.alarm.silent" if set(missing) == set(watched) else "sense.alarm.missing-some"
    return code, {"seconds": leaf.seconds, "missing": missing}


def _beyond(code: str, bounds: tuple[Bound, ...], at: datetime, value: float | None) -> Reason:
    for bound in bounds:
        if (bound.valid_from is None or bound.valid_from <= at) and (bound.valid_to is None or at < bound.valid_to):
            if bound.low is not None and value is not None and value < bound.low:
                return f"{code}-low", {"value": value, "limit": bound.low}
            return f"{code}-high", {"value": value, "limit": bound.high}
    return f"{code}-high", {"value": value, "limit": None}
