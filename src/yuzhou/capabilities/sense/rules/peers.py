"""The newest values of other devices, as they were at a moment."""

from dataclasses import dataclass

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import LONG_AGO, MODES, Compiled, Int, Real
from yuzhou.capabilities.sense.rules.definition import Aggregate
from yuzhou.capabilities.sense.rules.segments import Bool, ranges

MINUTE = 60_000_000
_FIELDS = ("at", "value", "before_at", "before_value")


@dataclass(slots=True)
class Peers:
    """Of every series that a rule holds others against: its newest valid value, and the one at the beginning of that minute."""

    series: Int  # distinct, ascending
    at: Int
    value: Real
    before_at: Int
    before_value: Real

    @classmethod
    def of(cls, series: Int) -> "Peers":
        """Nothing known of these."""
        found = np.unique(series)
        count = len(found)
        return cls(found, np.full(count, LONG_AGO), np.zeros(count), np.full(count, LONG_AGO), np.zeros(count))

    def slots(self, series: Int) -> Int:
        """Where a series is; -1 where nobody looks at it."""
        place = np.minimum(np.searchsorted(self.series, series), max(len(self.series) - 1, 0))
        return np.where(self.series[place] == series, place, -1) if len(self.series) else np.full(len(series), -1)

    def extended(self, series: Int) -> "Peers":
        """The same with more series."""
        made = Peers.of(np.append(self.series, series))
        place = made.slots(self.series)
        for name in _FIELDS:
            getattr(made, name)[place] = getattr(self, name)
        return made

    def learn(self, slot: Int, at: Int, value: Real) -> None:
        """Take over values that were read from the store, where they are newer."""
        newer = at > self.at[slot]
        slot, at, value = slot[newer], at[newer], value[newer]
        stays = self.at[slot] <= at // MINUTE * MINUTE
        self.before_at[slot] = np.where(stays, self.at[slot], self.before_at[slot])
        self.before_value[slot] = np.where(stays, self.value[slot], self.before_value[slot])
        self.at[slot], self.value[slot] = at, value


@dataclass(frozen=True, slots=True)
class News:
    """New rows for some of the peers."""

    slot: Int
    at: Int
    value: Real
    before_at: Int
    before_value: Real

    def apply(self, peers: Peers) -> None:
        """Write them."""
        for name in _FIELDS:
            getattr(peers, name)[self.slot] = getattr(self, name)


@dataclass(frozen=True, slots=True)
class Table:
    """The valid values of peers in a batch, by slot and time, over what was known before."""

    peers: Peers
    slot: Int
    at: Int
    value: Real

    @classmethod
    def of(cls, peers: Peers, series: Int, at: Int, value: Real, valid: Bool) -> "Table":
        """From a batch ordered by series and time."""
        slot = peers.slots(series)
        rows = valid & (slot >= 0)
        return cls(peers, slot[rows], at[rows], value[rows])

    def as_of(self, slot: Int, moment: Int) -> tuple[Int, Real]:
        """Time and value of the newest up to each moment; where only a later one is known, that one."""
        known = self.peers
        earlier = known.at[slot] <= moment
        early = ~earlier & (known.before_at[slot] > LONG_AGO) & (known.before_at[slot] <= moment)
        at = np.where(early, known.before_at[slot], known.at[slot])
        value = np.where(early, known.before_value[slot], known.value[slot])
        if len(self.slot):
            place = self._place(slot, moment)
            here = (place >= 0) & (self.slot[place] == slot)
            at, value = np.where(here, self.at[place], at), np.where(here, self.value[place], value)
        return at, value

    def _place(self, slot: Int, moment: Int) -> Int:
        """The last row up to each moment, of its own or an earlier slot; -1 where there is none."""
        ranks = np.unique(self.at)
        width = len(ranks) + 1
        keys = self.slot * width + np.searchsorted(ranks, self.at) + 1
        place: Int = np.searchsorted(keys, slot * width + np.searchsorted(ranks, moment, "right"), "right") - 1
        return place

    def news(self) -> News:
        """What is known after the batch."""
        last = np.nonzero(np.append(self.slot[1:] != self.slot[:-1], True))[0] if len(self.slot) else np.zeros(0, np.int64)
        newer = self.at[last] > self.peers.at[self.slot[last]]
        last = last[newer]
        before = self.as_of(self.slot[last], self.at[last] // MINUTE * MINUTE)
        return News(self.slot[last], self.at[last], self.value[last], *before)


def other_values(compiled: Compiled, table: Table, leaf: Int, at: Int) -> tuple[Bool, Real]:
    """What each leaf's own value is held against at each time, and whether there is such a value."""
    group, own = compiled.leaf_group[leaf], compiled.leaf_own[leaf]
    step = compiled.group_step[group]
    moment = np.where(step > 0, at // np.maximum(step, 1) * step, at)
    order = np.lexsort((moment, group))
    differs = np.ones(len(order), np.bool_)
    differs[1:] = (np.diff(group[order]) != 0) | (np.diff(moment[order]) != 0)
    query = np.empty(len(order), np.int64)
    query[order] = np.cumsum(differs) - 1
    asked = order[differs]
    return _Asked.of(compiled, table, group[asked], moment[asked]).answer(query, own, compiled.group_mode[group])


@dataclass(frozen=True, slots=True)
class _Asked:
    """The members of each group at each moment asked for; a group has one member at least."""

    first: Int  # per question: its first member
    question: Int  # per member
    value: Real
    there: Bool

    @classmethod
    def of(cls, compiled: Compiled, table: Table, group: Int, moment: Int) -> "_Asked":
        count = np.diff(compiled.group_start)[group]
        members = compiled.group_series[ranges(compiled.group_start[group], count)]
        question = np.repeat(np.arange(len(group)), count)
        at, value = table.as_of(table.peers.slots(members), moment[question])
        age = np.abs(moment[question] - at)
        return cls(np.cumsum(count) - count, question, value, (at > LONG_AGO) & (age <= compiled.group_within[group][question]))

    def answer(self, query: Int, own: Int, mode: Int) -> tuple[Bool, Real]:
        """For each row its question's value without its own device."""
        mine = self.first[query] + np.maximum(own, 0)
        counts_me = (own >= 0) & self.there[mine]
        number = np.add.reduceat(self.there.astype(np.float64), self.first)[query] - counts_me
        total = np.add.reduceat(np.where(self.there, self.value, 0.0), self.first)[query]
        total = total - np.where(counts_me, self.value[mine], 0.0)
        found = np.where(mode == MODES[Aggregate.SUM], total, total / np.maximum(number, 1))
        found = np.where(mode == MODES[Aggregate.COUNT], number, found)
        for aggregate, join, worst in ((Aggregate.MIN, np.minimum, np.inf), (Aggregate.MAX, np.maximum, -np.inf)):
            if (mode == MODES[aggregate]).any():
                extreme = self._extreme(join, worst, query, np.where(counts_me, mine, -1))
                found = np.where(mode == MODES[aggregate], extreme, found)
        return number > 0, found

    def _extreme(self, join: np.ufunc, worst: float, query: Int, mine: Int) -> Real:
        """The extreme, or the next one where the extreme is one's own."""
        value = np.where(self.there, self.value, worst)
        best = join.reduceat(value, self.first)
        holders = np.nonzero(value == best[self.question])[0]
        holder = holders[np.unique(self.question[holders], return_index=True)[1]]
        rest = value.copy()
        rest[holder] = worst
        second = join.reduceat(rest, self.first)
        result: Real = np.where(mine == holder[query], second[query], best[query])
        return result
