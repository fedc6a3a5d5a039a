"""Sums up what is due: hours from readings, days from hours, whether those are hot or archived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.buckets import Period
from yuzhou.capabilities.sense.rules.periods import DAY, HOUR, period_of, period_start
from yuzhou.capabilities.sense.selectors.columns import DAYS, HOURS, READINGS, moment, us
from yuzhou.capabilities.sense.selectors.parquet import Columns
from yuzhou.capabilities.sense.selectors.summaries import JUDGED, Periods, days_from_hours, rows_of, sum_up, without_remnants
from yuzhou.capabilities.sense.services.copying import copy_columns
from yuzhou.capabilities.sense.services.due import note_periods
from yuzhou.capabilities.sense.services.partitions import ensure_partitions
from yuzhou.capabilities.sense.services.staging import ensure_staging

_DUE = """
SELECT d.series_id, d.start, d.noted_at, s.device_id, s.property, s.statistic, s.unit
FROM sense_due_period d LEFT JOIN sense_series s ON s.id = d.series_id
WHERE d.hours = %(hours)s AND d.start < %(before)s ORDER BY d.start LIMIT %(limit)s
"""
_DONE = """
DELETE FROM sense_due_period d USING unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) AS done (series_id, start, noted_at)
WHERE d.series_id = done.series_id AND d.start = done.start AND d.hours = %s AND d.noted_at <= done.noted_at
"""
COUNTED = ("series_id", "at", "count")
_STAGED = ", ".join(f'"{name}" {kind}' for name, kind in HOURS.fields.items())
_NAMES = ", ".join(f'"{name}"' for name in HOURS.names)
_RENEWED = ", ".join(f'"{name}" = excluded."{name}"' for name in HOURS.names[2:])


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a series that is to be summed up."""

    series_id: int
    start: datetime
    noted_at: datetime
    device_id: UUID | None
    property: str
    statistic: str
    unit: str


def list_due(length: int, before: datetime, limit: int) -> list[Due]:
    """Periods of this length (µs) that began before a moment, oldest first."""
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"hours": length // HOUR, "before": before, "limit": limit}
        cursor.execute(_DUE, params)
        return [Due(*row) for row in cursor.fetchall()]


def take_away(due: Sequence[Due], length: int) -> None:
    """These are summed up; what was noted again meanwhile stays."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [[d.series_id for d in due], [d.start for d in due], [d.noted_at for d in due], length // HOUR])


def sum_up_due(due: Sequence[Due], length: int) -> Columns:
    """Make and store the summaries of these periods; returns them. Hours note their days as due. One that stands and was made
    of more readings than there are now stays: see retention."""
    known = [one for one in due if one.device_id is not None]
    if length == HOUR:
        hours = _periods(known, HOUR)
        found = without_remnants(sum_up(rows_of(hours, READINGS, JUDGED), Period.HOUR), rows_of(hours, HOURS, COUNTED))
        store_summaries("sense_hour", found)
        days = period_start(found["at"], DAY)
        if len(days):
            note_periods(found["series_id"], days, np.full(len(days), DAY))
        return found
    from_hours = _periods([one for one in known if period_of(one.statistic) == HOUR], DAY)
    from_readings = _periods([one for one in known if period_of(one.statistic) == DAY], DAY)
    parts = [days_from_hours(from_hours), sum_up(rows_of(from_readings, READINGS, JUDGED), Period.DAY)]
    found = {name: np.concatenate([part[name] for part in parts]) for name in HOURS.names}
    found = without_remnants(found, rows_of(_periods(known, DAY), DAYS, COUNTED))
    store_summaries("sense_day", found)
    return found


def _periods(due: Sequence[Due], length: int) -> Periods:
    return Periods(np.array([one.series_id for one in due], np.int64), np.array([us(one.start) for one in due], np.int64), length)


def store_summaries(table: str, found: Columns) -> None:
    """Write summaries, each in the place of an earlier one."""
    if not len(found["at"]):
        return
    if table == HOURS.name:
        days = np.unique(found["at"] // DAY)
        ensure_partitions(table, [moment(int(day) * DAY).astimezone(UTC).date() for day in days])
    ensure_staging("sense_summed", _STAGED)
    copy_columns("sense_summed", {f'"{name}"': (kind, found[name]) for name, kind in HOURS.fields.items()})
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS (DELETE FROM sense_summed RETURNING *) INSERT INTO {table} ({_NAMES}) SELECT {_NAMES} FROM s"
            f" ON CONFLICT (series_id, at) DO UPDATE SET {_RENEWED}"
        )
