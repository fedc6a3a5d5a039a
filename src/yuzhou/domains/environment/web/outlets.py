"""The register of outlets, and the page of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Alarm
from yuzhou.domains.environment.contracts import LatestFactor, Outlet, OutletStanding
from yuzhou.domains.environment.display import (
    AVERAGINGS,
    FLAGS,
    MEDIA,
    STATES,
    SYSTEM_TYPES,
    show_limit,
    show_value,
)
from yuzhou.domains.environment.permissions import READ, REGISTER, SET_LIMIT
from yuzhou.domains.environment.selectors.outlets import get_outlet
from yuzhou.domains.environment.selectors.reports import list_reports
from yuzhou.domains.environment.selectors.standing import MANY, list_latest, list_standings, standings_of
from yuzhou.domains.environment.web.charts import SCALES
from yuzhou.domains.environment.web.overview import home_crumb, state_tiles
from yuzhou.domains.environment.web.report_tables import report_table
from yuzhou.domains.environment.web.tables import alarm_table, outlet_table
from yuzhou.kernel import clock
from yuzhou.kernel.errors import word
from yuzhou.kernel.places.api import district_of, get_place
from yuzhou.ui.charts import TimeChart
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts, Tab, Tabs
from yuzhou.ui.tables import Column, Slice, Table, TableQuery


def show_outlets(request: HttpRequest) -> HttpResponse:
    """Every outlet that the actor may see."""
    request.actor.require(READ)
    standings = list_standings(actor=request.actor)
    context = {
        "tiles": state_tiles(standings),
        "outlets": outlet_table(request, standings, page_size=50),
        "can_register": request.actor.can(REGISTER),
    }
    crumbs = [home_crumb(), Crumb(_("Outlets"))]
    return render_page(request, "environment/outlets.html", context, title=_("Outlets"), crumbs=crumbs)


def show_outlet(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """What an outlet is, how it stands, and what it reports."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    standing = standings_of(request.actor, [found])[0]
    latest = list_latest(actor=request.actor, outlet=found)
    scale = request.GET.get("scale", "")
    scale = scale if scale in SCALES else "hour"
    context = {
        "facts": _facts(standing),
        "latest": _latest_table(request, latest),
        "charts": [_chart(found, item.code, str(item.factor.name), scale) for item in found.factors],
        "scales": _scales(found, scale),
        "alarms": alarm_table(request, _alarms(request, found)[:10], short=True, of_one=True),
    }
    return _page(request, found, standing, "environment/outlet.html", context, tab="overview")


