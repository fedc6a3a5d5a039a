"""What the history gives: columns of many series, cut off where it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from numpy.typing import NDArray


class Thinning(StrEnum):
    """How readings are thinned to a number of points."""

    LTTB = "lttb"  # real readings, chosen so that a line keeps its look
    MEAN = "mean"
    MIN = "min"
    MAX = "max"


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    ARROW = "arrow"  # IPC stream
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """Its registered name."""
        return _MEDIA[self]


_MEDIA = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.ARROW: "application/vnd.apache.arrow.stream",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class History:
    """Columns of equal length in the order of series and time; `at` (and `received_at`) in µs since 1970.

    Readings: `series_id, at, value, flag, source, received_at`. Periods: `series_id, at, mean, time_mean, low, high, total,
    first, last, count, valid, used, flag`; `mean` counts each valid value once, `time_mean` weighs it by how long it held.
    Thinned: `series_id, at, value, low, high, flag`. What lies beyond the limit is cut off and said to be: `after` then
    says where to go on.
    """

    columns: Mapping[str, NDArray[Any]]
    truncated: bool = False
    after: tuple[int, datetime] | None = None

    def __len__(self) -> int:
        return len(self.columns["at"])


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """How far a device's clock is off, by the times of its readings; ahead is positive. `since`: in this state."""

    offset_seconds: float
    is_off: bool
    since: datetime
    noted_at: datetime
