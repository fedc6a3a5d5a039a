"""Hourly and daily means: as the device reports them, else made from its finer readings once the period is over.

Every period of a series that gets a reading is noted as due; closing it makes the mean if none was reported. A reading
that comes late notes its period again, so a mean that we made follows what it is made of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.contracts import Mark, ReadingBatch, SeriesSpec, Source, Statistic
from yuzhou.capabilities.sense.rules.compiled import microseconds
from yuzhou.capabilities.sense.rules.periods import DAY, ENOUGH, HOUR, MEAN_OF, coverage
from yuzhou.capabilities.sense.services.devices import ensure_series
from yuzhou.capabilities.sense.services.ingest import GATEWAY, ingest
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

GRACE = {HOUR: timedelta(minutes=10), DAY: timedelta(minutes=40)}  # a device reports its own mean within this time
AT_ONCE = 5000

_MEANS = """
WITH due AS (
  SELECT d.series_id, d.start, d.noted_at, s.device_id, s.property, s.statistic, s.unit
  FROM sense_due_period d JOIN sense_series s ON s.id = d.series_id
  WHERE s.statistic = ANY(%(statistics)s) AND d.start < %(before)s ORDER BY d.start LIMIT %(limit)s
), found AS (
  SELECT due.series_id, due.start, r.value, (r.flag & 143) = 0 AND r.value <> 'NaN' AS valid,
    extract(epoch FROM r.at - lag(r.at) OVER (PARTITION BY due.series_id, due.start ORDER BY r.at)) * 1000000 AS gap
  FROM due JOIN sense_reading r ON r.series_id = due.series_id AND r.at >= due.start AND r.at < due.start + %(period)s
  WHERE r.at >= (SELECT min(start) FROM due) AND r.at < (SELECT max(start) FROM due) + %(period)s
)
SELECT due.*, mean.value, coalesce(mean.valid, 0), mean.gap FROM due LEFT JOIN (
  SELECT series_id, start, avg(value) FILTER (WHERE valid) AS value, count(*) FILTER (WHERE valid) AS valid,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS gap
  FROM found GROUP BY 1, 2
) mean ON mean.series_id = due.series_id AND mean.start = due.start
"""
_DONE = """
DELETE FROM sense_due_period d USING unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) AS done (series_id, start, noted_at)
WHERE d.series_id = done.series_id AND d.start = done.start AND d.noted_at <= done.noted_at
"""


@dataclass(frozen=True, slots=True)
class _Mean:
    series_id: int
    start: datetime
    noted_at: datetime
    device_id: UUID
    property: str
    statistic: str
    unit: str
    value: float | None
    valid: int
    gap: float | None


def close_periods(at: datetime | None = None) -> int:
    """Sum up what is due by now (or by `at`): hours first, then days. Returns how many means were stored or corrected.

    Opens its own transactions, as the database owner. A mean of less than three quarters of the values due is marked suspect.
    """
    moment = at or now()
    return sum(_close(period, moment) for period in (HOUR, DAY))


def _close(period: int, moment: datetime) -> int:
    length = timedelta(microseconds=period)
    stored = 0
    while True:
        with acting_as(GATEWAY):
            means = _read_means(period, moment - length - GRACE[period], length)
            targets = _targets(means)
        if not means:
            return stored
        made = [mean for mean in means if mean.value is not None]
        batch = ReadingBatch.of(
            series_id=[targets[mean.device_id, mean.property, mean.statistic] for mean in made],
            at=[microseconds(mean.start, 0) for mean in made],
            value=[mean.value for mean in made],
            flag=[_flag(mean, period) for mean in made],
            source=Source.COMPUTED,
            received_at=moment,
        )
        stored += ingest(batch).stored
        with acting_as(GATEWAY), connection.cursor() as cursor:
            cursor.execute(_DONE, [[m.series_id for m in means], [m.start for m in means], [m.noted_at for m in means]])


def _read_means(period: int, before: datetime, length: timedelta) -> list[_Mean]:
    statistics = [name for name in MEAN_OF if name.startswith("rtd") == (period == HOUR)]
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"statistics": statistics, "before": before, "period": length, "limit": AT_ONCE}
        cursor.execute(_MEANS, params)
        return [_Mean(*row) for row in cursor.fetchall()]


def _targets(means: Iterable[_Mean]) -> dict[tuple[UUID, str, str], int]:
    """The series of each mean, made where it is missing."""
    wanted: dict[UUID, dict[tuple[str, str], SeriesSpec]] = {}
    for mean in means:
        spec = SeriesSpec(mean.property, Statistic(MEAN_OF[mean.statistic]), mean.unit)
        wanted.setdefault(mean.device_id, {})[mean.property, mean.statistic] = spec
    found = {}
    for device, specs in wanted.items():
        ids = ensure_series(device_id=device, specs=specs.values())
        for (prop, statistic), spec in specs.items():
            found[device, prop, statistic] = ids[spec.key]
    return found


def _flag(mean: _Mean, period: int) -> int:
    gap = float(mean.gap) if mean.gap is not None else None
    enough = coverage(mean.valid, gap, period) >= ENOUGH
    return int(Mark.COMPUTED if enough else Mark.COMPUTED | Mark.SUSPECT)
