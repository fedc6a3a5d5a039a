"""What the passing of time alone brings about: data that is missing, hours that are over."""

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Compiled, Int, Kind, Shape
from yuzhou.capabilities.sense.rules.definition import Schedule
from yuzhou.capabilities.sense.rules.evaluate import Transitions, judge, positions
from yuzhou.capabilities.sense.rules.grid import lay_out
from yuzhou.capabilities.sense.rules.schedules import within
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.signals import Pairs, against_bounds
from yuzhou.capabilities.sense.rules.state import Change, State
from yuzhou.capabilities.sense.rules.windows import MISSING, came_by, missing_share


def tick(compiled: Compiled, state: State, now: int) -> tuple[Change, Transitions]:
    """Judge the passing of time at `now` (µs).

    What is missing by now, or has been for long enough; and conditions whose hours are over. Where hours begin, a reading says
    whether the condition holds, unless it is that nothing came.
    """
    scheduled = scheduled_instances(compiled)
    unsettled = np.zeros(compiled.instances, np.bool_)
    unsettled[compiled.level_instance[state.level["holds"] != state.level["active"]]] = True
    unsettled[scheduled] = True
    leaf = np.nonzero(compiled.leaf_kind == Kind.MISSING)[0]
    missing = leaf[now - state.leaf["heard"][leaf] >= compiled.leaf_number[leaf]]
    share_leaf, share = _shares(compiled, state, now)
    true = np.append(missing, share_leaf)
    value = np.append(np.full(len(missing), np.nan), share)
    due = ~state.leaf["truth"][true] | unsettled[compiled.leaf_instance[true]]
    true, value = true[due], value[due]
    ending = _ending(compiled, state, scheduled, now)
    first = compiled.leaf_start[ending]
    first = first[~np.isin(first, true)]
    leaf = np.concatenate([true, first])
    truth = np.concatenate([np.ones(len(true), np.bool_), state.leaf["truth"][first]])
    order = np.argsort(leaf)
    value = np.append(value, np.full(len(first), np.nan))[order]
    pairs = Pairs(leaf[order], np.full(len(leaf), now), value, truth[order])
    leaf_state = state.leaf.copy()
    leaf_state["truth"][true] = True
    return judge(compiled, state, lay_out(compiled, state, pairs), pairs, leaf_state)


def share_leaves(compiled: Compiled) -> Int:
    """The leaves that ask which part of the readings is missing."""
    return np.nonzero((compiled.leaf_kind == Kind.WINDOW) & (compiled.leaf_mode == MISSING))[0]


def _shares(compiled: Compiled, state: State, now: int) -> tuple[Int, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Leaves of whose readings too large a part is missing by now, and which part."""
    leaf = share_leaves(compiled)
    seen = (state.leaf["count"][leaf] > 0) & (now - state.leaf["since"][leaf] >= compiled.leaf_number[leaf])
    leaf = leaf[seen]
    share = missing_share(compiled, leaf, came_by(compiled, state.rings, leaf, now))
    beyond, _ = against_bounds(compiled, leaf, np.full(len(leaf), now), share)
    return leaf[beyond], share[beyond]


def scheduled_instances(compiled: Compiled) -> Int:
    """Instances with a condition that counts within hours only."""
    shapes = np.asarray([bool(_schedules(shape)) for shape in compiled.shapes], np.bool_)
    if not shapes.any():
        return np.zeros(0, np.int64)
    instances = np.unique(compiled.level_instance[shapes[compiled.level_shape]])
    found: Int = instances[compiled.leaf_kind[compiled.leaf_start[instances]] != Kind.NONE]
    return found


def _schedules(shape: Shape) -> set[Schedule]:
    return {schedule for _, schedules in positions(shape) for schedule in schedules}


def _ending(compiled: Compiled, state: State, scheduled: Int, now: int) -> Int:
    """Of these instances those with a level that holds or is active although its hours are over."""
    if not len(scheduled):
        return scheduled
    off = np.asarray([_is_off(compiled, shape, now) for shape in compiled.shapes], np.bool_)
    on = state.level["holds"] | state.level["active"]
    mine = np.zeros(compiled.instances, np.bool_)
    mine[scheduled] = True
    level = np.nonzero(on & off[compiled.level_shape] & mine[compiled.level_instance])[0]
    level = level[~_holding(compiled, state, level, now)]
    return np.unique(compiled.level_instance[level])


def _is_off(compiled: Compiled, shape: Shape, now: int) -> bool:
    moment = np.asarray([now], np.int64)
    return any(not within(schedule, moment, compiled.is_working)[0] for schedule in _schedules(shape))


def _holding(compiled: Compiled, state: State, level: Int, now: int) -> Bool:
    """Whether each level's condition holds by what its leaves said last."""
    found = np.zeros(len(level), np.bool_)
    for number in np.unique(compiled.level_shape[level]):
        rows = compiled.level_shape[level] == number
        first = compiled.leaf_start[compiled.level_instance[level[rows]]]
        found[rows] = _tree(compiled, state, compiled.shapes[number], first, now)
    return found


def _tree(compiled: Compiled, state: State, shape: Shape, first: Int, now: int) -> Bool:
    if shape[0] == "leaf":
        truth: Bool = state.leaf["truth"][first + shape[1]]
        return truth
    if shape[0] == "during":
        is_on = bool(within(shape[1], np.asarray([now], np.int64), compiled.is_working)[0])
        return _tree(compiled, state, shape[2], first, now) & is_on
    parts = [_tree(compiled, state, part, first, now) for part in shape[1:]]
    join = np.logical_and if shape[0] == "all" else np.logical_or
    return join.reduce(parts) if parts else np.full(len(first), shape[0] == "all")
