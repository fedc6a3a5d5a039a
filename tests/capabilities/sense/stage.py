"""What the tests of sense play with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, ReadingBatch, Statistic
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("test")
T0 = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
COD, AMMONIA = "w01018", "w21003"
RTD, HOUR = Statistic.RTD, Statistic.HOUR_AVG


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000


def minute(n: float) -> datetime:
    return T0 + timedelta(minutes=n)


@contextmanager
def as_owner() -> Iterator[None]:
    """Do what the gateway and the worker do."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {WEB_ROLE}")


def series_of(device: Device) -> dict[tuple[str, Statistic], int]:
    with acting_as(SYSTEM):
        return {(s.property, s.statistic): s.id for s in api.list_series(actor=SYSTEM, device_ids=[device.id])}


def batch(series: int, *points: tuple[float, float], received: datetime | None = None, **more: Any) -> ReadingBatch:
    """Readings of one series: (minute, value)."""
    at = [us(minute(n)) for n, _ in points]
    latest = max((minute(n) for n, _ in points), default=T0)
    return ReadingBatch.of(
        series_id=[series] * len(points), at=at, value=[v for _, v in points], received_at=received or latest, **more
    )


def stored(series: int) -> list[tuple[float, float, int, int]]:
    """Minute, value, flag, source of all readings of a series."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, value, flag, source FROM sense_reading WHERE series_id = %s ORDER BY at", [series])
        return [((at - T0).total_seconds() / 60, value, flag, source) for at, value, flag, source in cursor.fetchall()]
