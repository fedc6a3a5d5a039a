"""Hours, days and longer of series: as they were summed up, and made on the spot where a summary is due.

What is due is asked first. A summary is written before its note is taken away, so between the two it is found in either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.buckets import Period, begin_of
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.periods import DAY, HOUR, period_of, period_start
from yuzhou.capabilities.sense.rules.summaries import combine, summarise
from yuzhou.capabilities.sense.selectors.columns import (
    DAYS,
    HOURS,
    READINGS,
    Table,
    archived_files,
    merge,
    moment,
    read_archived,
    read_both,
    read_hot,
    us,
)
from yuzhou.capabilities.sense.selectors.parquet import Columns

JUDGED = ("series_id", "at", "value", "flag")


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of one length, each of a series: first moments in µs."""

    series: Int
    start: Int
    length: int

    def __len__(self) -> int:
        return len(self.series)

    def keys(self, series: Int, at: Int) -> Int:
        """One number for each series and the period that holds a moment."""
        return (series << 24) | (period_start(at, self.length) // HOUR)

    def hold(self, series: Int, at: Int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which rows fall into one of these."""
        return np.isin(self.keys(series, at), (self.series << 24) | (self.start // HOUR))


def due_periods(series: Sequence[int], start: datetime, end: datetime, length: int) -> Periods:
    """Those of the periods with start ≤ first moment < end that have no true summary."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, (extract(epoch FROM start) * 1000000)::int8 FROM sense_due_period"
            " WHERE series_id = ANY(%s) AND start >= %s AND start < %s AND hours = %s",
            [list(series), start, end, length // HOUR],
        )
        rows = np.asarray(cursor.fetchall(), np.int64).reshape(-1, 2)
    return Periods(rows[:, 0], rows[:, 1], length)


def rows_of(periods: Periods, table: Table, names: Sequence[str] = ()) -> Columns:
    """The rows of a table in these periods, hot and archived as one."""
    names = names or table.names
    if not len(periods):
        return {name: np.zeros(0, np.int64) for name in names}
    low, high = moment(periods.start.min()), moment(periods.start.max() + periods.length)
    source = (
        f"unnest(%s::int[], %s::timestamptz[]) AS d (series_id, start) JOIN {table.name} r"
        " ON r.series_id = d.series_id AND r.at >= d.start AND r.at < d.start + %s"
    )
    params = [periods.series.tolist(), [moment(at) for at in periods.start], timedelta(microseconds=periods.length), low, high]
    hot = read_hot("r.at >= %s AND r.at < %s", params, table=table, source=source, names=names)
    if not table.folder or not archived_files(table, low, high):
        return hot
    archived = read_archived(np.unique(periods.series).tolist(), low, high, table=table, names=names)
    inside = periods.hold(archived["series_id"], archived["at"])
    return merge(hot, {name: column[inside] for name, column in archived.items()})


def without_remnants(found: Columns, standing: Columns) -> Columns:
    """Fresh summaries but those made of fewer readings than the standing ones of their periods: retention took readings away,
    and what came since is no whole period."""
    count = dict(zip(zip(standing["series_id"].tolist(), standing["at"].tolist(), strict=True), standing["count"], strict=True))
    keys = zip(found["series_id"].tolist(), found["at"].tolist(), strict=True)
    whole = found["count"] >= np.array([count.get(key, 0) for key in keys], np.int64)
    return found if whole.all() else {name: column[whole] for name, column in found.items()}


def sum_up(rows: Columns, period: Period) -> Columns:
    """Readings by period."""
    begin, end = begin_of(rows["at"], period), begin_of(rows["at"], period, 1)
    return summarise(rows["series_id"], rows["at"], rows["value"], rows["flag"], begin, end)


def read_hours(series: Sequence[int], start: datetime, end: datetime) -> Columns:
    """The hours of real-time and minute series that begin within start ≤ t < end."""
    due = due_periods(series, start, end, HOUR)
    stored = read_both(series, start, end, table=HOURS)
    return _replace(stored, due, sum_up(rows_of(due, READINGS, JUDGED), Period.HOUR))


def read_days(series: Sequence[int], start: datetime, end: datetime) -> Columns:
    """The days of real-time and minute series that begin within start ≤ t < end."""
    due = due_periods(series, start, end, DAY)
    hours = due_periods(series, start, end, HOUR)
    both = np.concatenate([np.stack([due.series, due.start], 1), np.stack([hours.series, period_start(hours.start, DAY)], 1)])
    pairs = np.unique(both, axis=0).reshape(-1, 2)
    stale = Periods(pairs[:, 0], pairs[:, 1], DAY)
    stored = read_hot("r.series_id = ANY(%s) AND r.at >= %s AND r.at < %s", [list(series), start, end], table=DAYS)
    return _replace(stored, stale, days_from_hours(stale))


def days_from_hours(days: Periods) -> Columns:
    """Days made from their hours."""
    if not len(days):
        return combine({"series_id": days.series}, days.start)
    hours = read_hours(np.unique(days.series).tolist(), moment(days.start.min()), moment(days.start.max() + DAY))
    inside = days.hold(hours["series_id"], hours["at"])
    hours = {name: column[inside] for name, column in hours.items()}
    return combine(hours, begin_of(hours["at"], Period.DAY))


def read_days_of_hourly(series: Sequence[int], start: datetime, end: datetime) -> Columns:
    """The days of hourly series that begin within start ≤ t < end."""
    due = due_periods(series, start, end, DAY)
    stored = read_hot("r.series_id = ANY(%s) AND r.at >= %s AND r.at < %s", [list(series), start, end], table=DAYS)
    return _replace(stored, due, sum_up(rows_of(due, READINGS, JUDGED), Period.DAY))


def _replace(stored: Columns, stale: Periods, fresh: Columns) -> Columns:
    """Stored summaries with fresh ones in the place of those that are stale."""
    if not len(stale):
        return stored
    fresh = without_remnants(fresh, stored)
    keys = stale.keys(stored["series_id"], stored["at"])
    kept = ~np.isin(keys, stale.keys(fresh["series_id"], fresh["at"]))
    return merge({name: fresh[name] for name in stored}, {name: column[kept] for name, column in stored.items()})


def read_periods(statistics: dict[int, str], start: datetime, end: datetime, period: Period) -> Columns:
    """Series (id → statistic) by period: whole periods, those that hold start ≤ t < end, in the order of series and time.

    Made from the longest summaries that fit: days, hours, or the readings themselves.
    """
    edges = np.array([us(start), us(end) - 1])
    low, high = moment(begin_of(edges[:1], period)[0]), moment(begin_of(edges[1:], period, 1)[0])
    parts = []
    for finest in (0, HOUR, DAY):
        some = [series for series, statistic in statistics.items() if period_of(statistic) == finest]
        if some:
            parts.append(_read_from(some, finest, low, high, period))
    if len(parts) == 1:
        return parts[0]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in HOURS.names}
    order = np.lexsort((joined["at"], joined["series_id"]))
    return {name: column[order] for name, column in joined.items()}


def _read_from(series: list[int], finest: int, low: datetime, high: datetime, period: Period) -> Columns:
    if finest and period.shortest >= DAY:
        days = read_days(series, low, high) if finest == HOUR else read_days_of_hourly(series, low, high)
        return days if period is Period.DAY else combine(days, begin_of(days["at"], period))
    if finest == HOUR and period.shortest >= HOUR:
        hours = read_hours(series, low, high)
        return hours if period is Period.HOUR else combine(hours, begin_of(hours["at"], period))
    found = sum_up(read_both(series, low, high, names=JUDGED), period)
    return {name: found[name] for name in HOURS.names}
