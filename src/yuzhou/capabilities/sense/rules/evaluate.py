"""Evaluates rules over columns: `(state, columns) -> (changes of state, transitions)`. Pure; no row is looped over in Python.

Single-leaf rules give the same whether a series' readings come in one batch or in many. Where a rule joins several series,
readings of one moment must come in one batch, as a device sends them, to be judged together.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import Compiled, Int, Kind, Real, Shape
from yuzhou.capabilities.sense.rules.definition import Schedule
from yuzhou.capabilities.sense.rules.grid import Grid, lay_out, share_points
from yuzhou.capabilities.sense.rules.peers import Table
from yuzhou.capabilities.sense.rules.portion import COMFORTABLE, portion_of, portions
from yuzhou.capabilities.sense.rules.schedules import within
from yuzhou.capabilities.sense.rules.segments import Bool, last_where, latch, ranges, start_index, starts_of
from yuzhou.capabilities.sense.rules.signals import Columns, Pairs, signals
from yuzhou.capabilities.sense.rules.state import Change, State
from yuzhou.capabilities.sense.rules.windows import Steps

WORTH_CUTTING = 6  # readings of each series: below, cutting out rules costs more than it saves


@dataclass(frozen=True, slots=True)
class Transitions:
    """Where an instance's severity changed, in the order of instance and time; 0 is no alarm.

    `leaf` is the first leaf that speaks for the new severity (for a clearing: -1), `value` its reading (NaN where
    there is none).
    """

    instance: Int
    at: Int
    before: NDArray[np.int8]
    after: NDArray[np.int8]
    leaf: Int
    value: Real

    def __len__(self) -> int:
        return len(self.instance)


def evaluate(compiled: Compiled, state: State, columns: Columns) -> tuple[Change, Transitions]:
    """Judge readings, ordered by series and time, each newer than all before of its series."""
    series = columns.series[starts_of(columns.series)]
    leaves = compiled.leaves_of(series)
    instances = _instances(compiled, leaves)
    table = Table.of(state.peers, columns.series, columns.at, columns.value, columns.valid())
    is_long = len(columns) > 2 * COMFORTABLE and len(columns) > WORTH_CUTTING * len(series) and len(leaves) > len(series)
    if is_long and compiled.uniform[instances].all():
        found = [_evaluate_part(compiled, state, part, table) for part in portions(columns)]
        while len(found) > 1:  # by halves, so that nothing is joined more than a few times
            found = [_join(*found[n : n + 2]) if n + 1 < len(found) else found[n] for n in range(0, len(found), 2)]
        change, transitions = found[0]
    elif len(instances) > compiled.instances // 8:
        change, transitions = _evaluate(compiled, state, columns, table)
    else:
        change, transitions = _evaluate_portion(compiled, state, columns, instances, table)
    return (replace(change, news=table.news()) if len(table.slot) else change), transitions


def _instances(compiled: Compiled, leaves: Int) -> Int:
    """Those that the leaves belong to, in ascending order."""
    touched = np.zeros(compiled.instances, np.bool_)
    touched[compiled.leaf_instance[leaves]] = True
    return np.nonzero(touched)[0]


def _evaluate_part(compiled: Compiled, state: State, columns: Columns, table: Table) -> tuple[Change, Transitions]:
    """Judge a part of long columns."""
    leaves = compiled.leaves_of(columns.series[starts_of(columns.series)])
    return _evaluate_portion(compiled, state, columns, _instances(compiled, leaves), table)


def _evaluate_portion(
    compiled: Compiled, state: State, columns: Columns, instances: Int, table: Table
) -> tuple[Change, Transitions]:
    """Judge readings that these instances look at."""
    portion = portion_of(compiled, state, instances)
    change, transitions = _evaluate(portion.compiled, portion.state, columns, table)
    leaf = np.where(transitions.leaf >= 0, portion.leaves[transitions.leaf], -1) if len(transitions) else transitions.leaf
    return portion.restore(change), replace(transitions, instance=instances[transitions.instance], leaf=leaf)


def _evaluate(compiled: Compiled, state: State, columns: Columns, table: Table) -> tuple[Change, Transitions]:
    said = signals(compiled, state, columns, table)
    pairs, leaf_state = said.pairs, said.leaf
    uniform = compiled.uniform[compiled.leaf_instance[pairs.leaf]]
    if uniform.all():
        change, transitions = judge(compiled, state, share_points(compiled, pairs), pairs, leaf_state)
        return replace(change, steps=said.steps), transitions
    alone, joint = pairs.take(uniform), pairs.take(~uniform)
    change, transitions = _join(
        judge(compiled, state, share_points(compiled, alone), alone, leaf_state),
        judge(compiled, state, lay_out(compiled, state, joint), joint, leaf_state),
    )
    return replace(change, steps=said.steps), transitions


def _join(one: tuple[Change, Transitions], other: tuple[Change, Transitions]) -> tuple[Change, Transitions]:
    """The findings of two groups of instances as one, in the order of instances."""
    a, b = one[0], other[0]
    leaves, levels, touched = (np.concatenate([getattr(a, n), getattr(b, n)]) for n in ("leaves", "levels", "touched"))
    leaf_order, level_order, order = np.argsort(leaves), np.argsort(levels), np.argsort(touched)
    change = Change(
        leaves=leaves[leaf_order],
        leaf=np.concatenate([a.leaf, b.leaf])[leaf_order],
        levels=levels[level_order],
        level=np.concatenate([a.level, b.level])[level_order],
        touched=touched[order],
        severity=np.concatenate([a.severity, b.severity])[order],
        instances=np.sort(np.concatenate([a.instances, b.instances])),
        steps=Steps(*(np.concatenate([getattr(a.steps, name), getattr(b.steps, name)]) for name in Steps.__slots__)),
    )
    columns = [np.concatenate([getattr(one[1], name), getattr(other[1], name)]) for name in Transitions.__slots__]
    rows = np.argsort(columns[0], kind="stable")
    return change, Transitions(*(column[rows] for column in columns))


def judge(compiled: Compiled, state: State, grid: Grid, pairs: Pairs, leaf_state: NDArray[np.void]) -> tuple[Change, Transitions]:
    """Bring the truth of leaves at points in time to levels, severities and what is to be remembered."""
    levels = _Levels.of(compiled, grid)
    level_state, active = _settle(compiled, state, grid, levels)
    severity = _severity(compiled, grid, levels, active)
    transitions = _transitions(compiled, state, grid, levels, active, severity, pairs)
    last = grid.point_start + grid.points - 1
    leaves = ranges(compiled.leaf_start[grid.instances], np.diff(compiled.leaf_start)[grid.instances])
    change = Change(
        leaves=leaves,
        leaf=leaf_state[leaves],
        levels=levels.level,
        level=level_state,
        touched=grid.instances,
        severity=severity[last],
        instances=_durable(compiled, state, grid, leaves, leaf_state, levels.level, level_state),
    )
    return change, transitions


@dataclass(frozen=True, slots=True)
class _Levels:
    """A row for each level of the touched instances at each of their points."""

    level: Int
    local: Int  # per level: which of the touched instances
    row_start: Int  # per level
    row_level: Int  # per row: which of the levels here
    row_point: Int  # per row: the point of the grid

    @classmethod
    def of(cls, compiled: Compiled, grid: Grid) -> "_Levels":
        count = np.diff(compiled.level_start)[grid.instances]
        level = ranges(compiled.level_start[grid.instances], count)
        local = np.repeat(np.arange(len(grid.instances)), count)
        rows = grid.points[local]
        return cls(
            level=level,
            local=local,
            row_start=np.cumsum(rows) - rows,
            row_level=np.repeat(np.arange(len(level)), rows),
            row_point=ranges(grid.point_start[local], rows),
        )


def _conditions(compiled: Compiled, grid: Grid, levels: _Levels) -> Bool:
    """Whether each level's condition holds, per row; one pass for each shape of condition."""
    shape = compiled.level_shape[levels.level][levels.row_level]
    holds = np.zeros(len(shape), np.bool_)
    for number in np.unique(shape):
        rows = np.nonzero(shape == number)[0]
        holds[rows] = _tree(compiled, compiled.shapes[number], grid, levels.local[levels.row_level[rows]], levels.row_point[rows])
    return holds


