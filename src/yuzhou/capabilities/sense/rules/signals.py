"""What each leaf says after each reading: true or false, over columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import OPERATIONS, STUCK, Compiled, Int, Kind, Real
from yuzhou.capabilities.sense.rules.definition import Operation
from yuzhou.capabilities.sense.rules.peers import Table, other_values
from yuzhou.capabilities.sense.rules.segments import Bool, last_where, latch, ranges, start_index, starts_of
from yuzhou.capabilities.sense.rules.state import State
from yuzhou.capabilities.sense.rules.windows import MISSING as MISSING_SHARE
from yuzhou.capabilities.sense.rules.windows import Steps, window_values

FLAG_BITS = 0x0F
SUSPECT = 0x80


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings in columns, ordered by series and time, each newer than all that the state has seen of its series. Times in µs."""

    series: Int
    at: Int
    value: Real
    flag: NDArray[np.uint8]
    received: Int

    def __len__(self) -> int:
        return len(self.series)

    def take(self, rows: Int | Bool | slice) -> "Columns":
        """Some of the rows."""
        return Columns(self.series[rows], self.at[rows], self.value[rows], self.flag[rows], self.received[rows])

    def valid(self) -> Bool:
        """A finite value that its instrument calls normal."""
        return ((self.flag & (FLAG_BITS | SUSPECT)) == 0) & np.isfinite(self.value)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A row for each reading and each leaf that looks at it, ordered by leaf, then time."""

    leaf: Int
    at: Int
    value: Real
    truth: Bool

    def __len__(self) -> int:
        return len(self.leaf)

    def take(self, rows: Int | Bool) -> "Pairs":
        """Some of the rows."""
        return Pairs(self.leaf[rows], self.at[rows], self.value[rows], self.truth[rows])


@dataclass(frozen=True, slots=True)
class Signals:
    """What the leaves say to a batch, and what they remember then."""

    pairs: Pairs
    leaf: NDArray[np.void]
    steps: Steps


class Judging:
    """One batch before the leaves: what they remember of before, and what they will."""

    def __init__(self, compiled: Compiled, old: State, table: Table) -> None:
        self.compiled, self.rings, self.table = compiled, old.rings, table
        self.state = old.leaf.copy()
        self.steps = Steps.none()


@dataclass(frozen=True, slots=True)
class Said:
    """Truth per row; rows that do not `count` leave the truth as it was; `value` where it is not the reading's own."""

    truth: Bool
    counts: Bool | None = None
    value: Real | None = None


def signals(compiled: Compiled, old: State, columns: Columns, table: Table) -> Signals:
    """The truth of every leaf after every reading it looks at, and the new state of all leaves; `old` is not touched."""
    first = np.nonzero(starts_of(columns.series))[0]
    series, count = columns.series[first], np.diff(np.append(first, len(columns)))
    leaf = compiled.leaves_of(series)
    place = np.searchsorted(series, compiled.leaf_series[leaf])
    rows = columns.take(ranges(first[place], count[place]))
    leaf = np.repeat(leaf, count[place])
    valid = rows.valid()
    judging = Judging(compiled, old, table)
    kind = compiled.leaf_kind[leaf]
    truth = np.zeros(len(leaf), np.bool_)
    counts = np.zeros(len(leaf), np.bool_)
    value = rows.value
    for wanted, judge, only_valid in _JUDGES:
        chosen = kind == wanted
        if only_valid:
            chosen = chosen & valid
        if chosen.any():
            said = judge(judging, leaf[chosen], rows.take(chosen))
            truth[chosen] = said.truth
            counts[chosen] = True if said.counts is None else said.counts
            if said.value is not None:
                value = value.copy() if value is rows.value else value
                value[chosen] = said.value
    pairs = Pairs(leaf, rows.at, value, _hold(truth, counts, leaf, old.leaf))
    last = _last_rows(leaf)
    judging.state["truth"][leaf[last]] = pairs.truth[last]
    return Signals(pairs, judging.state, judging.steps)


def _hold(truth: Bool, counts: Bool, leaf: Int, old: NDArray[np.void]) -> Bool:
    """Readings that a leaf does not count leave its truth as it was."""
    if counts.all():
        return truth
    last = last_where(counts, start_index(starts_of(leaf)))
    return np.where(last >= 0, truth[last], old["truth"][leaf])


def _last_rows(leaf: Int) -> Int:
    """The last row of each leaf's run."""
    if not len(leaf):
        return np.zeros(0, np.int64)
    return np.append(np.nonzero(leaf[1:] != leaf[:-1])[0], len(leaf) - 1)


