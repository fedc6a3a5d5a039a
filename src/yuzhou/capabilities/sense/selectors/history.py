"""The history of series within the actor's reach for any span: readings, periods, thinned; hot and archived as one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import numpy as np

from yuzhou.capabilities.sense.contracts.history import DeviceClock, History, Thinning
from yuzhou.capabilities.sense.models import DeviceClockRecord, SeriesRecord
from yuzhou.capabilities.sense.rules.buckets import Period
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.periods import HOUR, period_of
from yuzhou.capabilities.sense.rules.summaries import combine, mean_of, summarise, time_mean_of
from yuzhou.capabilities.sense.rules.thinning import largest_triangles
from yuzhou.capabilities.sense.selectors.columns import moment, read_both, us
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.parquet import Columns
from yuzhou.capabilities.sense.selectors.summaries import JUDGED, read_hours, read_periods
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid

MOST_READ = 5_000_000
MOST_PERIODS = 5_000_000
JUST_AFTER = timedelta(microseconds=1)
RAW_DAYS = 14.0  # a longer span of real-time series is drawn from its hours


def visible_statistics(actor: Actor, series_ids: Sequence[int]) -> dict[int, str]:
    """Of the series asked for those that the actor may see, with their statistic, by id."""
    wanted = [one for one in series_ids if 0 <= one < 2**31]
    visible = SeriesRecord.objects.filter(id__in=wanted, device_id__in=visible_devices(actor).values("id"))
    return dict(visible.order_by("id").values_list("id", "statistic"))


def read_history(
    *,
    actor: Actor,
    series_ids: Sequence[int],
    start: datetime,
    end: datetime,
    limit: int = 200_000,
    after: tuple[int, datetime] | None = None,
) -> History:
    """Readings with start ≤ at < end of many series, the first `limit` in the order of series and time.

    `after` goes on where an earlier answer was cut off. Series that the actor may not see are left out.
    """
    ids = sorted(visible_statistics(actor, series_ids))
    most = min(limit, MOST_READ)
    found = _from(ids, start, end, after, most + 1)
    truncated = len(found["at"]) > most
    kept = {name: column[:most] for name, column in found.items()}
    last = (int(kept["series_id"][-1]), moment(kept["at"][-1])) if truncated and most else None
    return History(kept, truncated, last)


def _from(ids: list[int], start: datetime, end: datetime, after: tuple[int, datetime] | None, most: int) -> Columns:
    if after is None:
        return read_both(ids, start, end, most=most)
    series, at = after
    rest = read_both([one for one in ids if one == series], max(start, at + JUST_AFTER), end, most=most)
    later = read_both([one for one in ids if one > series], start, end, most=most)
    return {name: np.concatenate([rest[name], later[name]])[:most] for name in rest}


def read_summaries(
    *, actor: Actor, series_ids: Sequence[int], start: datetime, end: datetime, period: Period, limit: int = 200_000
) -> History:
    """Series by period of the city's clock and calendar: whole periods, all that hold a moment of start ≤ t < end.

    Hours and longer come from what is summed up already; what is due is summed up on the spot, so the answer is as true as
    the readings. Cut off after `limit` rows, which `truncated` says.
    """
    statistics = visible_statistics(actor, series_ids)
    if start < end and len(statistics) * ((end - start) / timedelta(microseconds=period.shortest)) > MOST_PERIODS:
        raise Invalid("sense.too-many-points", limit=MOST_PERIODS)
    found = period_columns(statistics, start, end, period)
    truncated = len(found["at"]) > limit
    kept = {name: column[:limit] for name, column in found.items()}
    last = (int(kept["series_id"][-1]), moment(kept["at"][-1])) if truncated and limit else None
    return History(kept, truncated, last)


def period_columns(statistics: dict[int, str], start: datetime, end: datetime, period: Period) -> Columns:
    """Periods of series (id → statistic) with their means."""
    nothing = np.zeros(0, np.int64)
    some = statistics and start < end
    found = read_periods(statistics, start, end, period) if some else combine({"series_id": nothing}, nothing)
    names = ("low", "high", "total", "first", "last", "count", "valid", "used", "flag")
    means = {"mean": mean_of(found), "time_mean": time_mean_of(found)}
    return {"series_id": found["series_id"], "at": found["at"], **means, **{name: found[name] for name in names}}


def thin_history(
    *,
    actor: Actor,
    series_ids: Sequence[int],
    start: datetime,
    end: datetime,
    points: int = 1000,
    thinning: Thinning = Thinning.LTTB,
) -> History:
    """At most about `points` rows of each series between start and end, for a chart.

    LTTB gives readings as they are; the others divide the span into `points` equal parts and give the mean, lowest or
    highest valid value of each as `value`, with its extremes. Spans of real-time series beyond two weeks are drawn from
    their hours (LTTB: from the lowest and highest of each hour, at its beginning and middle).
    """
    statistics = visible_statistics(actor, series_ids)
    if points < 3 or start >= end:
        raise Invalid("sense.query-invalid", name="points, start, end")
    by_hours = (end - start) > timedelta(days=RAW_DAYS)
    coarse = [one for one, statistic in statistics.items() if by_hours and period_of(statistic) == HOUR]
    fine = [one for one in statistics if one not in set(coarse)]
    parts = []
    if coarse:
        hours = read_hours(coarse, start, end)
        parts.append(_lines_of_hours(hours, points) if thinning is Thinning.LTTB else _parts(hours, start, end, points, thinning))
    if fine or not parts:
        rows = read_both(fine, start, end, names=JUDGED, most=MOST_READ + 1)
        if len(rows["at"]) > MOST_READ:
            raise Invalid("sense.too-many-points", limit=MOST_READ)
        parts.append(_lines(rows, points) if thinning is Thinning.LTTB else _parts(rows, start, end, points, thinning))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["at"], joined["series_id"]))
    return History({name: column[order] for name, column in joined.items()})


def _lines(rows: Columns, points: int) -> Columns:
    """LTTB of each series."""
    edges = np.flatnonzero(np.append(True, np.diff(rows["series_id"]) != 0)) if len(rows["at"]) else np.zeros(0, np.int64)
    bounds = np.append(edges, len(rows["at"]))
    chosen: list[Int] = [
        begin + largest_triangles(rows["at"][begin:end], rows["value"][begin:end], points)
        for begin, end in pairwise(bounds.tolist())
    ]
    kept = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
    found = {name: rows[name][kept] for name in ("series_id", "at", "value", "flag")}
    return {**found, "low": found["value"], "high": found["value"]}


def _lines_of_hours(hours: Columns, points: int) -> Columns:
    """LTTB over the lowest and the highest of each hour."""
    both = {
        "series_id": np.repeat(hours["series_id"], 2),
        "at": np.stack([hours["at"], hours["at"] + HOUR // 2], 1).reshape(-1),
        "value": np.stack([hours["low"], hours["high"]], 1).reshape(-1),
        "flag": np.repeat(hours["flag"], 2),
    }
    return _lines(both, points)


def _parts(rows: Columns, start: datetime, end: datetime, points: int, thinning: Thinning) -> Columns:
    """The span in equal parts, of readings or of hours."""
    width = max(1, -(-(us(end) - us(start)) // points))
    begin = us(start) + (rows["at"] - us(start)) // width * width
    if "total" in rows:
        found = combine(rows, begin)
    else:
        found = summarise(rows["series_id"], rows["at"], rows["value"], rows["flag"], begin, begin + width)
    value = {Thinning.MIN: found["low"], Thinning.MAX: found["high"]}.get(thinning, mean_of(found))
    return {name: found[name] for name in ("series_id", "at", "flag", "low", "high")} | {"value": value}


def get_clock(*, actor: Actor, device_id: UUID) -> DeviceClock | None:
    """How far the clock of a device is off; nothing where it gives no values of a moment, or is out of the actor's reach."""
    clock = DeviceClockRecord.objects.filter(device_id=device_id, device__in=visible_devices(actor)).first()
    return DeviceClock(clock.offset_seconds, clock.is_off, clock.since, clock.noted_at) if clock else None