def _tree(compiled: Compiled, shape: Shape, grid: Grid, local: Int, point: Int) -> Bool:
    if shape[0] == "leaf":
        return grid.truth[_cell(grid, local, point, shape[1])]
    if shape[0] == "during":
        return within(shape[1], grid.at[point], compiled.is_working) & _tree(compiled, shape[2], grid, local, point)
    parts = [_tree(compiled, part, grid, local, point) for part in shape[1:]]
    join = np.logical_and if shape[0] == "all" else np.logical_or
    return join.reduce(parts) if parts else np.full(len(local), shape[0] == "all")


def _cell(grid: Grid, local: Int, point: Int, position: int) -> Int:
    """Where the leaf at this position of the instance speaks at this point."""
    return grid.cell_start[local] + position * grid.points[local] + point - grid.point_start[local]


def _settle(compiled: Compiled, state: State, grid: Grid, levels: _Levels) -> tuple[NDArray[np.void], Bool]:
    """Apply hold and clear times: new rows for the levels, and whether each level is active per row."""
    holds = _conditions(compiled, grid, levels)
    old = state.level[levels.level]
    first = starts_of(levels.row_level)
    at = grid.at[levels.row_point]
    turned = np.empty(len(holds), np.bool_)
    turned[1:] = holds[1:] != holds[:-1]
    turned[first] = holds[first] != old["holds"][levels.row_level[first]]
    start = start_index(first)
    run = last_where(turned, start)
    since = np.where(run >= 0, at[run], old["since"][levels.row_level])
    lasted = at - since
    on = holds & (lasted >= compiled.level_hold[levels.level][levels.row_level])
    off = ~holds & (lasted >= compiled.level_clear[levels.level][levels.row_level])
    active = latch(on, off, start, old["active"][levels.row_level])
    new = old.copy()
    last = levels.row_start + grid.points[levels.local] - 1
    new["holds"], new["since"], new["active"] = holds[last], since[last], active[last]
    return new, active