def show_alarms(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """The alarms of an outlet."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    context = {"table": alarm_table(request, _alarms(request, found), name="", of_one=True)}
    return _page(request, found, standings_of(request.actor, [found])[0], "environment/outlet_table.html", context, tab="alarms")


def show_frames(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """The frames as they were on the wire, and those that were refused."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    context = {"table": _frame_table(request, found), "second": _quarantine_table(request, found)}
    return _page(request, found, standings_of(request.actor, [found])[0], "environment/outlet_table.html", context, tab="frames")


def show_limits(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """The limits of an outlet, those of the past and the future included."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    context = {"table": _limit_table(request, found), "can_set": request.actor.can(SET_LIMIT, place_path=found.place_path)}
    return _page(request, found, standings_of(request.actor, [found])[0], "environment/outlet_limits.html", context, tab="limits")


def show_reports(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """The daily reports of an outlet."""
    found = get_outlet(actor=request.actor, outlet=outlet)
    reports = list_reports(actor=request.actor, outlet=outlet, limit=400)
    context = {"table": report_table(request, [(found, report) for report in reports])}
    return _page(
        request, found, standings_of(request.actor, [found])[0], "environment/outlet_reports.html", context, tab="reports"
    )


def _page(
    request: HttpRequest, outlet: Outlet, standing: OutletStanding, template: str, context: dict[str, Any], *, tab: str
) -> HttpResponse:
    """A page of an outlet with its tabs and its way."""
    shared = {
        "outlet": outlet,
        "standing": standing,
        "tabs": outlet_tabs(outlet, tab, standing.open_alarms),
        "can_edit": request.actor.can(REGISTER, place_path=outlet.place_path) and outlet.closed_on is None,
        "today": clock.local_day(clock.now()),
    }
    return render_page(request, template, shared | context, title=outlet.name, crumbs=outlet_crumbs(outlet))


def outlet_crumbs(outlet: Outlet, *more: Crumb) -> list[Crumb]:
    """The way to an outlet's page."""
    district = get_place(path=district_of(outlet.place_path) or outlet.place_path)
    here = Crumb(outlet.name, reverse("environment:outlet", args=[outlet.id]) if more else "")
    return [home_crumb(), Crumb(district.title, reverse("environment:district", args=[district.path])), here, *more]


def outlet_tabs(outlet: Outlet, active: str, alarms: int) -> Tabs:
    """The tabs of an outlet's page."""
    named = (
        ("overview", "environment:outlet", _("Overview"), None),
        ("alarms", "environment:outlet-alarms", _("Alarms"), alarms),
        ("reports", "environment:outlet-reports", _("Daily reports"), None),
        ("limits", "environment:outlet-limits", _("Limits"), None),
        ("frames", "environment:outlet-frames", _("Raw frames"), None),
    )
    tabs = [Tab(title, reverse(url, args=[outlet.id]), key == active, count) for key, url, title, count in named]
    return Tabs(tabs, label=outlet.name)


def _facts(standing: OutletStanding) -> Facts:
    outlet = standing.outlet
    return Facts(
        [
            Fact(_("State"), standing.state, states=STATES),
            Fact(_("Last heard"), standing.last_seen),
            Fact(_("Firm"), str(outlet.operator or "")),
            Fact(_("Place"), str(outlet.place), url=reverse("environment:district", args=[outlet.place_path])),
            Fact(_("Kind"), MEDIA[outlet.medium]),
            Fact(_("Permit"), outlet.permit),
            Fact("MN", outlet.mn, code=True),
            Fact(_("System type (ST)"), SYSTEM_TYPES.get(outlet.system_type, outlet.system_type)),
            Fact(_("Address"), outlet.address),
            Fact(_("Position"), f"{outlet.lon:.5f}, {outlet.lat:.5f}"),
            Fact(_("Data"), _("simulated") if outlet.simulated else _("from the logger")),
            Fact(_("In operation since"), outlet.opened_on),
            *([Fact(_("Closed on"), outlet.closed_on)] if outlet.closed_on else []),
        ]
    )


def _latest_table(request: HttpRequest, latest: Sequence[LatestFactor]) -> Table:
    columns = [
        Column("factor.name", _("Factor"), value=lambda row: f"{row.factor.name}{_(' (converted)') if row.converted else ''}"),
        Column("value", _("Real time"), value=lambda row: show_value(row.value, row.factor)),
        Column("at", _("At"), kind="time", seconds=True),
        Column("flag", _("Flag"), kind="state", states=FLAGS, value=lambda row: None if row.at is None else row.flag & 0x0F),
        Column("hour_value", _("Last hourly mean"), value=lambda row: show_value(row.hour_value, row.factor)),
        Column("hour_at", _("Hour from"), kind="time"),
        Column("limit", _("Limit"), value=lambda row: show_limit(row.limit, row.factor)),
        Column("is_exceeding", _("Above limit"), kind="state", states="environment-exceeding", value=_judged),
    ]
    empty = Empty(_("No factors"), _("Enter the factors that the logger reports."))
    return Table(
        request, columns, latest, name="latest", caption=_("Latest values"), search=False, empty=empty, csv_name="latest"
    )


def _judged(row: LatestFactor) -> str | None:
    if row.limit is None or row.hour_value is None or not row.limit_is_meant:
        return None
    return "yes" if row.is_exceeding else "no"


def _chart(outlet: Outlet, code: str, name: str, scale: str) -> TimeChart:
    arguments = f"?factor={code}&scale={scale}"
    return TimeChart(
        url=reverse("environment:outlet-chart", args=[outlet.id]) + arguments,
        title=f"{name} {code}",
        csv_url=reverse("environment:outlet-csv", args=[outlet.id]) + arguments,
        live=f"sense.device.{outlet.device_id}" if outlet.device_id and scale != "month" else "",
    )


def _scales(outlet: Outlet, active: str) -> Tabs:
    url = reverse("environment:outlet", args=[outlet.id])
    words = {"live": _("Real time, 12 hours"), "hour": _("Hourly means, 3 days"), "month": _("Hourly means, 30 days")}
    return Tabs([Tab(word, f"{url}?scale={key}#charts", key == active) for key, word in words.items()], label=_("Scale"))


def _alarms(request: HttpRequest, outlet: Outlet) -> list[Alarm]:
    return list(sense.list_alarms(actor=request.actor, site_ids=[outlet.id], limit=MANY))


def _frame_table(request: HttpRequest, outlet: Outlet) -> Table:
    def source(query: TableQuery) -> Slice:
        page = sense.list_raw_frames(
            actor=request.actor, device_id=outlet.device_id, offset=query.offset, limit=query.limit or 1000
        )
        return Slice(list(page), page.total)

    columns = [
        Column("received_at", _("Received"), kind="time", seconds=True, sortable=False),
        Column("kind", "CN", sortable=False),
        Column("direction", _("Direction"), value=lambda row: _("up") if row.direction == "up" else _("down"), sortable=False),
        Column("content", _("Frame"), wide=True, sortable=False),
        Column("quirks", _("Read although"), value=lambda row: "; ".join(word(code, {}) for code in row.quirks), sortable=False),
    ]
    empty = Empty(_("No frames yet"), _("Frames appear here as soon as the logger reports."))
    return Table(
        request, columns, source=source, search=False, caption=_("Raw frames"), csv_name=f"frames-{outlet.mn}", empty=empty
    )


def _quarantine_table(request: HttpRequest, outlet: Outlet) -> Table:
    def source(query: TableQuery) -> Slice:
        page = sense.list_quarantine(
            actor=request.actor, device_id=outlet.device_id, offset=query.offset, limit=query.limit or 1000
        )
        return Slice(list(page), page.total)

    columns = [
        Column("received_at", _("Received"), kind="time", seconds=True, sortable=False),
        Column("code", _("Refused because"), value=lambda row: word(row.code, dict(row.params)), wide=True, sortable=False),
        Column("peer", _("Sender"), sortable=False),
        Column("content", _("Frame"), wide=True, sortable=False),
    ]
    empty = Empty(_("No refused frames"), _("Frames that cannot be read are kept here with the reason."), icon="shield-check")
    return Table(
        request,
        columns,
        source=source,
        name="refused",
        search=False,
        caption=_("Refused frames"),
        csv_name="refused",
        empty=empty,
    )


def _limit_table(request: HttpRequest, outlet: Outlet) -> Table:
    rows = [(item.factor, limit) for item in outlet.factors for limit in item.limits]
    today = clock.local_day(clock.now())
    columns = [
        Column("factor", _("Factor"), value=lambda row: f"{row[0].name} {row[0].code}"),
        Column("limit", _("Limit"), value=lambda row: show_limit(row[1], row[0])),
        Column("averaging", _("Judges"), value=lambda row: str(AVERAGINGS[row[1].averaging])),
        Column("converted", _("Converted value"), kind="state", states="boolean", value=lambda row: str(row[1].converted)),
        Column("valid_from", _("In force from"), kind="time", value=lambda row: row[1].valid_from),
        Column("valid_to", _("until before"), kind="time", value=lambda row: row[1].valid_to),
        Column("now", _("In force today"), kind="state", states="boolean", value=lambda row: str(row[1].holds_on(today))),
        Column("basis", _("Basis"), value=lambda row: row[1].basis, wide=True),
    ]
    empty = Empty(_("No limits yet"), _("Without a limit no exceedance is noticed. Enter the limits of the permit."))
    return Table(request, columns, rows, caption=_("Limits"), search=False, csv_name=f"limits-{outlet.mn}", empty=empty)
