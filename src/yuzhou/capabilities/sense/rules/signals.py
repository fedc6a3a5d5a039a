"""What each leaf says after each reading: true or false, over columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import Compiled, Int, Kind, Real
from yuzhou.capabilities.sense.rules.segments import Bool, last_where, latch, ranges, start_index, starts_of

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


def signals(compiled: Compiled, old: NDArray[np.void], columns: Columns) -> tuple[Pairs, NDArray[np.void]]:
    """The truth of every leaf after every reading it looks at, and the new state of all leaves; `old` is not touched."""
    first = np.nonzero(starts_of(columns.series))[0]
    series, count = columns.series[first], np.diff(np.append(first, len(columns)))
    leaf = compiled.leaves_of(series)
    place = np.searchsorted(series, compiled.leaf_series[leaf])
    rows = columns.take(ranges(first[place], count[place]))
    leaf = np.repeat(leaf, count[place])
    valid = rows.valid()
    state = old.copy()
    kind = compiled.leaf_kind[leaf]
    truth = np.zeros(len(leaf), np.bool_)
    counts = np.zeros(len(leaf), np.bool_)
    for wanted, judge, only_valid in _JUDGES:
        chosen = kind == wanted
        if only_valid:
            chosen = chosen & valid
        if chosen.any():
            truth[chosen] = judge(compiled, state, leaf[chosen], rows.take(chosen))
            counts |= chosen
    pairs = Pairs(leaf, rows.at, rows.value, _hold(truth, counts, leaf, old))
    last = _last_rows(leaf)
    state["truth"][leaf[last]] = pairs.truth[last]
    return pairs, state


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


def _limit(compiled: Compiled, state: NDArray[np.void], leaf: Int, rows: Columns) -> Bool:
    """Beyond the bound in force sets, back within the clear values resets, between the two it stays."""
    bound = _bound_in_force(compiled, leaf, rows.at)
    in_force = bound >= 0
    high, clear_high, low, clear_low = np.where(in_force, compiled.bound_values[bound].T, 0.0)
    beyond = in_force & ((rows.value > high) | (rows.value < low))
    within = ~in_force | ((rows.value <= clear_high) & (rows.value >= clear_low))
    return latch(beyond, within & ~beyond, start_index(starts_of(leaf)), state["truth"][leaf])


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


def _rate(compiled: Compiled, state: NDArray[np.void], leaf: Int, rows: Columns) -> Bool:
    """Moved since the last valid value by more than `change` per `per`."""
    known, value, at = _previous(state, leaf, rows)
    moved = np.abs(rows.value - value) * compiled.leaf_extra[leaf] > compiled.leaf_number[leaf] * (rows.at - at)
    _remember(state, leaf, rows)
    return known & moved


def _frozen(compiled: Compiled, state: NDArray[np.void], leaf: Int, rows: Columns) -> Bool:
    """In a run of `samples` values, each as the one before, that lasts `seconds` from its first."""
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
    return (count >= compiled.leaf_samples[leaf]) & (rows.at - since >= compiled.leaf_number[leaf])


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


def _flagged(compiled: Compiled, state: NDArray[np.void], leaf: Int, rows: Columns) -> Bool:
    """Bears one of the flags of the bit mask."""
    mask = compiled.leaf_number[leaf].astype(np.int64)
    return ((mask >> (rows.flag & FLAG_BITS).astype(np.int64)) & 1).astype(np.bool_)


def _missing(compiled: Compiled, state: NDArray[np.void], leaf: Int, rows: Columns) -> Bool:
    """Something came, so nothing is missing (an invalid value, where only valid ones count, leaves it as it was)."""
    present = (compiled.leaf_extra[leaf] == 0) | rows.valid()
    np.maximum.at(state["heard"], leaf[present], rows.received[present])
    return latch(np.zeros_like(present), present, start_index(starts_of(leaf)), state["truth"][leaf])


_JUDGES = (
    (Kind.LIMIT, _limit, True),
    (Kind.MISSING, _missing, False),
    (Kind.FROZEN, _frozen, True),
    (Kind.RATE, _rate, True),
    (Kind.FLAGGED, _flagged, False),
)