def _severity(compiled: Compiled, grid: Grid, levels: _Levels, active: Bool) -> NDArray[np.int8]:
    """The gravest active level per point."""
    severity = np.zeros(len(grid.at), np.int8)
    position = levels.level - compiled.level_start[compiled.level_instance[levels.level]]
    given = np.where(active, compiled.level_severity[levels.level][levels.row_level], np.int8(0))
    for k in range(int(position.max(initial=-1)) + 1):
        rows = np.nonzero((position == k)[levels.row_level])[0]
        severity[levels.row_point[rows]] = np.maximum(severity[levels.row_point[rows]], given[rows])
    return severity


def _transitions(
    compiled: Compiled, state: State, grid: Grid, levels: _Levels, active: Bool, severity: NDArray[np.int8], pairs: Pairs
) -> Transitions:
    local = np.repeat(np.arange(len(grid.instances)), grid.points)
    before = np.empty_like(severity)
    before[1:] = severity[:-1]
    before[grid.point_start] = state.severity[grid.instances]
    point = np.nonzero(severity != before)[0]
    leaf, value = _spokesman(compiled, grid, levels, active, severity, point, pairs)
    return Transitions(grid.instances[local[point]], grid.at[point], before[point], severity[point], leaf, value)


def _spokesman(
    compiled: Compiled, grid: Grid, levels: _Levels, active: Bool, severity: NDArray[np.int8], point: Int, pairs: Pairs
) -> tuple[Int, Real]:
    """For each point with a new severity: the first true leaf of the level that gives it, and its value."""
    leaf = np.full(len(grid.at), -1, np.int64)
    value = np.full(len(grid.at), np.nan)
    wanted = np.zeros(len(grid.at), np.bool_)
    wanted[point] = severity[point] > 0
    gives = compiled.level_severity[levels.level][levels.row_level] == severity[levels.row_point]
    rows = np.nonzero(wanted[levels.row_point] & active & gives)[0]
    shapes = compiled.level_shape[levels.level[levels.row_level[rows]]]
    for number in np.unique(shapes):
        of_shape = rows[shapes == number]
        local, at_point = levels.local[levels.row_level[of_shape]], levels.row_point[of_shape]
        for position, schedules in positions(compiled.shapes[number]):
            cell = _cell(grid, local, at_point, position)
            speaks = grid.truth[cell] & (leaf[at_point] < 0)
            for schedule in schedules:
                speaks &= within(schedule, grid.at[at_point], compiled.is_working)
            leaf[at_point[speaks]] = compiled.leaf_start[grid.instances[local[speaks]]] + position
            pair = grid.pair[cell[speaks]]
            value[at_point[speaks]] = np.where(pair >= 0, pairs.value[pair], np.nan)
    return leaf[point], value[point]


def positions(shape: Shape, schedules: tuple[Schedule, ...] = ()) -> list[tuple[int, tuple[Schedule, ...]]]:
    """The leaves of a condition with the hours within which they count."""
    if shape[0] == "leaf":
        return [(shape[1], schedules)]
    if shape[0] == "during":
        return positions(shape[2], (*schedules, shape[1]))
    return [found for part in shape[1:] for found in positions(part, schedules)]


def _durable(
    compiled: Compiled, state: State, grid: Grid, leaves: Int, leaf: NDArray[np.void], levels: Int, level: NDArray[np.void]
) -> Int:
    """The instances that would be remembered wrongly if this change were not stored.

    When a leaf last heard of its series is known from the latest readings, unless it waits for valid ones only.
    """
    changed = np.zeros(compiled.instances, np.bool_)
    before, after = state.leaf[leaves], leaf[leaves]
    for name in ("truth", "count", "value", "at", "since"):
        changed[compiled.leaf_instance[leaves[before[name] != after[name]]]] = True
    own = (compiled.leaf_kind[leaves] == Kind.MISSING) & (compiled.leaf_extra[leaves] != 0)
    changed[compiled.leaf_instance[leaves[own & (before["heard"] != after["heard"])]]] = True
    for name in ("holds", "active", "since"):
        changed[compiled.level_instance[levels[state.level[levels][name] != level[name]]]] = True
    return grid.instances[changed[grid.instances]]
