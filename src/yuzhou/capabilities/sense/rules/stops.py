"""Times in which the platform itself stood still: nothing could come then, so they are no silence of devices."""

from dataclasses import dataclass

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import FAR_AHEAD, LONG_AGO, Compiled, Int, Kind, Real
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.state import State
from yuzhou.capabilities.sense.rules.windows import MISSING

PART = 10
"""A stop counts where it lasted for a tenth at least of what is allowed: short ones every night would else hide a device that
may be silent for days."""
ENDLESS = 50 * 365 * 86_400_000_000  # µs: so long it stood before it ran first, of which nothing is known


@dataclass(frozen=True, slots=True)
class Stops:
    """When the platform ran again, and for how long it had stood (µs)."""

    since: Int
    length: Int

    def __len__(self) -> int:
        return len(self.since)

    def upto(self, moment: int) -> "Stops":
        """Those that were over by then."""
        return Stops(self.since[self.since <= moment], self.length[self.since <= moment])

    def covers(self, at: Int) -> Bool:
        """Which moments lie in a stop."""
        known = self.length < ENDLESS
        order = np.argsort(self.since[known])
        since, length = np.append(self.since[known][order], FAR_AHEAD), np.append(self.length[known][order], 0)
        following = np.searchsorted(since, at, side="right")
        found: Bool = at > since[following] - length[following]
        return found

    def mattering(self, allowed: float) -> Int:
        """When the platform ran again after those that matter to whoever is allowed so much silence."""
        return self.since[self.length * float(PART) >= allowed]

    def floor(self, allowed: Real) -> Int:
        """From when silence counts for whoever is allowed so much of it (µs); long ago where no stop matters."""
        order = np.argsort(-self.length, kind="stable")
        newest = np.append(LONG_AGO, np.maximum.accumulate(self.since[order]))
        found: Int = newest[np.searchsorted(-self.length[order] * float(PART), -allowed, side="right")]
        return found


def count_from(compiled: Compiled, state: State, stops: Stops) -> None:
    """What is missing counts from the end of the stops that matter to it."""
    if len(stops):
        leaf = np.nonzero(compiled.leaf_kind == Kind.MISSING)[0]
        state.leaf["heard"][leaf] = np.maximum(state.leaf["heard"][leaf], stops.floor(compiled.leaf_number[leaf]))
        count_shares_from(compiled, state, stops, np.nonzero(compiled.leaf_kind == Kind.WINDOW)[0])


def count_shares_from(compiled: Compiled, state: State, stops: Stops, leaf: Int) -> None:
    """Of windows those that ask which part is missing are not judged before a whole one was seen since the stop."""
    share = leaf[compiled.leaf_mode[leaf] == MISSING]
    state.leaf["since"][share] = np.maximum(state.leaf["since"][share], stops.floor(compiled.leaf_number[share]))
