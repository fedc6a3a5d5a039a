"""Readings within the actor's reach, hot and archived as one, whole or thinned."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, SeriesReadings, Source
from yuzhou.capabilities.sense.models import SeriesRecord
from yuzhou.capabilities.sense.rules.buckets import Period
from yuzhou.capabilities.sense.rules.periods import CITY_OFFSET
from yuzhou.capabilities.sense.rules.summaries import mean_of
from yuzhou.capabilities.sense.selectors.columns import merge, read_archived, read_hot
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.history import visible_statistics
from yuzhou.capabilities.sense.selectors.parquet import Columns
from yuzhou.capabilities.sense.selectors.summaries import read_periods
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid

MOST_READ = 5_000_000
LONG = timedelta(days=14)
"""A longer span is drawn from what is summed up: whole periods, where a shorter one is cut at its edges."""
SUMMED = {3600: Period.HOUR, 6 * 3600: Period.HOURS_6, 86400: Period.DAY}


def read_series(
    *, actor: Actor, series_ids: Sequence[int], start: datetime, end: datetime, resolution_seconds: int = 0, limit: int = 200_000
) -> dict[int, SeriesReadings]:
    """Readings with start ≤ at < end, hot and Parquet as one; thinned to buckets where `resolution_seconds` is given.

    Series that the actor may not see are left out. `limit` counts what is given back, per series; what lies beyond is cut
    off and said to be. Buckets begin at the city's midnight.
    """
    visible = SeriesRecord.objects.filter(id__in=list(series_ids), device_id__in=visible_devices(actor).values("id"))
    ids = sorted(visible.values_list("id", flat=True))
    if not ids:
        return {}
    period = SUMMED.get(resolution_seconds)
    if period and end - start > LONG:
        return _by_period(visible_statistics(actor, ids), start, end, period, resolution_seconds, limit)
    hot = read_hot("r.series_id = ANY(%s) AND r.at >= %s AND r.at < %s", [ids, start, end], most=MOST_READ + 1)
    found = merge(hot, read_archived(ids, start, end, most=MOST_READ + 1))
    if len(found["at"]) > MOST_READ:
        raise Invalid("sense.too-many-points", limit=MOST_READ)
    return {series: _part(found, series, resolution_seconds, limit) for series in ids}


def _by_period(
    statistics: dict[int, str], start: datetime, end: datetime, period: Period, seconds: int, limit: int
) -> dict[int, SeriesReadings]:
    """Long spans from the hours and days that are summed up."""
    found = read_periods(statistics, start, end, period)
    parts = {}
    for series in statistics:
        rows = slice(*np.searchsorted(found["series_id"], [series, series + 1]))
        whole = SeriesReadings(
            series_id=series,
            at=found["at"][rows],
            value=mean_of(found)[rows],
            flag=found["flag"][rows],
            source=np.full(len(found["at"][rows]), Source.COMPUTED, np.uint8),
            low=found["low"][rows],
            high=found["high"][rows],
            resolution_seconds=seconds,
        )
        parts[series] = cut(whole, limit)
    return parts


def _part(found: Columns, series: int, resolution_seconds: int, limit: int) -> SeriesReadings:
    first, end = np.searchsorted(found["series_id"], [series, series + 1])
    rows = slice(first, end)
    whole = SeriesReadings(
        series_id=series,
        at=found["at"][rows],
        value=found["value"][rows],
        flag=found["flag"][rows],
        source=found["source"][rows],
        low=found["value"][rows],
        high=found["value"][rows],
    )
    return cut(thin(whole, resolution_seconds) if resolution_seconds else whole, limit)


def cut(readings: SeriesReadings, limit: int) -> SeriesReadings:
    """The first `limit` of them."""
    if len(readings) <= limit:
        return readings
    names = ("at", "value", "flag", "source", "low", "high")
    return SeriesReadings(
        series_id=readings.series_id,
        resolution_seconds=readings.resolution_seconds,
        truncated=True,
        **{name: getattr(readings, name)[:limit] for name in names},
    )


def thin(readings: SeriesReadings, resolution_seconds: int) -> SeriesReadings:
    """One row per bucket: mean and extremes of the valid values, of all where none is valid; the gravest flag."""
    width = resolution_seconds * 1_000_000
    bucket = (readings.at + CITY_OFFSET) // width * width - CITY_OFFSET
    if not len(bucket):
        return readings
    start = np.nonzero(np.append(True, bucket[1:] != bucket[:-1]))[0]
    valid = ((readings.flag & (DATA_FLAG_BITS | 0x80)) == 0) & np.isfinite(readings.value)
    any_valid = np.repeat(np.logical_or.reduceat(valid, start), np.diff(np.append(start, len(bucket))))
    counted = np.where(any_valid, valid, np.isfinite(readings.value))
    count = np.add.reduceat(counted.astype(np.int64), start)
    total = np.add.reduceat(np.where(counted, readings.value, 0.0), start)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
    worst = np.maximum.reduceat(readings.flag & DATA_FLAG_BITS, start) | np.bitwise_or.reduceat(readings.flag & 0xF0, start)
    low = np.minimum.reduceat(np.where(counted, readings.value, np.inf), start)
    high = np.maximum.reduceat(np.where(counted, readings.value, -np.inf), start)
    return SeriesReadings(
        series_id=readings.series_id,
        at=bucket[start],
        value=mean,
        flag=worst.astype(np.uint8),
        source=np.maximum.reduceat(readings.source, start),
        low=np.where(count > 0, low, np.nan),
        high=np.where(count > 0, high, np.nan),
        resolution_seconds=resolution_seconds,
    )
