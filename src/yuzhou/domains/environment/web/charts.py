"""The data of an outlet's charts, as JSON for the browser and as CSV."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import SeriesReadings, Statistic
from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import Outlet, OutletFactorView
from yuzhou.domains.environment.display import flag_letter, flag_note
from yuzhou.domains.environment.rules.limits import Averaging, limit_on
from yuzhou.domains.environment.selectors.outlets import get_outlet
from yuzhou.kernel import clock
from yuzhou.kernel.errors import NotFound
from yuzhou.ui.charts import Limit, Line, Point, chart_response
from yuzhou.ui.csv import csv_response

LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Scale:
    """How a chart looks at time: which statistics, how far back, and from what distance points are a gap."""

    plain: Statistic
    converted: Statistic
    back: timedelta
    gap_seconds: float


SCALES = {
    "hour": Scale(Statistic.HOUR_AVG, Statistic.HOUR_AVG_CONVERTED, timedelta(days=3), 5400),
    "month": Scale(Statistic.HOUR_AVG, Statistic.HOUR_AVG_CONVERTED, timedelta(days=30), 5400),
    "live": Scale(Statistic.RTD, Statistic.RTD_CONVERTED, timedelta(hours=12), 400),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A statistic of a factor over a span."""

    name: str
    statistic: Statistic
    readings: SeriesReadings


def chart_json(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """One factor's values with limits, flags and gaps."""
    found, item, scale, start, end = _asked(request, outlet)
    lines = [
        Line(one.name, item.factor.symbol, _points(one.readings), gap_seconds=scale.gap_seconds, decimals=item.factor.decimals)
        for one in _read(request, found, item, scale, start, end)
    ]
    return chart_response(lines, limits=_limits(item), start=start, end=end)


def chart_csv(request: HttpRequest, outlet: UUID) -> HttpResponseBase:
    """The same values to take away: `from` and `to` (ISO 8601) choose another span of at most 92 days."""
    found, item, scale, start, end = _asked(request, outlet)
    rows = [
        (moment, item.code, str(one.statistic), value, item.factor.symbol, flag_letter(flag), flag_note(flag))
        for one in _read(request, found, item, scale, start, end)
        for moment, value, flag in _rows(one.readings)
    ]
    header = [_("Time"), _("Factor"), _("Statistic"), _("Value"), _("Unit"), _("Flag"), _("Remark")]
    return csv_response(f"{found.mn}-{item.code}-{start:%Y%m%d}", header, rows)


def _asked(request: HttpRequest, outlet: UUID) -> tuple[Outlet, OutletFactorView, Scale, datetime, datetime]:
    found = get_outlet(actor=request.actor, outlet=outlet)
    code = request.GET.get("factor", "")
    item = next((one for one in found.factors if one.code == code), None)
    if item is None:
        raise NotFound(c.FACTOR_ABSENT, factor=code)
    scale = SCALES.get(request.GET.get("scale", ""), SCALES["hour"])
    end = _moment(request.GET.get("to")) or clock.now()
    start = max(_moment(request.GET.get("from")) or end - scale.back, end - LONGEST)
    return found, item, scale, start, end


def _moment(text: str | None) -> datetime | None:
    """A moment of the address; one without a zone is the city's."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.CITY)


def _read(
    request: HttpRequest, outlet: Outlet, item: OutletFactorView, scale: Scale, start: datetime, end: datetime
) -> list[Drawn]:
    """The measured values, and the converted ones where those are judged."""
    wanted = {scale.plain: _("measured")} | ({scale.converted: _("converted")} if item.converted else {})
    series = [
        one
        for one in sense.list_series(actor=request.actor, device_ids=[outlet.device_id])
        if one.property == item.code and one.statistic in wanted
    ]
    readings = sense.read_series(actor=request.actor, series_ids=[one.id for one in series], start=start, end=end)
    return [
        Drawn(f"{item.factor.name} {wanted[one.statistic]}" if item.converted else str(item.factor.name), one.statistic, found)
        for one in series
        if (found := readings.get(one.id)) is not None and (len(found) or one.statistic == scale.plain)
    ]


def _rows(readings: SeriesReadings) -> list[tuple[datetime, float, int]]:
    times, values, flags = readings.at.tolist(), readings.value.tolist(), readings.flag.tolist()
    return [
        (datetime.fromtimestamp(at / 1e6, tz=clock.CITY), value, flag)
        for at, value, flag in zip(times, values, flags, strict=True)
    ]


def _points(readings: SeriesReadings) -> list[Point]:
    return [Point(moment, value, flag_letter(flag), flag_note(flag)) for moment, value, flag in _rows(readings)]


def _limits(item: OutletFactorView) -> list[Limit]:
    """The hourly limit of today as lines; a daily one where there is no hourly."""
    today = clock.local_day(clock.now())
    hourly = limit_on(item.limits, item.code, today, Averaging.HOUR)
    limit = hourly or limit_on(item.limits, item.code, today, Averaging.DAY)
    if limit is None:
        return []
    name = _("Limit") if hourly else _("Limit of the daily mean")
    found = [(limit.upper, "upper", name), (limit.lower, "lower", _("Lower limit"))]
    return [Limit(word, value, kind, item.factor.symbol) for value, kind, word in found if value is not None]
