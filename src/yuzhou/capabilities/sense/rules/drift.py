"""How far a device's clock is off, from the times that its readings bear and the times at which they came.

A reading comes after its moment, never before: of the differences (its time minus its receipt) in a stretch of time the largest
is the clock's offset less the shortest way. Ahead of us is therefore certain. Behind us is said only of what stays the same
from one stretch to the next: a device that works off what it kept comes nearer with each reading.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.segments import Bool

STRETCH: Final = 300 * 1_000_000
TOLERANCE: Final = 60 * 1_000_000
STEADY: Final = 30 * 1_000_000
NOTHING: Final = -(2**62)


@dataclass
class Drift:
    """By device: the largest difference (µs) of the present stretch and of the one before."""

    stretch: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    present: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    before: Int = field(default_factory=lambda: np.zeros(0, np.int64))

    def observe(self, devices: Int, difference: Int, moment: int) -> tuple[Int, Int]:
        """Take in differences of devices; returns devices whose clock is to be noted anew, and its offset (µs).

        Noted is at the end of each stretch, and at once what is further ahead than before by more than the tolerance.
        """
        self._grow(int(devices.max()) + 1 if len(devices) else 0)
        some = np.unique(devices)
        now = moment // STRETCH
        over = some[self.stretch[some] < now]
        ended = over[self.present[over] > NOTHING]
        offset = self.offset(ended)
        recent = self.stretch[over] == now - 1
        self.before[over] = np.where(recent, self.present[over], NOTHING)
        self.present[over] = NOTHING
        self.stretch[over] = now
        known = np.maximum(self.present[some], self.before[some])
        np.maximum.at(self.present, devices, difference)
        sudden = some[(self.present[some] > TOLERANCE) & (self.present[some] > np.maximum(known, 0) + TOLERANCE)]
        fresh = ended[~np.isin(ended, sudden)]
        return np.append(fresh, sudden), np.append(offset[~np.isin(ended, sudden)], self.present[sudden])

    def offset(self, devices: Int) -> Int:
        """What is known of the clocks: 0 where a device is behind, but not steadily so."""
        present, before = self.present[devices], self.before[devices]
        steady = (before > NOTHING) & (np.abs(present - np.where(before > NOTHING, before, present)) <= STEADY)
        found: Int = np.where((present < -TOLERANCE) & ~steady, 0, present)
        return found

    def _grow(self, size: int) -> None:
        more = size - len(self.stretch)
        if more > 0:
            self.stretch = np.append(self.stretch, np.full(more, -1))
            self.present = np.append(self.present, np.full(more, NOTHING))
            self.before = np.append(self.before, np.full(more, NOTHING))


def is_off(offset: Int) -> Bool:
    """Whether an offset is more than ways and rounding explain."""
    return np.abs(offset) > TOLERANCE
