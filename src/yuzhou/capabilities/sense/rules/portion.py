"""A few of many instances, laid out by themselves: what a batch touches costs what it touches, not what there is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Compiled, Int
from yuzhou.capabilities.sense.rules.segments import ranges, starts_of
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change, State

COMFORTABLE = 20_000  # readings at a time whose intermediate columns stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Portion:
    """Some instances with their state, and where their rows are in the whole."""

    compiled: Compiled
    state: State
    instances: Int
    leaves: Int
    levels: Int

    def restore(self, change: Change) -> Change:
        """A change of the portion as one of the whole."""
        return Change(
            leaves=self.leaves[change.leaves],
            leaf=change.leaf,
            levels=self.levels[change.levels],
            level=change.level,
            touched=self.instances[change.touched],
            severity=change.severity,
            instances=self.instances[change.instances],
            steps=change.steps,
            news=change.news,
        )


def portion_of(compiled: Compiled, state: State, instances: Int) -> Portion:
    """These instances (in ascending order) by themselves."""
    leaf_count, level_count = (np.diff(start)[instances] for start in (compiled.leaf_start, compiled.level_start))
    leaves, levels = ranges(compiled.leaf_start[instances], leaf_count), ranges(compiled.level_start[instances], level_count)
    bound_count = np.diff(compiled.bound_start)[leaves]
    bounds = ranges(compiled.bound_start[leaves], bound_count)
    series = compiled.leaf_series[leaves]
    order = np.argsort(series, kind="stable")
    numbers = np.arange(len(instances))
    alone = replace(
        compiled,
        leaf_start=_starts(leaf_count),
        level_start=_starts(level_count),
        leaf_instance=np.repeat(numbers, leaf_count),
        leaf_series=series,
        leaf_kind=compiled.leaf_kind[leaves],
        leaf_number=compiled.leaf_number[leaves],
        leaf_extra=compiled.leaf_extra[leaves],
        leaf_samples=compiled.leaf_samples[leaves],
        leaf_mode=compiled.leaf_mode[leaves],
        leaf_ring=compiled.leaf_ring[leaves],
        leaf_group=compiled.leaf_group[leaves],
        leaf_own=compiled.leaf_own[leaves],
        bound_start=_starts(bound_count),
        bound_from=compiled.bound_from[bounds],
        bound_to=compiled.bound_to[bounds],
        bound_values=compiled.bound_values[bounds],
        level_instance=np.repeat(numbers, level_count),
        level_severity=compiled.level_severity[levels],
        level_hold=compiled.level_hold[levels],
        level_clear=compiled.level_clear[levels],
        level_shape=compiled.level_shape[levels],
        series_order=order,
        series_sorted=series[order],
        uniform=compiled.uniform[instances],
    )
    mine = State(state.leaf[leaves], state.level[levels], state.severity[instances], state.rings, state.peers)
    return Portion(alone, mine, instances, leaves, levels)


def portions(columns: Columns) -> Iterator[Columns]:
    """The readings in comfortable parts, none of which cuts a series in two."""
    first = np.nonzero(starts_of(columns.series))[0]
    wanted = np.searchsorted(first, np.arange(0, len(columns), COMFORTABLE))
    cuts = np.unique(np.append(first[wanted[wanted < len(first)]], len(columns)))
    for start, end in pairwise(cuts.tolist()):
        yield columns.take(slice(start, end))


def _starts(count: Int) -> Int:
    return np.append(0, np.cumsum(count))
