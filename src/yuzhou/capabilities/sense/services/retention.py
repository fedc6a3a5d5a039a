"""What is kept how long: readings move from PostgreSQL to Parquet by day, frames and refusals go."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import connection

from yuzhou.capabilities.sense.models import ArchivedDay, Quarantine
from yuzhou.capabilities.sense.selectors.columns import Found, archive_path, merge, read_files, read_hot
from yuzhou.capabilities.sense.services.partitions import drop_partition, ensure_partitions, list_partitions, partition_name
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

KEEPER = Actor.system("sense.retention")
DAYS_AHEAD = 7


def kept_days(name: str, default: int) -> int:
    """A setting in days."""
    return int(getattr(settings, name, default))


def keep_partitions(today: date | None = None) -> list[date]:
    """Make partitions for the days to come, archive and drop the old; returns the days that were archived.

    Settings: `SENSE_HOT_DAYS` (readings in PostgreSQL, 62), `SENSE_FRAME_DAYS` (raw frames and refusals, 30).
    Opens its own transactions, as the database owner.
    """
    day = today or now().date()
    with acting_as(KEEPER):
        for table in ("sense_reading", "sense_raw_frame"):
            ensure_partitions(table, [day + timedelta(days=n) for n in range(DAYS_AHEAD)])
    oldest_hot = day - timedelta(days=kept_days("SENSE_HOT_DAYS", 62))
    old = [found for found in list_partitions("sense_reading") if found < oldest_hot]
    for found in old:
        archive_day(found)
    _drop_frames(day - timedelta(days=kept_days("SENSE_FRAME_DAYS", 30)))
    return old


def archive_day(day: date) -> int:
    """Move a UTC day of readings to its Parquet file, joining what an earlier move left there; returns the rows in it.

    The file stands, whole and on disk, before the partition goes; ingest waits meanwhile. Opens its own transaction.
    """
    with acting_as(KEEPER):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sense_ingest_ledger WHERE id = 1 FOR UPDATE")
        path = archive_path(day)
        before = read_files([str(path)]) if path.exists() else read_files([])
        found = merge(read_hot("true", [], table=partition_name("sense_reading", day)), before)
        if len(found):
            write_file(path, found)
        ArchivedDay.objects.update_or_create(day=day, defaults={"file": path.name, "rows": len(found), "archived_at": now()})
        drop_partition("sense_reading", day)
    return len(found)


def write_file(path: Path, found: Found) -> None:
    """Write columns as Parquet (zstd), ordered by series and time; the file appears at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".writing")
    columns = {
        "series_id": found.series.astype("int32"),
        "at": found.at,
        "value": found.value,
        "flag": found.flag,
        "source": found.source,
        "received_at": found.received,
    }
    with duckdb.connect() as database:
        database.register("columns", columns)
        ordered = database.sql('SELECT * FROM columns ORDER BY series_id, "at"')
        ordered.write_parquet(str(unfinished), compression="zstd", row_group_size=122_880)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)


def _drop_frames(oldest: date) -> None:
    with acting_as(KEEPER):
        for day in list_partitions("sense_raw_frame"):
            if day < oldest:
                drop_partition("sense_raw_frame", day)
        Quarantine.objects.filter(received_at__lt=datetime.combine(oldest, datetime.min.time(), UTC)).delete()
