"""Late readings of the past: not judged, but in the windows of those that follow, from their receipt on."""

from dataclasses import dataclass

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import LONG_AGO, Compiled, Int
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import State
from yuzhou.capabilities.sense.rules.windows import HELD, fill_rings, step_of


def none() -> Columns:
    """No readings."""
    whole = np.zeros(0, np.int64)
    return Columns(whole, whole, np.zeros(0), np.zeros(0, np.uint8), whole)


def join(one: Columns, other: Columns) -> Columns:
    """Both by series and time."""
    columns = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in Columns.__slots__)
    both = Columns(*columns)
    return both.take(np.lexsort((both.at, both.series)))


@dataclass(slots=True)
class Latecomers:
    """What windows may look at again when a reading comes late: all that was judged lately, and what came late."""

    compiled: Compiled
    past: Columns
    late: Columns
    judged: Int  # by series id: up to where (µs)
    longest: int  # µs that any window looks back

    @classmethod
    def of(cls, compiled: Compiled, series: Int) -> "Latecomers":
        """Nothing came yet; `series` are those that are read."""
        windows = np.nonzero(compiled.leaf_ring >= 0)[0]
        longest = HELD * int(step_of(compiled, windows).max(initial=0))
        return cls(compiled, none(), none(), np.full(int(series.max(initial=-1)) + 1, LONG_AGO), longest)

    def learn(self, late: Columns) -> None:
        """These will have come late; of series without a window they matter to nobody."""
        self.late = join(self.late, late.take(self._windowed(late)))

    def moments(self, first: int, last: int) -> Int:
        """When late readings come in this time (µs)."""
        return np.unique(self.late.received[(self.late.received >= first) & (self.late.received < last)])

    def note(self, judged: Columns) -> None:
        """These are judged now."""
        np.maximum.at(self.judged, judged.series, judged.at)
        if self.longest:
            self.past = join(self.past, judged.take(self._windowed(judged)))

    def forget(self, before: int) -> None:
        """Drop what no window looks at any more, nor any that came later."""
        self.past = self.past.take(self.past.at > before - self.longest)
        self.late = self.late.take((self.late.at > before - self.longest) | (self.late.received >= before))

    def enter(self, state: State, moment: int) -> None:
        """What comes late at this moment: sum up the windows that hold it anew."""
        compiled = self.compiled
        series = np.unique(self.late.series[self.late.received == moment])
        leaf = np.sort(compiled.leaves_of(series))
        leaf = leaf[compiled.leaf_ring[leaf] >= 0]
        late = self.late.take(np.isin(self.late.series, series) & (self.late.received <= moment))
        rows = join(self.past.take(np.isin(self.past.series, series)), late)
        upto = self.judged[rows.series]
        rows = rows.take(rows.valid() & (rows.at <= upto) & (rows.at > upto - self.longest))
        state.rings.forget(compiled.leaf_ring[leaf])
        fill_rings(compiled, state.rings, leaf, rows.series, rows.at, rows.value)

    def _windowed(self, rows: Columns) -> Bool:
        held = self.compiled.leaf_series[self.compiled.leaf_ring >= 0]
        return np.isin(rows.series, held)
