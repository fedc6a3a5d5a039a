"""Whether a definition says something, and says it the right way round."""

from itertools import pairwise

from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Bound, Definition
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    All,
    AnyOf,
    Compare,
    Condition,
    During,
    Frozen,
    Leaf,
    Limit,
    Missing,
    Rate,
    Schedule,
    Stuck,
    Window,
    leaves,
)
from yuzhou.kernel.errors import Invalid

SHORTEST, LONGEST = 10, 31 * 86400  # seconds of a window
LONGEST_FRESH = 86_400.0  # seconds
MOST_LEVELS, MOST_LEAVES = 8, 50
OF_GROUPS = {Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT}


def check_definition(definition: Definition) -> None:
    """Raise Invalid `sense.rule-invalid` where a definition says nothing, or says it backwards."""
    problem = _problem(definition)
    if problem:
        raise Invalid("sense.rule-invalid", field="definition", problem=problem)


def _problem(definition: Definition) -> str:
    if not definition.levels:
        return _("no levels")
    if len(definition.levels) > MOST_LEVELS or sum(len(leaves(level.when)) for level in definition.levels) > MOST_LEAVES:
        return _("too many conditions")
    for level in definition.levels:
        if level.hold_seconds < 0 or level.clear_seconds < 0:
            return _("negative time")
        problem = _condition_problem(level.when)
        if problem:
            return problem
    if any(not then.command or then.dead_seconds < 60 for then in definition.then):
        return _("a command without a name or with a pause of less than a minute")
    if any(not 1 <= then.fresh_seconds <= LONGEST_FRESH for then in definition.then):
        return _("a command on readings that may be older than a day, or not even a second old")
    return ""


def _condition_problem(condition: Condition) -> str:
    if isinstance(condition, All | AnyOf):
        problems = [_condition_problem(part) for part in condition.of] or [_("empty condition")]
        return next(filter(None, problems), "")
    if isinstance(condition, During):
        return _schedule_problem(condition.schedule) or _condition_problem(condition.of)
    return _leaf_problem(condition)


def _schedule_problem(schedule: Schedule) -> str:
    if any(start == end or not (0 <= start < 1440 and 0 <= end <= 1440) for start, end in schedule.hours):
        return _("hours that are none")
    if any(not 0 <= day < 7 for day in schedule.weekdays):
        return _("a day that is none")
    return ""


def _leaf_problem(leaf: Leaf) -> str:
    match leaf:
        case Limit(bounds=bounds):
            return _bounds_problem(bounds)
        case Missing(seconds=seconds) if seconds <= 0:
            return _("missing after no time")
        case Frozen(samples=samples) if samples < 2:
            return _("frozen with less than two samples")
        case Rate(change=change, per_seconds=per) if change <= 0 or per <= 0:
            return _("rate without a change")
        case Window() | Stuck():
            return _window_problem(leaf)
        case Compare(other=other, bounds=bounds, within_seconds=within):
            if other.device is None and other.of not in OF_GROUPS:
                return _("a group that comes to nothing")
            return _("an age that is none") if within <= 0 else _bounds_problem(bounds)
    return ""


def _window_problem(leaf: Window | Stuck) -> str:
    if not SHORTEST <= leaf.seconds <= LONGEST:
        return _("a window is between ten seconds and 31 days long")
    if leaf.at_least < 1:
        return _("a window of no values")
    if isinstance(leaf, Stuck):
        return _("a tolerance below zero") if leaf.tolerance < 0 else ""
    if leaf.of is Aggregate.MISSING and not 0 < leaf.every_seconds <= leaf.seconds:
        return _("it must be said how often readings are due")
    return _bounds_problem(leaf.bounds)


def _bounds_problem(bounds: tuple[Bound, ...]) -> str:
    if not bounds:
        return _("no bounds")
    for bound in bounds:
        if bound.high is None and bound.low is None:
            return _("bound without a limit")
        if bound.high is not None and bound.low is not None and bound.low > bound.high:
            return _("low above high")
    for before, after in pairwise(bounds):
        if before.valid_to is None or after.valid_from is None or before.valid_to > after.valid_from:
            return _("bounds overlap")
    return ""
