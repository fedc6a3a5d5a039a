"""Days of the history on their way from PostgreSQL to Parquet files.

A day's file is written while its partition stays as it is, under a name of its own. Only then one short transaction, in which
nobody ingests, names the file and drops the partition; had the day been touched meanwhile, nothing happens and the next night
tries again. Whatever dies in between leaves the partition, and at most a file that nobody names, which is swept away.
"""

import logging
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.models import ArchivedDay, TouchedDay
from yuzhou.capabilities.sense.selectors.columns import (
    READINGS,
    Table,
    archive_folder,
    archive_path,
    held,
    merge,
    read_hot,
    work_folder,
)
from yuzhou.capabilities.sense.selectors.parquet import Columns, ParquetWriter, read_files
from yuzhou.capabilities.sense.services.partitions import drop_partition, list_partitions, partition_name
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
KEEPER = Actor.system("sense.retention")
PIECE = 1_000_000
"""About as many rows are in memory at once."""
SWEPT_AFTER = 86_400.0
"""Seconds for which a file that was written anew stays: for those who are reading it, and for a backup whose dump names it."""


def archive_day(day: date, table: Table = READINGS) -> bool:
    """Move a UTC day to its Parquet file, joining what an earlier move left there. Opens its own transactions.

    Returns False where rows of the day came meanwhile: it then stays as it is.
    """
    with acting_as(KEEPER):
        touched = _touched(day)
        record = ArchivedDay.objects.filter(day=day).first()
    named = str(getattr(record, table.file_field)) if record else ""
    before = archive_folder(table) / f"{day:%Y}" / named if named else None
    path = next_path(day, table)
    writer = ParquetWriter(path, table.filed, work_folder())
    try:
        for piece in _pieces(day, before, table):
            writer.add(piece)
        _fault("before-file")
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    _fault("after-file")
    return _hand_over(day, table, path, writer.rows, touched)


def _pieces(day: date, before: Path | None, table: Table) -> Iterator[Columns]:
    """The rows of a day, hot and filed as one, in ranges of series."""
    partition = partition_name(table.name, day)
    for first, end in _ranges(partition, before):
        hot = read_hot("r.series_id >= %s AND r.series_id < %s", [first, end], table=table, source=f"{partition} r")
        yield merge(hot, held(_filed(before, table, first, end), table))


def _filed(before: Path | None, table: Table, first: int, end: int) -> Columns:
    return read_files([before] if before else [], table.names, '"series_id" >= ? AND "series_id" < ?', [first, end])


def _ranges(partition: str, before: Path | None) -> Iterator[tuple[int, int]]:
    """Ranges of series that hold about as many rows as fit into memory."""
    with acting_as(KEEPER), connection.cursor() as cursor:
        cursor.execute(f"SELECT series_id, count(*) FROM {partition} GROUP BY 1 ORDER BY 1")
        counted = cursor.fetchall()
    number = dict(counted)
    if before is not None:
        series, rows = np.unique(read_files([before], ["series_id"])["series_id"], return_counts=True)
        for one, more in zip(series.tolist(), rows.tolist(), strict=True):
            number[one] = number.get(one, 0) + more
    first, size = None, 0
    for one in sorted(number):
        if first is not None and size + number[one] > PIECE:
            yield first, one
            first, size = None, 0
        first, size = one if first is None else first, size + number[one]
    if first is not None:
        yield first, max(number) + 1


def _hand_over(day: date, table: Table, path: Path, rows: int, touched: int) -> bool:
    """Name the file and drop the partition in one transaction."""
    with acting_as(KEEPER):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sense_ingest_ledger WHERE id = 1 FOR UPDATE")
        if _touched(day) != touched:
            log.info("readings of %s came while it was archived: it stays hot until the next time", day)
            path.unlink(missing_ok=True)
            return False
        named = {table.file_field: path.name, table.rows_field: rows, "archived_at": now()}
        ArchivedDay.objects.update_or_create(day=day, defaults=named)
        _fault("before-drop")
        drop_partition(table.name, day)
        _fault("before-commit")
    _fault("after-commit")
    return True


def _touched(day: date) -> int:
    """How often rows of the day came long after it."""
    return TouchedDay.objects.filter(day=day).values_list("number", flat=True).first() or 0


def next_path(day: date, table: Table) -> Path:
    """A name that no file of the day bears or bore: files never change, so that nobody reads half of two."""
    version = 1
    while archive_path(day, version, table).exists() or _was_named(day, version, table):
        version += 1
    return archive_path(day, version, table)


def _was_named(day: date, version: int, table: Table) -> bool:
    with acting_as(KEEPER):
        return ArchivedDay.objects.filter(day=day, **{table.file_field: archive_path(day, version, table).name}).exists()


def hot_days(table: Table) -> list[date]:
    """The UTC days that have a partition."""
    with acting_as(KEEPER):
        return list_partitions(table.name)


def sweep_files(table: Table, older_than_seconds: float = SWEPT_AFTER) -> int:
    """Remove files that no day names any more: written anew since, or left by a move that died; returns how many."""
    with acting_as(KEEPER):
        named = set(ArchivedDay.objects.values_list(table.file_field, flat=True))
    limit, swept = time.time() - older_than_seconds, 0
    for path in (*archive_folder(table).glob("*/*"), *work_folder().glob(f"{table.folder}-*")):
        if path.name not in named and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def _fault(step: str) -> None:
    """Die here as by kill -9, where a test asks for it."""
    if os.environ.get("YUZHOU_FAULT_ARCHIVE") == step:
        os.kill(os.getpid(), 9)
