"""The hourly means of an outlet's day, from sense."""

from datetime import date, datetime
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Mark, SeriesReadings, Statistic
from yuzhou.domains.environment.contracts import Outlet
from yuzhou.domains.environment.rules.daily import Hour
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor

MICROSECONDS_PER_HOUR = 3_600_000_000
Hours = dict[str, list[Hour]]


def read_hours(*, actor: Actor, outlet: Outlet, day: date) -> tuple[Hours, Hours, Hours]:
    """Hourly means as measured, as converted (of the factors judged so), and hourly amounts, by factor code."""
    start, end = clock.day_bounds(day)
    found = read_statistics(
        actor, outlet.device_id, (Statistic.HOUR_AVG, Statistic.HOUR_AVG_CONVERTED, Statistic.HOUR_TOTAL), start, end
    )
    judged = {item.code for item in outlet.factors if item.converted}
    measured = {code: to_hours(readings, start) for (code, name), readings in found.items() if name == Statistic.HOUR_AVG}
    converted = {
        code: to_hours(readings, start)
        for (code, name), readings in found.items()
        if name == Statistic.HOUR_AVG_CONVERTED and code in judged and len(readings)
    }
    amounts = {code: to_hours(readings, start) for (code, name), readings in found.items() if name == Statistic.HOUR_TOTAL}
    return measured, converted, amounts


def read_statistics(
    actor: Actor, device_id: UUID, statistics: tuple[Statistic, ...], start: datetime, end: datetime
) -> dict[tuple[str, Statistic], SeriesReadings]:
    """The readings of a device's series of these statistics, by property and statistic."""
    series = [one for one in sense.list_series(actor=actor, device_ids=[device_id]) if one.statistic in statistics]
    readings = sense.read_series(actor=actor, series_ids=[one.id for one in series], start=start, end=end)
    return {(one.property, one.statistic): readings[one.id] for one in series if one.id in readings}


def to_hours(readings: SeriesReadings, start: datetime) -> list[Hour]:
    """Hourly readings as hours of the day that begins at `start`; of two in one hour the later stands."""
    origin = int(start.timestamp()) * 1_000_000
    hours = {}
    for at, value, flag in zip(readings.at.tolist(), readings.value.tolist(), readings.flag.tolist(), strict=True):
        index = (at - origin) // MICROSECONDS_PER_HOUR
        hours[index] = Hour(index, value, flag, computed=bool(flag & Mark.COMPUTED))
    return [hours[index] for index in sorted(hours)]
