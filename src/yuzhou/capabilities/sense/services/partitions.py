"""Day partitions: made on demand and some days ahead, dropped when their time is over."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zlib import crc32

from django.db import connection

PARTITIONED = {"sense_reading": "at", "sense_hour": "at", "sense_raw_frame": "received_at"}

LOCK_SPACE = 0x59_5A_50_41

_known: set[str] = set()


def partition_name(table: str, day: date) -> str:
    """The partition of a UTC day."""
    return f"{table}_{day:%Y%m%d}"


def ensure_partitions(table: str, days: Iterable[date]) -> None:
    """Make the partitions of these UTC days where they are missing, without blocking readers and writers of the others."""
    for day in days:
        name = partition_name(table, day)
        if name in _known:
            continue
        if not _exists(name):
            _wait_for_turn(name)
            if not _exists(name):
                _create(table, name, day)
        _known.add(name)


def forget_partitions() -> None:
    """Ask the database again: after a rollback, a partition that was made may be gone."""
    _known.clear()


def list_partitions(table: str) -> list[date]:
    """The UTC days that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        return [datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() for (day,) in cursor.fetchall()]


def drop_partition(table: str, day: date) -> None:
    """Give back the space of a day at once."""
    name = partition_name(table, day)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS "{name}"')
    _known.discard(name)


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])


def _wait_for_turn(name: str) -> None:
    """Of processes that lack the same partition one makes it, while the others wait for its commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, crc32(name.encode()) & 0x7FFFFFFF])


def _create(table: str, name: str, day: date) -> None:
    """Make the table beside and attach it: CREATE … PARTITION OF would lock out every reader of the parent."""
    start, end = f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table}" INCLUDING ALL)')
        cursor.execute(f"ALTER TABLE \"{table}\" ATTACH PARTITION \"{name}\" FOR VALUES FROM ('{start}') TO ('{end}')")
        cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON "{name}" FROM yuzhou_web')
