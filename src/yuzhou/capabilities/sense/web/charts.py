"""Readings for charts and as CSV."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Bound, Rule, Series, SeriesReadings, Source
from yuzhou.capabilities.sense.contracts import Limit as Beyond
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.contracts.wording import word_flag
from yuzhou.capabilities.sense.rules.definition import leaves
from yuzhou.capabilities.sense.web.states import word_statistic
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound, declare_message, gettext_noop
from yuzhou.kernel.transactions import acting_as
from yuzhou.ui.charts import Limit, Line, Point, chart_response
from yuzhou.ui.csv import csv_response

MOST_SERIES = 12
MOST_POINTS = 2000
WINDOW = timedelta(days=14)
STEPS = (60, 300, 600, 1800, 3600, 6 * 3600, 86400)

declare_message("sense.query-invalid", gettext_noop("The address asks for something that cannot be: {name}."))


@require_safe
def chart(request: HttpRequest) -> HttpResponse:
    """Series (`series=1,2`) between `start` and `end`, or over the last `hours`, thinned to what a screen can show."""
    start, end = period_of(request)
    chosen = _chosen(request)
    longest = max((one.statistic.period_seconds for one in chosen), default=0)
    step = _step(end - start, longest)
    found = _read(request, chosen, start, end, step)
    filled = [one for one in chosen if len(found[one.id])] or chosen[:1]
    lines = [_line(one, found[one.id], len(filled) > 1) for one in filled]
    return chart_response(lines, limits=_limits(request, chosen, end), start=start, end=end)


def line_of(request: HttpRequest, series_id: int, start: datetime, end: datetime) -> list[Line]:
    """One series as a line that a screen can show; none where the actor may not see it."""
    chosen = list(api.find_series(actor=request.actor, series_ids=[series_id]))
    if not chosen:
        return []
    step = _step(end - start, chosen[0].statistic.period_seconds)
    return [_line(chosen[0], _read(request, chosen, start, end, step)[series_id], False)]


@require_safe
def readings_csv(request: HttpRequest) -> HttpResponseBase:
    """Every reading of the series in the period."""
    start, end = period_of(request)
    chosen = _chosen(request)
    header = [_("Property"), _("Statistic"), _("Time"), _("Value"), _("Unit"), _("Flag"), _("Source")]
    return csv_response("readings", header, _csv_rows(request, chosen, start, end))


def _csv_rows(request: HttpRequest, chosen: list[Series], start: datetime, end: datetime) -> Iterator[list[object]]:
    """However many there are: read a window at a time, while they are sent."""
    for one in chosen:
        for part in _windows(request, one.id, start, end):
            yield from _csv_part(one, part)


def _windows(request: HttpRequest, series: int, start: datetime, end: datetime) -> Iterator[SeriesReadings]:
    while start < end:
        until = min(end, start + WINDOW)
        with acting_as(request.actor):  # the request's own transaction is over when this is sent
            part = api.read_series(actor=request.actor, series_ids=[series], start=start, end=until)[series]
        yield part
        start = moment(part.at[-1]) + timedelta(microseconds=1) if part.truncated else until


def _csv_part(one: Series, part: SeriesReadings) -> Iterator[list[object]]:
    if len(part):
        for at, value, flag, source in zip(part.at, part.value, part.flag, part.source, strict=True):
            words = word_flag(int(flag))
            yield [
                str(one.title),
                word_statistic(one.statistic),
                moment(at),
                float(value),
                one.unit,
                words,
                Source(source).name.lower(),
            ]


def period_of(request: HttpRequest) -> tuple[datetime, datetime]:
    """The time that an address asks for: `start` and `end`, or the last `hours`."""
    start, end = (_moment(request, name) for name in ("start", "end"))
    hours = request.GET.get("hours", "48")
    if not (hours.isascii() and hours.isdigit() and 0 < int(hours) <= 24 * 400):
        raise Invalid("sense.query-invalid", field="hours", name="hours")
    end = end or now()
    start = start or end - timedelta(hours=int(hours))
    if start >= end:
        raise Invalid("sense.query-invalid", field="start", name="start")
    return start, end


def _moment(request: HttpRequest, name: str) -> datetime | None:
    text = request.GET.get(name, "").replace(" ", "+")
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid("sense.query-invalid", field=name, name=name)
    return found


def _chosen(request: HttpRequest) -> list[Series]:
    asked = request.GET.get("series", "").split(",")
    ids = [int(text) for text in asked if text.isascii() and text.isdigit() and len(text) < 10][:MOST_SERIES]
    found = {one.id: one for one in api.find_series(actor=request.actor, series_ids=ids)}
    if not found:
        raise NotFound("sense.device-unknown")
    return [found[i] for i in dict.fromkeys(ids) if i in found]


def _read(request: HttpRequest, chosen: list[Series], start: datetime, end: datetime, step: int) -> dict[int, SeriesReadings]:
    return api.read_series(
        actor=request.actor,
        series_ids=[one.id for one in chosen],
        start=start,
        end=end,
        resolution_seconds=step,
    )


def _step(length: timedelta, period: int) -> int:
    """How wide buckets must be so that a screen can show them; 0 where every reading fits."""
    seconds = length.total_seconds()
    if seconds / max(period, 60) <= MOST_POINTS:
        return 0
    return next((step for step in STEPS if seconds / step <= MOST_POINTS), 86400)


def _line(one: Series, part: SeriesReadings, with_statistic: bool) -> Line:
    points = [
        Point(moment(at), None if np.isnan(value) else float(value), _mark(int(flag)), word_flag(int(flag)))
        for at, value, flag in zip(part.at, part.value, part.flag, strict=True)
    ]
    name = f"{one.title} ({word_statistic(one.statistic)})" if with_statistic else str(one.title)
    return Line(name, unit_symbol(one.unit), points, gap_seconds=_gap(one, part))


def _mark(flag: int) -> str:
    """A letter for what is not plainly normal; computed values are marked, but are no fault."""
    letter = "NFMSDCTB"[flag & 0x0F] if flag & 0x0F < 8 else "?"
    if letter != "N":
        return letter
    return "?" if flag & 0x80 else "~" if flag & 0x10 else ""


def _gap(one: Series, part: SeriesReadings) -> float:
    """Points further apart than this are not joined: two and a half times the usual distance."""
    if len(part) < 3:
        return max(one.statistic.period_seconds, part.resolution_seconds, 300) * 2.5
    usual = float(np.median(np.diff(part.at))) / 1e6
    return max(usual, part.resolution_seconds, 1) * 2.5


def _limits(request: HttpRequest, chosen: list[Series], at: datetime) -> list[Limit]:
    """The limits in force at the end of the period, of the rules that look at these series."""
    found: dict[tuple[float, str], Limit] = {}
    for device in {one.device_id for one in chosen}:
        feeds = {(one.property, str(one.statistic)): one for one in chosen if one.device_id == device}
        for rule in islice(api.list_rules(actor=request.actor, device_id=device), 200):
            for feed, bound in _bounds(rule, at):
                if feed in feeds:
                    for limit in _lines_of(rule, bound, feeds[feed].unit):
                        found[limit.value, limit.kind] = limit
    return list(found.values())


def _bounds(rule: Rule, at: datetime) -> Iterator[tuple[tuple[str, str], Bound]]:
    for level in rule.definition.levels if rule.enabled else ():
        for leaf in leaves(level.when):
            if isinstance(leaf, Beyond):
                for bound in leaf.bounds:
                    if (bound.valid_from is None or bound.valid_from <= at) and (bound.valid_to is None or at < bound.valid_to):
                        yield (leaf.feed.property, str(leaf.feed.statistic)), bound


def _lines_of(rule: Rule, bound: Bound, unit: str) -> Iterator[Limit]:
    if bound.high is not None:
        yield Limit(rule.title, bound.high, "upper", unit_symbol(unit))
    if bound.low is not None:
        yield Limit(rule.title, bound.low, "lower", unit_symbol(unit))


def moment(at: int) -> datetime:
    """Microseconds as an aware datetime."""
    return datetime.fromtimestamp(int(at) / 1e6, UTC)
