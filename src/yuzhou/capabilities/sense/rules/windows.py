"""Sliding windows over columns: each window is cut into steps, of which only sums are kept.

A step's sums are built in the order of time and joined in the order of steps, so that the result is the same to the last
bit whether readings come at once or one by one.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import MODES, STUCK, Compiled, Int, Real
from yuzhou.capabilities.sense.rules.definition import Aggregate
from yuzhou.capabilities.sense.rules.segments import Bool, ranges, starts_of

STEPS = 24
HELD = STEPS + 1  # the step of the newest reading and those before it that any window looks at
MANY = 64  # rows of a step: above, they are summed up by themselves
LOCAL = 34  # bits of a step's number; a window has ten seconds at least
DIGITS = {MODES[of]: 12 for of in (Aggregate.MEAN, Aggregate.SUM, Aggregate.RANGE)}
DIGITS |= {MODES[of]: 9 for of in (Aggregate.SLOPE, Aggregate.DEVIATION)}  # of a computed value that count

BUCKET = np.dtype([("k", "i8"), *((name, "f8") for name in ("n", "v0", "s1", "s2", "low", "high", "t1", "t2", "tv"))])
EXTREMES = {MODES[Aggregate.MIN], MODES[Aggregate.MAX], MODES[Aggregate.RANGE], STUCK}
SLOPE, DEVIATION, MISSING = MODES[Aggregate.SLOPE], MODES[Aggregate.DEVIATION], MODES[Aggregate.MISSING]


@dataclass(slots=True)
class Rings:
    """The steps of every window that was looked at; memory is taken when a window gets its first reading."""

    slot: NDArray[np.int32]  # by ring; -1: nothing held
    rows: NDArray[np.void] = field(default_factory=lambda: np.zeros((0, HELD), BUCKET))
    used: int = 0

    @classmethod
    def of(cls, count: int) -> "Rings":
        """Empty ones."""
        return cls(np.full(count, -1, np.int32))

    def held(self, ring: Int, k: Int) -> NDArray[np.void]:
        """The sums of these steps; `n` is 0 where there are none."""
        slot = self.slot[ring]
        known = slot >= 0
        if not known.any():
            return np.zeros(len(ring), BUCKET)
        found = self.rows[np.where(known, slot, 0), k % HELD]
        found["n"] = np.where(known & (found["k"] == k), found["n"], 0)
        return found

    def keep(self, ring: Int, bucket: NDArray[np.void]) -> None:
        """Take over steps, in the order of ring and time."""
        self._make(np.unique(ring))
        slot = self.slot[ring]
        self.rows[slot, bucket["k"] % HELD] = bucket

    def _make(self, ring: Int) -> None:
        fresh = ring[self.slot[ring] < 0]
        if self.used + len(fresh) > len(self.rows):
            size = max(self.used + len(fresh), len(self.rows) * 3 // 2, 16)
            rows = np.zeros((size, HELD), BUCKET)
            rows[: self.used] = self.rows[: self.used]
            self.rows = rows
        slots = np.arange(self.used, self.used + len(fresh))
        self.slot[fresh] = slots
        self.rows[slots] = np.zeros(1, BUCKET)
        self.rows["k"][slots] = -1
        self.used += len(fresh)

    def forget(self, ring: Int) -> None:
        """Drop what these hold; it is read again before it is used."""
        slot = self.slot[ring]
        self.rows["k"][slot[slot >= 0]] = -1

    def extended(self, count: int) -> "Rings":
        """The same with room for more rings."""
        slot = np.append(self.slot, np.full(count - len(self.slot), -1, np.int32))
        return Rings(slot, self.rows, self.used)


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps that got readings, by leaf and time: what `Rings.keep` takes over."""

    ring: Int
    bucket: NDArray[np.void]

    @classmethod
    def none(cls) -> "Steps":
        """No steps."""
        return cls(np.zeros(0, np.int64), np.zeros(0, BUCKET))


