"""Hours and days that are over: each series is summed up, and the means that no device reported are made.

Every period of a series that gets a reading is noted as due in the transaction that stores it. Closing it writes its summary
(`sense_hour`, `sense_day`) and, of real-time and hourly series, the mean as a reading of its own where none was reported. A
reading that comes late notes its period again, also of a day that is archived: both follow what they are made of.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.contracts import Mark, ReadingBatch, SeriesSpec, Source, Statistic
from yuzhou.capabilities.sense.models import SeriesRecord
from yuzhou.capabilities.sense.rules.compiled import microseconds
from yuzhou.capabilities.sense.rules.periods import DAY, ENOUGH, HOUR, MEAN_OF, coverage, period_of
from yuzhou.capabilities.sense.selectors.columns import READINGS
from yuzhou.capabilities.sense.selectors.parquet import Columns
from yuzhou.capabilities.sense.selectors.summaries import Periods, rows_of
from yuzhou.capabilities.sense.services.devices import ensure_series
from yuzhou.capabilities.sense.services.ingest import GATEWAY, ingest
from yuzhou.capabilities.sense.services.partitions import LOCK_SPACE, forget_partitions
from yuzhou.capabilities.sense.services.staging import forget_staging
from yuzhou.capabilities.sense.services.summing import Due, list_due, sum_up_due, take_away
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

GRACE = {HOUR: timedelta(minutes=10), DAY: timedelta(minutes=40)}  # a device reports its own mean within this time
AT_ONCE = 2000


def close_periods(at: datetime | None = None, most_seconds: float = float("inf")) -> int:
    """Sum up what is due by now (or by `at`): hours first, then days. Returns how many means were stored or corrected.

    Opens its own transactions, as the database owner; what `most_seconds` leave over is done the next time, oldest first. Of
    several processes one closes, the others return at once. A mean of less than three quarters of the values due is suspect.
    """
    moment, until = at or now(), time.monotonic() + most_seconds
    with one_at_a_time() as mine:
        return sum(_close(period, moment, until) for period in (HOUR, DAY)) if mine else 0


@contextmanager
def one_at_a_time() -> Iterator[bool]:
    """Whether this process may make and move summaries now; a process that dies gives way with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 1)", [LOCK_SPACE])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 1)", [LOCK_SPACE])


def _close(period: int, moment: datetime, until: float) -> int:
    length, stored = timedelta(microseconds=period), 0
    while time.monotonic() < until:
        try:
            with acting_as(GATEWAY):
                due = list_due(period, moment - length - GRACE[period], AT_ONCE)
                found = sum_up_due(due, period)
                batch = _means(due, found, period, moment)
        except BaseException:
            forget_partitions()
            forget_staging()
            raise
        if not due:
            return stored
        stored += ingest(batch).stored if len(batch) else 0
        with acting_as(GATEWAY):
            take_away(due, period)
    return stored


def _means(due: Sequence[Due], found: Columns, period: int, moment: datetime) -> ReadingBatch:
    """The means of series that have one, as readings of the series that holds them."""
    summed = [one for one in due if one.statistic in MEAN_OF and period_of(one.statistic) == period]
    place = {key: row for row, key in enumerate(zip(found["series_id"].tolist(), found["at"].tolist(), strict=True))}
    rows = [(one, place.get((one.series_id, microseconds(one.start, 0)))) for one in summed]
    made = [(one, row) for one, row in rows if row is not None and found["valid"][row]]
    hollow = _standing([(one, row) for one, row in rows if row is not None and not found["valid"][row]], period)
    targets = _targets(one for one, _ in made)
    at = np.array([row for _, row in made], np.int64)
    of = [targets[one.device_id, one.property, one.statistic] for one, _ in made if one.device_id]
    none = int(Mark.COMPUTED | Mark.SUSPECT)
    return ReadingBatch.of(
        series_id=of + [series for series, _ in hollow],
        at=found["at"][at].tolist() + [start for _, start in hollow],
        value=np.append(found["total"][at] / found["used"][at], np.full(len(hollow), np.nan)),
        flag=[_flag(found, row, period) for _, row in made] + [none] * len(hollow),
        source=Source.COMPUTED,
        received_at=moment,
    )


def _standing(hollow: Sequence[tuple[Due, int]], period: int) -> list[tuple[int, int]]:
    """Of periods without any valid value (any more) those whose mean was computed before: series of the mean, first moment.

    Nothing takes the place of such a mean but that there is none: not a number, and suspect.
    """
    columns = ("id", "device_id", "property", "statistic")
    named = SeriesRecord.objects.filter(device_id__in={one.device_id for one, _ in hollow}).values_list(*columns)
    means = {(device, prop, statistic): number for number, device, prop, statistic in named}
    wanted = [(means.get((one.device_id, one.property, MEAN_OF[one.statistic])), one.start) for one, _ in hollow]
    known = [(series, microseconds(start, 0)) for series, start in wanted if series is not None]
    series, at = np.asarray(known, np.int64).reshape(-1, 2).T
    asked = Periods(series, at, period)
    rows = rows_of(asked, READINGS, ("series_id", "at", "source"))
    mine = rows["source"] == Source.COMPUTED
    return list(zip(rows["series_id"][mine].tolist(), rows["at"][mine].tolist(), strict=True))


def _targets(due: Iterable[Due]) -> dict[tuple[UUID, str, str], int]:
    """The series of each mean, made where it is missing."""
    wanted: dict[UUID, dict[tuple[str, str], SeriesSpec]] = {}
    for one in due:
        if one.device_id is not None:
            spec = SeriesSpec(one.property, Statistic(MEAN_OF[one.statistic]), one.unit)
            wanted.setdefault(one.device_id, {})[one.property, one.statistic] = spec
    found = {}
    for device, specs in wanted.items():
        ids = ensure_series(device_id=device, specs=specs.values())
        for (prop, statistic), spec in specs.items():
            found[device, prop, statistic] = ids[spec.key]
    return found


def _flag(found: Columns, row: int, period: int) -> int:
    gap = float(found["gap"][row]) if period == HOUR else None
    enough = coverage(int(found["valid"][row]), gap, period) >= ENOUGH
    return int(Mark.COMPUTED if enough else Mark.COMPUTED | Mark.SUSPECT)
