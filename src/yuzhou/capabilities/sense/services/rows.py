"""Rows of a batch on their way to the store, and the order of standing among readings of one moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, Mark, ReadingBatch, Source
from yuzhou.capabilities.sense.rules.compiled import Int, Real, microseconds
from yuzhou.capabilities.sense.rules.segments import Bool

# computed gives way to what a device says at once, that to what it sends again, and all to what a person enters
STANDING = np.zeros(256, np.int8)
STANDING[[Source.COMPUTED, Source.REAL_TIME, Source.REISSUED, Source.MANUAL]] = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length; times in µs."""

    series: Int
    at: Int
    value: Real
    flag: NDArray[np.uint8]
    source: NDArray[np.uint8]
    received: int
    origin: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.series)

    def take(self, chosen: Int | Bool) -> "Rows":
        """Some of the rows."""
        return Rows(
            self.series[chosen],
            self.at[chosen],
            self.value[chosen],
            self.flag[chosen],
            self.source[chosen],
            self.received,
            None if self.origin is None else self.origin[chosen],
        )

    @classmethod
    def of(cls, batch: ReadingBatch) -> "Rows":
        """From a batch, ordered by series and time, the row of highest standing first among those of one moment.

        Of real-time readings of one moment the first stays, of others the last. What is not a finite number is suspect.
        """
        standing = STANDING[batch.source]
        arrival = np.arange(len(batch))
        order = np.lexsort((np.where(batch.source == Source.REAL_TIME, arrival, -arrival), -standing, batch.at, batch.series_id))
        value = batch.value[order]
        flag = batch.flag[order] | np.where(np.isfinite(value), 0, Mark.SUSPECT).astype(np.uint8)
        return cls(
            batch.series_id[order].astype(np.int64),
            batch.at[order],
            value,
            flag,
            batch.source[order],
            microseconds(batch.received_at, 0),
            None if batch.origin is None else batch.origin[order],
        )

    def repeats(self) -> Bool:
        """Rows whose moment an earlier row of the same series holds."""
        again = np.zeros(len(self), np.bool_)
        again[1:] = (self.series[1:] == self.series[:-1]) & (self.at[1:] == self.at[:-1])
        return again

    def equal_to_winner(self) -> Bool:
        """Whether each row says the same as the first of its moment."""
        winner = np.maximum.accumulate(np.where(self.repeats(), 0, np.arange(len(self))))
        same = (self.value == self.value[winner]) | np.isnan(self.value) & np.isnan(self.value[winner])
        equal: Bool = same & ((self.flag ^ self.flag[winner]) & DATA_FLAG_BITS == 0)
        return equal


def moment(at: int) -> datetime:
    """Microseconds since 1970 as an aware datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at))