@dataclass(slots=True)
class _Totals:
    """What several steps come to; `mean`, `m2`, `t2`, `c` joined after Chan, Golub, LeVeque (1979)."""

    n: Real
    total: Real
    low: Real
    high: Real
    mean: Real
    m2: Real
    tmean: Real
    t2: Real
    c: Real

    @classmethod
    def none(cls, count: int) -> "_Totals":
        zeros = [np.zeros(count) for _ in range(7)]
        return cls(zeros[0], zeros[1], np.full(count, np.inf), np.full(count, -np.inf), *zeros[2:])

    def take(self, rows: Int) -> "_Totals":
        return _Totals(*(getattr(self, name)[rows] for name in _Totals.__slots__))

    def join(self, b: NDArray[np.void], there: Bool, away: Real, modes: set[int]) -> None:
        """Add a step that began `away` seconds before the newest, where it is there."""
        nb = np.where(there, b["n"], 0.0)
        self.total += np.where(there, nb * b["v0"] + b["s1"], 0.0)
        if modes & EXTREMES:
            self.low = np.where(there, np.minimum(self.low, b["low"]), self.low)
            self.high = np.where(there, np.maximum(self.high, b["high"]), self.high)
        if modes & {SLOPE, DEVIATION}:
            self._spread(b, there, nb, away)
        self.n = self.n + nb

    def _spread(self, b: NDArray[np.void], there: Bool, nb: Real, away: Real) -> None:
        some = np.maximum(nb, 1.0)
        weight = nb / np.maximum(self.n + nb, 1.0)
        delta = np.where(there, b["v0"] + b["s1"] / some - self.mean, 0.0)
        late = np.where(there, b["t1"] / some - away - self.tmean, 0.0)
        shared = self.n * weight
        self.m2 = self.m2 + np.where(there, b["s2"] - b["s1"] ** 2 / some, 0.0) + delta**2 * shared
        self.t2 = self.t2 + np.where(there, b["t2"] - b["t1"] ** 2 / some, 0.0) + late**2 * shared
        self.c = self.c + np.where(there, b["tv"] - b["t1"] * b["s1"] / some, 0.0) + delta * late * shared
        self.mean = self.mean + delta * weight
        self.tmean = self.tmean + late * weight


def window_values(compiled: Compiled, rings: Rings, leaf: Int, at: Int, value: Real) -> tuple[Real, Real, Steps]:
    """What each leaf's window comes to at each valid reading (by leaf and time), from how many values, and the new steps."""
    modes = {int(mode) for mode in np.unique(compiled.leaf_mode[leaf])}
    width = step_of(compiled, leaf)
    k = at // width
    begins = starts_of(leaf) | starts_of(k)
    first = np.nonzero(begins)[0]
    end = np.append(first[1:], len(leaf))
    group = np.cumsum(begins) - 1
    ring = compiled.leaf_ring[leaf[first]]
    running = _running(first, end, group, value, (at - k * width) / 1e6, rings.held(ring, k[first]), modes)
    running["k"] = k
    made = running[end - 1]
    before = _before(compiled, rings, leaf[first], ring, made, width[first], modes)
    whole = before.take(group)
    now = compiled.leaf_mode[leaf] != MISSING
    whole.join(running, now, np.zeros(len(leaf)), modes)
    return _results(compiled, leaf, whole), whole.n, _kept(leaf[first], ring, made)


def fill_rings(compiled: Compiled, rings: Rings, leaf: Int, series: Int, at: Int, value: Real) -> None:
    """Sum up the windows of these leaves anew from valid values, ordered by series and time; they were made to forget."""
    first, end = (np.searchsorted(series, compiled.leaf_series[leaf], side) for side in ("left", "right"))
    chosen, of_leaf = ranges(first, end - first), np.repeat(leaf, end - first)
    if len(chosen):
        _, _, steps = window_values(compiled, rings, of_leaf, at[chosen], value[chosen])
        rings.keep(steps.ring, steps.bucket)


def step_of(compiled: Compiled, leaf: Int) -> Int:
    """The length of a step (µs)."""
    return compiled.leaf_number[leaf].astype(np.int64) // STEPS


def _kept(leaf: Int, ring: Int, made: NDArray[np.void]) -> Steps:
    """Of each leaf the last steps that a ring holds."""
    last = np.append(np.nonzero(leaf[1:] != leaf[:-1])[0], len(leaf) - 1)
    newest = np.repeat(made["k"][last], np.diff(np.append(-1, last)))
    keep = made["k"] > newest - HELD
    return Steps(ring[keep], made[keep])


def _running(
    first: Int, end: Int, group: Int, value: Real, seconds: Real, carried: NDArray[np.void], modes: set[int]
) -> NDArray[np.void]:
    """The sums of its step up to each reading, going on from what was carried."""
    rows = np.zeros(len(value), BUCKET)
    begun = carried["n"] > 0
    v0 = np.where(begun, carried["v0"], value[first])[group]
    off = value - v0
    rows["v0"] = v0
    rows["n"] = np.arange(len(value)) - first[group] + 1 + np.where(begun, carried["n"], 0)[group]
    wanted = {"s1": off}
    if modes & {SLOPE, DEVIATION}:
        wanted |= {"s2": off**2}
    if SLOPE in modes:
        wanted |= {"t1": seconds, "t2": seconds**2, "tv": seconds * off}
    for name, column in wanted.items():
        column[first] = np.where(begun, carried[name], 0.0) + column[first]
        rows[name] = _accumulate(np.add, column, first, end)
    if modes & EXTREMES:
        for name, join in (("low", np.minimum), ("high", np.maximum)):
            column = value.copy()
            column[first] = np.where(begun, join(carried[name], column[first]), column[first])
            rows[name] = _accumulate(join, column, first, end)
    return rows


