"""Readings and their summaries as columns: out of PostgreSQL, and of the Parquet files of the days that moved there.

PostgreSQL packs each column into one binary value, which takes a quarter of the time of a binary COPY: that comes row by row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psycopg
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.models import ArchivedDay
from yuzhou.capabilities.sense.rules.compiled import microseconds
from yuzhou.capabilities.sense.selectors.parquet import Columns, only, read_files

EPOCH_2000 = 946_684_800_000_000
MOST = 100_000_000
"""Rows at once; a column then stays below what PostgreSQL puts into one value. A limit also keeps them in their order."""
_WIRE = {"int2": ">i2", "int4": ">i4", "float8": ">f8", "timestamptz": ">i8"}
_SENT = {"int2": "int2send", "int4": "int4send", "float8": "float8send", "timestamptz": "timestamptz_send"}
_HELD: dict[str, Any] = {"int2": np.uint8, "int4": np.int64, "float8": np.float64, "timestamptz": np.int64}
_FILED = {"int2": "UTINYINT", "int4": "INTEGER", "float8": "DOUBLE", "timestamptz": "BIGINT"}


@dataclass(frozen=True)
class Table:
    """A table of the history: partitioned by UTC day in PostgreSQL, a file per day in Parquet. Times are µs since 1970."""

    name: str
    folder: str
    file_field: str  # of `ArchivedDay`
    rows_field: str
    fields: Mapping[str, str]  # name → SQL type

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(self.fields)

    @property
    def filed(self) -> dict[str, str]:
        """Its columns with their types in Parquet."""
        return {name: _FILED[kind] for name, kind in self.fields.items()}


READINGS = Table(
    "sense_reading",
    "readings",
    "file",
    "rows",
    {
        "series_id": "int4",
        "at": "timestamptz",
        "value": "float8",
        "flag": "int2",
        "source": "int2",
        "received_at": "timestamptz",
    },
)
HOURS = Table(
    "sense_hour",
    "hours",
    "hours_file",
    "hours_rows",
    {
        "series_id": "int4",
        "at": "timestamptz",
        **dict.fromkeys(("count", "valid", "used"), "int4"),
        **dict.fromkeys(("low", "high", "total", "area", "seconds", "first", "last"), "float8"),
        "flag": "int2",
    },
)
DAYS = Table("sense_day", "", "", "", HOURS.fields)


def archive_path(day: date, version: int = 1, table: Table = READINGS) -> Path:
    """The Parquet file of a UTC day; written anew, it gets the next version."""
    name = f"{day:%Y%m%d}" if version == 1 else f"{day:%Y%m%d}-{version}"
    return archive_folder(table) / f"{day:%Y}" / f"{name}.parquet"


def archive_folder(table: Table) -> Path:
    """Where the files of a table are."""
    return Path(settings.DATA_FOLDER) / "parquet" / table.folder


def work_folder() -> Path:
    """Where files are that are not finished."""
    return Path(settings.DATA_FOLDER) / "run" / "parquet"


def read_hot(
    condition: str,
    params: Sequence[Any],
    *,
    table: Table = READINGS,
    source: str = "",
    names: Sequence[str] = (),
    most: int | None = None,
) -> Columns:
    """Rows in PostgreSQL that meet an SQL condition of ours, in the order of series and time, the first `most` where given.

    `source`: what to read from instead of the table (one partition, or a join in which the table is `r`).
    """
    names = names or table.names
    packed = ", ".join(f"string_agg({_SENT[table.fields[name]]}(\"{name}\"), ''::bytea)" for name in names)
    wanted = ", ".join(f'r."{name}"' for name in names)
    query = (
        f"SELECT {packed} FROM (SELECT {wanted} FROM {source or table.name + ' r'} WHERE {condition}"
        f" ORDER BY r.series_id, r.at LIMIT {MOST if most is None else int(most)}) AS q"
    )
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        found = cursor.execute(query, params, binary=True).fetchone()
    contents = found or ()
    return {name: _unpack(content or b"", table.fields[name]) for name, content in zip(names, contents, strict=True)}


def _unpack(content: bytes, kind: str) -> NDArray[Any]:
    """A column of PostgreSQL's binary values."""
    column = np.frombuffer(content, _WIRE[kind]).astype(_HELD[kind])
    return column + EPOCH_2000 if kind == "timestamptz" else column


def archived_files(table: Table, start: datetime, end: datetime) -> list[Path]:
    """The files that may hold rows with start ≤ at < end, oldest first."""
    last = (end - timedelta(microseconds=1)).astimezone(UTC).date()
    days = ArchivedDay.objects.filter(day__gte=start.astimezone(UTC).date(), day__lte=last).exclude(**{table.file_field: ""})
    return [archive_folder(table) / f"{day:%Y}" / name for day, name in days.order_by("day").values_list("day", table.file_field)]


def read_archived(
    series: Sequence[int],
    start: datetime,
    end: datetime,
    most: int | None = None,
    *,
    table: Table = READINGS,
    names: Sequence[str] = (),
) -> Columns:
    """Rows of days that moved to Parquet, with start ≤ at < end, the first `most` where given."""
    names = names or table.names
    chosen, params = only(series) if len(series) else ("false", [])
    condition = f'{chosen} AND "at" >= ? AND "at" < ?'
    for attempt in range(3):
        try:
            found = read_files(archived_files(table, start, end), names, condition, [*params, us(start), us(end)], most)
            break
        except duckdb.IOException:  # a file was written anew, and the old one swept away, since its name was looked up
            if attempt == 2:
                raise
    return held(found, table)


def held(columns: Mapping[str, NDArray[Any]], table: Table) -> Columns:
    """Columns as they are held in memory, whatever they are stored as."""
    return {name: column.astype(_HELD[table.fields[name]], copy=False) for name, column in columns.items()}


def read_both(
    series: Sequence[int],
    start: datetime,
    end: datetime,
    *,
    table: Table = READINGS,
    names: Sequence[str] = (),
    most: int | None = None,
) -> Columns:
    """Hot and archived rows with start ≤ at < end as one, in the order of series and time, the first `most` where given.

    PostgreSQL is asked first: a day that moves meanwhile is then found twice and merged, never missed.
    """
    ids = [int(one) for one in series]
    hot = read_hot("r.series_id = ANY(%s) AND r.at >= %s AND r.at < %s", [ids, start, end], table=table, names=names, most=most)
    found = merge(hot, read_archived(ids, start, end, most, table=table, names=names))
    return found if most is None else {name: column[:most] for name, column in found.items()}


def merge(hot: Columns, archived: Columns) -> Columns:
    """Both in one order; where they hold the same moment of a series, the hot one is the newer word."""
    if not len(archived["series_id"]):
        return hot
    if not len(hot["series_id"]):
        return archived
    both = {name: np.concatenate([hot[name], archived[name]]) for name in hot}
    rank = np.repeat([0, 1], [len(hot["series_id"]), len(archived["series_id"])])
    order = np.lexsort((rank, both["at"], both["series_id"]))
    series, at = both["series_id"][order], both["at"][order]
    keep = np.ones(len(order), np.bool_)
    keep[1:] = (series[1:] != series[:-1]) | (at[1:] != at[:-1])
    return {name: column[order][keep] for name, column in both.items()}


def us(moment: datetime) -> int:
    """Microseconds since 1970."""
    return microseconds(moment, 0)


def moment(at: int) -> datetime:
    """Microseconds since 1970 as an aware datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at))