def _limit(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """Beyond the bound in force sets, back within the clear values resets, between the two it stays."""
    return Said(_beyond(judging, leaf, rows.at, rows.value))


def _beyond(judging: Judging, leaf: Int, at: Int, value: Real) -> Bool:
    beyond, within = against_bounds(judging.compiled, leaf, at, value)
    return latch(beyond, within & ~beyond, start_index(starts_of(leaf)), judging.state["truth"][leaf])


def against_bounds(compiled: Compiled, leaf: Int, at: Int, value: Real) -> tuple[Bool, Bool]:
    """Whether values are beyond the bound in force, and whether they are back within its clear values."""
    bound = _bound_in_force(compiled, leaf, at)
    in_force = bound >= 0
    high, clear_high, low, clear_low = np.where(in_force, compiled.bound_values[bound].T, 0.0)
    beyond = in_force & ((value > high) | (value < low))
    return beyond, ~in_force | ((value <= clear_high) & (value >= clear_low))


def _window(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """What the window comes to is beyond the bound in force; not judged while it holds too little."""
    compiled, state = judging.compiled, judging.state
    value, number, judging.steps = window_values(compiled, judging.rings, leaf, rows.at, rows.value)
    first = starts_of(leaf)
    fresh = first & (state["count"][leaf] == 0)
    state["since"][leaf[fresh]] = rows.at[fresh]
    state["count"][leaf[fresh]] = 1
    mode = compiled.leaf_mode[leaf]
    whole = rows.at - state["since"][leaf] >= compiled.leaf_number[leaf]
    enough = np.isfinite(value) & (number >= compiled.leaf_samples[leaf]) & (whole | (mode != STUCK) & (mode != MISSING_SHARE))
    truth = np.zeros(len(leaf), np.bool_)
    if enough.any():
        truth[enough] = _beyond(judging, leaf[enough], rows.at[enough], value[enough])
    return Said(truth, enough, value)


def _compare(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """Held against the value of another, it is beyond the bound in force; not judged where there is no other."""
    there, other = other_values(judging.compiled, judging.table, leaf, rows.at)
    ratio = judging.compiled.leaf_mode[leaf] == OPERATIONS[Operation.RATIO]
    there = there & ~(ratio & (other == 0))
    value = np.where(ratio, rows.value / np.where(other == 0, 1.0, other), rows.value - other)
    truth = np.zeros(len(leaf), np.bool_)
    if there.any():
        truth[there] = _beyond(judging, leaf[there], rows.at[there], value[there])
    return Said(truth, there, value)


def _bound_in_force(compiled: Compiled, leaf: Int, at: Int) -> Int:
    """The row of the bound that holds at that time; -1 where none does."""
    start = compiled.bound_start[leaf]
    count = compiled.bound_start[leaf + 1] - start
    found = np.full(len(leaf), -1, np.int64)
    for k in range(int(count.max(initial=0))):
        row = np.where(k < count, start + k, 0)
        holds = (k < count) & (compiled.bound_from[row] <= at) & (at < compiled.bound_to[row])
        found = np.where(holds, row, found)
    return found


def _rate(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """Moved since the last valid value by more than `change` per `per`."""
    compiled, state = judging.compiled, judging.state
    known, value, at = _previous(state, leaf, rows)
    moved = np.abs(rows.value - value) * compiled.leaf_extra[leaf] > compiled.leaf_number[leaf] * (rows.at - at)
    _remember(state, leaf, rows)
    return Said(known & moved)


def _frozen(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """In a run of `samples` values, each as the one before, that lasts `seconds` from its first."""
    compiled, state = judging.compiled, judging.state
    known, value, _ = _previous(state, leaf, rows)
    same = known & (np.abs(rows.value - value) <= compiled.leaf_extra[leaf])
    start = start_index(starts_of(leaf))
    begun = last_where(~same, start)
    here = np.arange(len(leaf))
    carried = begun < 0
    since = np.where(carried, state["since"][leaf], rows.at[begun])
    count = np.where(carried, state["count"][leaf] + here - start + 1, here - begun + 1)
    last = _last_rows(leaf)
    _remember(state, leaf, rows)
    state["since"][leaf[last]] = since[last]
    state["count"][leaf[last]] = np.minimum(count[last], 2**31 - 1)
    return Said((count >= compiled.leaf_samples[leaf]) & (rows.at - since >= compiled.leaf_number[leaf]))


def _previous(state: NDArray[np.void], leaf: Int, rows: Columns) -> tuple[Bool, Real, Int]:
    """The valid value before each row, in the batch or carried: whether there is one, the value, its time."""
    first = starts_of(leaf)
    value = np.empty(len(leaf))
    value[1:] = rows.value[:-1]
    at = np.empty(len(leaf), np.int64)
    at[1:] = rows.at[:-1]
    value[first] = state["value"][leaf[first]]
    at[first] = state["at"][leaf[first]]
    known = ~first
    known[first] = state["count"][leaf[first]] > 0
    return known, value, at


def _remember(state: NDArray[np.void], leaf: Int, rows: Columns) -> None:
    """Keep the last valid value of each leaf."""
    last = _last_rows(leaf)
    state["value"][leaf[last]] = rows.value[last]
    state["at"][leaf[last]] = rows.at[last]
    state["count"][leaf[last]] = np.maximum(state["count"][leaf[last]], 1)


def _flagged(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """Bears one of the flags of the bit mask."""
    mask = judging.compiled.leaf_number[leaf].astype(np.int64)
    return Said(((mask >> (rows.flag & FLAG_BITS).astype(np.int64)) & 1).astype(np.bool_))


def _missing(judging: Judging, leaf: Int, rows: Columns) -> Said:
    """Something came, so nothing is missing (an invalid value, where only valid ones count, leaves it as it was)."""
    state = judging.state
    present = (judging.compiled.leaf_extra[leaf] == 0) | rows.valid()
    np.maximum.at(state["heard"], leaf[present], rows.received[present])
    return Said(latch(np.zeros_like(present), present, start_index(starts_of(leaf)), state["truth"][leaf]))


_JUDGES = (
    (Kind.LIMIT, _limit, True),
    (Kind.MISSING, _missing, False),
    (Kind.FROZEN, _frozen, True),
    (Kind.RATE, _rate, True),
    (Kind.FLAGGED, _flagged, False),
    (Kind.WINDOW, _window, True),
    (Kind.COMPARE, _compare, True),
)
