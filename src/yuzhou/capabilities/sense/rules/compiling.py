"""Lays rules out in columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import (
    FAR_AHEAD,
    LONG_AGO,
    MODES,
    OPERATIONS,
    STUCK,
    Compiled,
    Instance,
    Kind,
    Members,
    Shape,
    microseconds,
    monday_to_friday,
)
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    Definition,
    During,
    Flagged,
    Frozen,
    Leaf,
    Limit,
    Missing,
    Rate,
    Stuck,
    Window,
    leaves,
)
from yuzhou.capabilities.sense.rules.regrouping import is_uniform, regroup

GROUP_STEP = 60_000_000
BoundRow = tuple[int, int, float, float, float, float]
LeafRow = tuple[int, float, float, int, int]  # kind, number, extra, samples, mode


@dataclass(frozen=True, slots=True)
class _Plan:
    """A definition's rows, made once for all devices that it bears on."""

    leaves: tuple[tuple[Leaf, LeafRow, tuple[BoundRow, ...]], ...]
    levels: tuple[tuple[int, int, int, int], ...]  # severity, hold, clear, shape


class _Rows:
    """Collects rows of leaves and levels before they become columns."""

    def __init__(self) -> None:
        self.leaves: list[tuple[int, ...] | tuple[float, ...]] = []
        self.bounds: list[BoundRow] = []
        self.bound_start = [0]
        self.levels: list[tuple[int, int, int, int, int]] = []
        self.shapes: dict[Shape, int] = {}
        self.leaf_start = [0]
        self.level_start = [0]
        self.groups: dict[tuple[int, int, int, int], int] = {}
        self.members: list[Members] = []
        self.rings = 0
        self._plans: dict[int, tuple[Definition, _Plan]] = {}

    def add(self, number: int, instance: Instance) -> None:
        plan = self._plan(instance.definition)
        for leaf, row, bounds in plan.leaves:
            ring = group = -1
            if row[0] == Kind.WINDOW:
                ring, self.rings = self.rings, self.rings + 1
            elif isinstance(leaf, Compare):
                group = self._group(leaf, instance.others[leaf.other])
            self.leaves.append((number, instance.series[leaf.feed], *row, ring, group))
            self.bounds += bounds
            self.bound_start.append(len(self.bounds))
        self.levels += [(number, *level) for level in plan.levels]
        self.leaf_start.append(len(self.leaves))
        self.level_start.append(len(self.levels))

    def _plan(self, definition: Definition) -> _Plan:
        known = self._plans.get(id(definition))
        if known is None:
            known = self._plans[id(definition)] = (definition, self._make(definition))  # kept, so that its id stays its own
        return known[1]

    def _make(self, definition: Definition) -> _Plan:
        position, levels = 0, []
        for level in definition.levels:
            shape = _shape(level.when, position)
            position += len(leaves(level.when))
            number = self.shapes.setdefault(shape, len(self.shapes))
            levels.append((int(level.severity), _us(level.hold_seconds), _us(level.clear_seconds), number))
        found = (leaf for level in definition.levels for leaf in leaves(level.when))
        return _Plan(tuple((leaf, _parameters(leaf), tuple(map(_bound_row, _bounds(leaf)))) for leaf in found), tuple(levels))

    def _group(self, leaf: Compare, members: Members) -> int:
        step = 0 if leaf.other.device else GROUP_STEP
        key = (id(members), MODES[leaf.other.of], step, _us(leaf.within_seconds))
        if key not in self.groups:
            self.members.append(members)
        return self.groups.setdefault(key, len(self.groups))


def compile_rules(instances: Iterable[Instance], is_working: Callable[[date], bool] = monday_to_friday) -> Compiled:
    """Lay instances out in columns; their number is their place in the sequence."""
    rows = _Rows()
    for number, instance in enumerate(instances):
        rows.add(number, instance)
    leaf, level, bound = _columns(rows.leaves, 9), _columns(rows.levels, 5), _columns(rows.bounds, 6)
    series = np.asarray(leaf[1], np.int64)
    order = np.argsort(series, kind="stable")
    made = Compiled(
        leaf_start=np.asarray(rows.leaf_start, np.int64),
        level_start=np.asarray(rows.level_start, np.int64),
        leaf_instance=np.asarray(leaf[0], np.int64),
        leaf_series=series,
        leaf_kind=np.asarray(leaf[2], np.int8),
        leaf_number=np.asarray(leaf[3], np.float64),
        leaf_extra=np.asarray(leaf[4], np.float64),
        leaf_samples=np.asarray(leaf[5], np.int64),
        leaf_mode=np.asarray(leaf[6], np.int8),
        leaf_ring=np.asarray(leaf[7], np.int64),
        leaf_group=np.asarray(leaf[8], np.int64),
        leaf_own=np.full(len(series), -1),
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
        uniform=is_uniform(series, np.asarray(rows.leaf_start, np.int64)),
        groups=tuple(rows.members),
        group_mode=np.asarray([key[1] for key in rows.groups], np.int64),
        group_step=np.asarray([key[2] for key in rows.groups], np.int64),
        group_within=np.asarray([key[3] for key in rows.groups], np.int64),
        rings=rows.rings,
        is_working=is_working,
    )
    return regroup(made)


def _columns(rows: Sequence[Any], width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * width


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _shape(condition: Condition, position: int) -> Shape:
    """The tree with its leaves numbered from `position` on."""
    if isinstance(condition, During):
        return ("during", condition.schedule, _shape(condition.of, position))
    if not isinstance(condition, All | AnyOf):
        return ("leaf", position)
    parts: list[Any] = ["all" if isinstance(condition, All) else "any"]
    for part in condition.of:
        parts.append(_shape(part, position))
        position += len(leaves(part))
    return tuple(parts)


def _parameters(leaf: Leaf) -> LeafRow:
    match leaf:
        case Limit():
            return Kind.LIMIT, 0.0, 0.0, 0, 0
        case Missing(seconds=seconds, valid_only=valid_only):
            return Kind.MISSING, float(_us(seconds)), float(valid_only), 0, 0
        case Frozen(samples=samples, seconds=seconds, tolerance=tolerance):
            return Kind.FROZEN, float(_us(seconds)), tolerance, samples, 0
        case Rate(change=change, per_seconds=per):
            return Kind.RATE, change, float(_us(per)), 0, 0
        case Flagged(flags=flags):
            return Kind.FLAGGED, float(sum(1 << flag for flag in flags)), 0.0, 0, 0
        case Window(of=of, seconds=seconds, at_least=at_least, every_seconds=every):
            return Kind.WINDOW, float(_us(seconds)), float(_us(every)), 0 if of is Aggregate.MISSING else at_least, MODES[of]
        case Stuck(seconds=seconds, at_least=at_least):
            return Kind.WINDOW, float(_us(seconds)), 0.0, at_least, STUCK
        case Compare(operation=operation):
            return Kind.COMPARE, 0.0, 0.0, 0, OPERATIONS[operation]


def _bounds(leaf: Leaf) -> tuple[Bound, ...]:
    if isinstance(leaf, Limit | Window | Compare):
        return leaf.bounds
    if isinstance(leaf, Stuck):
        return (Bound(low=float(np.nextafter(leaf.tolerance, np.inf))),)
    return ()


def _bound_row(bound: Bound) -> BoundRow:
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
