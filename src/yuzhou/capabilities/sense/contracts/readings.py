"""Readings in columns: what a door hands in, what a chart gets back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag, StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from yuzhou.kernel.errors import Invalid


class DataFlag(IntEnum):
    """The instrument's own word on a value (数据标记; HJ 212-2017, table 8): the low four bits of a reading's `flag`."""

    NORMAL = 0  # N
    STOPPED = 1  # F
    MAINTENANCE = 2  # M
    SET_BY_HAND = 3  # S
    FAULT = 4  # D
    CALIBRATING = 5  # C
    OVER_RANGE = 6  # T
    LINK_FAULT = 7  # B

    @property
    def letter(self) -> str:
        """The letter of HJ 212."""
        return "NFMSDCTB"[self]

    @classmethod
    def from_letter(cls, letter: str) -> "DataFlag":
        """Read the letter of HJ 212, either case; raises ValueError for an unknown one."""
        return cls("NFMSDCTB".index(letter.upper()))


class Mark(IntFlag):
    """What we say of a reading: the high bits of its `flag`, OR-ed onto the `DataFlag`."""

    COMPUTED = 0x10  # an aggregate that we made because none was reported
    LATE = 0x20  # came after a newer reading of its series; its rules were not judged again
    CORRECTED = 0x40  # replaced an earlier reading of the same moment, which the corrections keep
    SUSPECT = 0x80  # not a finite number, or ahead of our clock


DATA_FLAG_BITS = 0x0F


class Source(IntEnum):
    """Where a reading came from. See `outranks` for which one stays when two claim the same moment."""

    REAL_TIME = 0
    REISSUED = 1
    COMPUTED = 2
    MANUAL = 3


class Statistic(StrEnum):
    """What a value stands for. A period's `at` is the period's first moment. `converted`: 折算 (HJ 212 field names `Zs…`)."""

    RTD = "rtd"
    RTD_CONVERTED = "rtd-converted"
    MINUTE_MIN = "minute-min"
    MINUTE_AVG = "minute-avg"
    MINUTE_MAX = "minute-max"
    MINUTE_TOTAL = "minute-total"
    MINUTE_MIN_CONVERTED = "minute-min-converted"
    MINUTE_AVG_CONVERTED = "minute-avg-converted"
    MINUTE_MAX_CONVERTED = "minute-max-converted"
    HOUR_MIN = "hour-min"
    HOUR_AVG = "hour-avg"
    HOUR_MAX = "hour-max"
    HOUR_TOTAL = "hour-total"
    HOUR_MIN_CONVERTED = "hour-min-converted"
    HOUR_AVG_CONVERTED = "hour-avg-converted"
    HOUR_MAX_CONVERTED = "hour-max-converted"
    DAY_MIN = "day-min"
    DAY_AVG = "day-avg"
    DAY_MAX = "day-max"
    DAY_TOTAL = "day-total"
    DAY_MIN_CONVERTED = "day-min-converted"
    DAY_AVG_CONVERTED = "day-avg-converted"
    DAY_MAX_CONVERTED = "day-max-converted"

    @property
    def period_seconds(self) -> int:
        """Length of the period; 0 for real-time values. Minute data may stand for more than a minute."""
        return {"rtd": 0, "minute": 60, "hour": 3600, "day": 86400}[self.value.split("-")[0]]


@dataclass(frozen=True, slots=True)
class ReadingBatch:
    """Readings of many series in columns of equal length.

    `at`: microseconds since 1970 UTC. `flag`: a `DataFlag`, OR-ed with `Mark`s. `source`: a `Source`.
    Rows may be in any order and may repeat; `ingest` says what becomes of repeats. `origin`: which of several deliveries each
    row came with, from 0, where it is to be told for each what became of it.
    """

    series_id: NDArray[np.int32]
    at: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    source: NDArray[np.uint8]
    received_at: datetime
    origin: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        if len({len(c) for c in (self.series_id, self.at, self.value, self.flag, self.source)}) != 1:
            raise Invalid("sense.uneven-batch")

    def __len__(self) -> int:
        return len(self.series_id)

    @classmethod
    def of(cls, *, series_id: Any, at: Any, value: Any, received_at: datetime, flag: Any = 0, source: Any = 0) -> "ReadingBatch":
        """Build from any sequences; a single `flag` or `source` holds for all rows."""
        ids = np.asarray(series_id, dtype=np.int32)
        return cls(
            series_id=ids,
            at=np.asarray(at, dtype=np.int64),
            value=np.asarray(value, dtype=np.float64),
            flag=np.broadcast_to(np.asarray(flag, dtype=np.uint8), ids.shape),
            source=np.broadcast_to(np.asarray(source, dtype=np.uint8), ids.shape),
            received_at=received_at,
        )

    @classmethod
    def empty(cls, received_at: datetime) -> "ReadingBatch":
        """A batch without rows, for frames that carry none."""
        return cls.of(series_id=[], at=[], value=[], received_at=received_at)


class Direction(StrEnum):
    """Which way a frame went."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One frame as it was on the wire, kept for the desk. `quirks`: codes of what was read although it was not to standard."""

    device_id: UUID
    received_at: datetime
    content: bytes
    kind: str = ""  # the protocol's own word: "2011"
    direction: Direction = Direction.UP
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuarantinedFrame:
    """A frame that was refused: why (`code` with `params`), from where, and what it claimed to be."""

    protocol: str
    code: str  # "hj212.bad-crc", "hj212.unknown-device", "hj212.future-time" …
    content: bytes
    received_at: datetime
    peer: str = ""
    identity: str = ""
    device_id: UUID | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one delivery, in rows; the words are those of `IngestResult`."""

    stored: int = 0
    duplicates: int = 0
    corrected: int = 0
    ignored: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a batch, in rows: stored + duplicates + ignored = rows handed in."""

    stored: int = 0
    duplicates: int = 0  # the same value was there already, or repeats within the batch
    corrected: int = 0  # of the stored: took the place of an earlier value
    ignored: int = 0  # another value of at least equal standing holds that moment
    late: int = 0  # of the stored: older than the newest of the series
    unknown_series: tuple[int, ...] = ()  # their rows are among the ignored
    alarms_raised: tuple[UUID, ...] = ()
    alarms_changed: tuple[UUID, ...] = ()
    alarms_cleared: tuple[UUID, ...] = ()
    tallies: tuple[Tally, ...] = ()  # one for each `origin`


@dataclass(frozen=True, slots=True)
class SeriesReadings:
    """Readings of one series in the order of time; `resolution_seconds` is 0 where every reading is given.

    Where readings are thinned out, `value` is the mean of the bucket, `low` and `high` its extremes, `flag` the worst.
    """

    series_id: int
    at: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    source: NDArray[np.uint8]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    resolution_seconds: int = 0
    truncated: bool = False

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest reading of a series by its own time."""

    series_id: int
    device_id: UUID
    property: str
    statistic: Statistic
    unit: str
    at: datetime
    value: float
    flag: int
    source: Source
    received_at: datetime
