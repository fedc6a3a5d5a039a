"""Reads readings as columns: binary COPY out of PostgreSQL, Parquet through DuckDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.models import ArchivedDay
from yuzhou.capabilities.sense.rules.compiled import microseconds

EPOCH_2000 = 946_684_800_000_000
HEADER, TRAILER = 19, 2
_FIELDS = (("series", ">i4"), ("at", ">i8"), ("value", ">f8"), ("flag", ">i2"), ("source", ">i2"), ("received", ">i8"))
_WIRE = np.dtype([("n", ">i2"), *(item for name, kind in _FIELDS for item in ((f"{name} length", ">i4"), (name, kind)))])


@dataclass(frozen=True, slots=True)
class Found:
    """Readings in the order of series and time; times in µs."""

    series: NDArray[np.int64]
    at: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    source: NDArray[np.uint8]
    received: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series)


def archive_path(day: date) -> Path:
    """The Parquet file of a UTC day."""
    return Path(settings.DATA_FOLDER) / "parquet" / "readings" / f"{day:%Y}" / f"{day:%Y%m%d}.parquet"


def read_hot(condition: str, params: Sequence[Any], table: str = "sense_reading", most: int | None = None) -> Found:
    """Readings in PostgreSQL that meet an SQL condition of ours, the first `most` where given."""
    query = (
        f"COPY (SELECT series_id, at, value, flag, source, received_at FROM {table} WHERE {condition} ORDER BY series_id, at"
        f"{_limit(most)})"
        " TO STDOUT (FORMAT BINARY)"
    )
    with connection.cursor() as cursor, cursor.copy(query, params) as copy:
        content = b"".join(bytes(part) for part in copy)
    rows = np.frombuffer(content, _WIRE, offset=HEADER, count=(len(content) - HEADER - TRAILER) // _WIRE.itemsize)
    return Found(
        rows["series"].astype(np.int64),
        rows["at"].astype(np.int64) + EPOCH_2000,
        rows["value"].astype(np.float64),
        rows["flag"].astype(np.uint8),
        rows["source"].astype(np.uint8),
        rows["received"].astype(np.int64) + EPOCH_2000,
    )


def _limit(most: int | None) -> str:
    return "" if most is None else f" LIMIT {int(most)}"


def read_archived(series: Sequence[int], start: datetime, end: datetime, most: int | None = None) -> Found:
    """Readings of days that moved to Parquet, the first `most` where given."""
    days = ArchivedDay.objects.filter(day__gte=start.date(), day__lte=end.date()).values_list("day", flat=True)
    files = [str(path) for day in days if (path := archive_path(day)).exists()]
    return read_files(
        files, 'series_id IN (SELECT unnest(?)) AND "at" >= ? AND "at" < ?', [list(series), us(start), us(end)], most
    )


def read_files(files: Sequence[str], condition: str = "true", params: Sequence[Any] = (), most: int | None = None) -> Found:
    """Readings in Parquet files."""
    if not files:
        return _found({name: np.zeros(0, np.int64) for name in ("series_id", "at", "value", "flag", "source", "received_at")})
    with duckdb.connect() as database:
        query = f'SELECT * FROM read_parquet(?) WHERE {condition} ORDER BY series_id, "at"{_limit(most)}'
        return _found(database.execute(query, [list(files), *params]).fetchnumpy())


def _found(columns: dict[str, Any]) -> Found:
    return Found(
        columns["series_id"].astype(np.int64),
        columns["at"].astype(np.int64),
        columns["value"].astype(np.float64),
        columns["flag"].astype(np.uint8),
        columns["source"].astype(np.uint8),
        columns["received_at"].astype(np.int64),
    )


def merge(hot: Found, archived: Found) -> Found:
    """Both in one order; where they hold the same moment, the hot one is the newer word."""
    if not len(archived):
        return hot
    if not len(hot):
        return archived
    both = [np.concatenate([getattr(hot, name), getattr(archived, name)]) for name in Found.__slots__]
    rank = np.repeat([0, 1], [len(hot), len(archived)])
    order = np.lexsort((rank, both[1], both[0]))
    series, at = both[0][order], both[1][order]
    keep = np.ones(len(order), np.bool_)
    keep[1:] = (series[1:] != series[:-1]) | (at[1:] != at[:-1])
    return Found(*(column[order][keep] for column in both))


def us(moment: datetime) -> int:
    """Microseconds since 1970."""
    return microseconds(moment, 0)