def _accumulate(join: np.ufunc, column: Real, first: Int, end: Int) -> Real:
    """Running sums (extremes) of each group, strictly from left to right."""
    length = end - first
    for n in np.nonzero(length > MANY)[0]:
        column[first[n] : end[n]] = join.accumulate(column[first[n] : end[n]])
    short = first[length <= MANY], length[length <= MANY]
    for j in range(1, int(short[1].max(initial=0))):
        at = short[0][short[1] > j] + j
        column[at] = join(column[at - 1], column[at])
    return column


def _before(
    compiled: Compiled, rings: Rings, leaf: Int, ring: Int, made: NDArray[np.void], width: Int, modes: set[int]
) -> _Totals:
    """What the steps before each step come to: 23 of them, for the missing part 24."""
    totals = _Totals.none(len(leaf))
    alone = starts_of(leaf)
    keys = ((np.cumsum(alone) - 1) << LOCAL) + made["k"]
    missing = compiled.leaf_mode[leaf] == MISSING
    for j in range(STEPS if MISSING in modes else STEPS - 1, 0, -1):
        bucket = rings.held(ring, made["k"] - j)
        if not alone.all():
            place = np.searchsorted(keys, keys - j)
            here = keys[place] == keys - j
            bucket[here] = made[place[here]]
        there = (bucket["n"] > 0) & (missing if j == STEPS else True)
        totals.join(bucket, there, j * width / 1e6, modes)
    return totals


def _results(compiled: Compiled, leaf: Int, whole: _Totals) -> Real:
    mode = compiled.leaf_mode[leaf]
    found = np.full(len(leaf), np.nan)
    some = np.maximum(whole.n, 1.0)
    for number in np.unique(mode):
        rows = mode == number
        match int(number):
            case n if n == MODES[Aggregate.MEAN]:
                result = whole.total / some
            case n if n == MODES[Aggregate.MIN]:
                result = whole.low
            case n if n == MODES[Aggregate.MAX]:
                result = whole.high
            case n if n == MODES[Aggregate.SUM]:
                result = whole.total
            case n if n == MODES[Aggregate.COUNT]:
                result = whole.n
            case n if n == SLOPE:
                flat = whole.t2 <= 0
                result = np.where(flat, np.nan, whole.c / np.where(flat, 1.0, whole.t2) * 3600)
            case n if n == DEVIATION:
                result = np.where(whole.n > 1, np.sqrt(np.maximum(whole.m2, 0) / np.maximum(whole.n - 1, 1.0)), np.nan)
            case n if n == MISSING:
                result = missing_share(compiled, leaf, whole.n)
            case _:
                result = whole.high - whole.low
        found[rows] = settled(result[rows], DIGITS[int(number)]) if int(number) in DIGITS else result[rows]
    return found


def settled(values: Real, digits: int) -> Real:
    """Computed values to so many digits: a mean of 70 is not above 70 for what adding decimal fractions leaves over."""
    size = np.abs(values)
    known = np.isfinite(values) & (size > 0)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too small for a grid stays as it is
        grid = 10.0 ** (digits - 1 - np.floor(np.log10(np.where(known, size, 1.0))))
        return np.where(known & np.isfinite(grid), np.rint(values * grid) / grid, values)


def missing_share(compiled: Compiled, leaf: Int, came: Real) -> Real:
    """The part of the readings due in a window that did not come."""
    due = compiled.leaf_number[leaf] / np.maximum(compiled.leaf_extra[leaf], 1.0)
    return np.clip(1 - came / np.maximum(due, 1.0), 0.0, 1.0)


def came_by(compiled: Compiled, rings: Rings, leaf: Int, now: int) -> Real:
    """How many valid values the 24 whole steps before a moment hold."""
    k = now // step_of(compiled, leaf)
    ring = compiled.leaf_ring[leaf]
    came = np.zeros(len(leaf))
    for j in range(1, STEPS + 1):
        came += rings.held(ring, k - j)["n"]
    return came
