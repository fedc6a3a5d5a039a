"""Daily reports of outlets and districts, as pages, PDF and CSV."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuzhou.domains.environment.contracts import DailyReport, Outlet
from yuzhou.domains.environment.display import show_ratio
from yuzhou.domains.environment.permissions import MAKE_REPORT, READ_REPORT
from yuzhou.domains.environment.selectors.outlets import get_outlet
from yuzhou.domains.environment.selectors.reports import get_district_report, get_report, list_days, list_versions
from yuzhou.domains.environment.services.reports import figure_day, make_report, make_reports
from yuzhou.domains.environment.web.report_tables import (
    amount_table,
    amounts,
    csv_header,
    csv_rows,
    district_tiles,
    factor_columns,
    factor_table,
    notes,
    preview_facts,
    report_facts,
    report_table,
)
from yuzhou.kernel import clock
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.places.api import district_of, get_place
from yuzhou.ui.display import show_time
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty
from yuzhou.ui.tables import Column, Table


def show_index(request: HttpRequest) -> HttpResponse:
    """The days that have reports, and the districts to look at."""
    request.actor.require(READ_REPORT)
    days = list_days(actor=request.actor)
    path = _widest_place(request)
    columns = [
        Column("day", _("Day"), value=lambda day: day.isoformat(), url=lambda day: _district_url("district-report", path, day)),
        Column(
            "pdf", "PDF", value=lambda day: "PDF", url=lambda day: _district_url("district-report-pdf", path, day), sortable=False
        ),
        Column(
            "csv", "CSV", value=lambda day: "CSV", url=lambda day: _district_url("district-report-csv", path, day), sortable=False
        ),
    ]
    empty = Empty(_("No reports yet"), _("The reports of a day are made soon after midnight. You can make today's now."))
    table = Table(request, columns, days, caption=_("Daily reports"), search=False, csv_name="days", empty=empty)
    context = {"table": table, "today": clock.local_day(clock.now()), "path": path, "can_make": request.actor.can(MAKE_REPORT)}
    return render_page(
        request, "environment/reports.html", context, title=_("Daily reports"), crumbs=[_home(), Crumb(_("Daily reports"))]
    )


def show_latest(request: HttpRequest, path: str) -> HttpResponse:
    """Yesterday's report of a district."""
    return redirect("environment:district-report", path=path, day=clock.local_day(clock.now()) - timedelta(days=1))


def show_district(request: HttpRequest, path: str, day: date) -> HttpResponse:
    """A district's day with a line for each outlet."""
    report = get_district_report(actor=request.actor, place_path=path, day=day)
    context = {
        "report": report,
        "tiles": district_tiles(report),
        "amounts": amount_table(request, report),
        "table": report_table(request, [(outlet, made) for outlet, made in report.outlets if made], by_day=False),
        "missing": [outlet for outlet, made in report.outlets if made is None],
        "can_make": request.actor.can(MAKE_REPORT, place_path=path) and day <= clock.local_day(clock.now()),
        **_neighbours(day, clock.local_day(clock.now())),
    }
    title = _("{place}: report of {day}").format(place=report.place.title, day=day.isoformat())
    crumbs = [_home(), Crumb(_("Daily reports"), reverse("environment:reports")), Crumb(f"{report.place.title} {day}")]
    return render_page(request, "environment/district_report.html", context, title=title, crumbs=crumbs)


@require_POST
def make_district(request: HttpRequest, path: str, day: date) -> HttpResponse:
    """Make the reports of a district's day now."""
    made = make_reports(actor=request.actor, day=day, below=path)
    messages.success(request, _("{count} reports are up to date.").format(count=len(made)))
    return redirect("environment:district-report", path=path, day=day)


def district_csv(request: HttpRequest, path: str, day: date) -> HttpResponseBase:
    """A district's day: a line for each outlet and factor."""
    from yuzhou.ui.csv import csv_response

    report = get_district_report(actor=request.actor, place_path=path, day=day)
    rows = [row for outlet, made in report.outlets if made for row in csv_rows(outlet, made)]
    return csv_response(f"{report.place.name}-{day}", csv_header(), rows)


def district_pdf(request: HttpRequest, path: str, day: date) -> HttpResponse:
    """A district's day as a paper."""
    report = get_district_report(actor=request.actor, place_path=path, day=day)
    rows = [(outlet, made) for outlet, made in report.outlets if made]
    figures = report.figures
    context = {
        "title": _("Daily report of pollutant monitoring"),
        "subtitle": f"{report.place.title} · {day.isoformat()}",
        "facts": [
            [_("Outlets"), str(figures.outlets)],
            [_("Outlets that reported"), str(figures.reporting)],
            [_("Outlets above a limit"), str(figures.exceeding)],
            [_("Valid data"), show_ratio(figures.valid_ratio)],
            [_("Hours above a limit"), str(figures.exceeding_hours)],
        ],
        "widths": ["wide", "wide", "auto", "auto", "wide", "auto"],
        "head": [_("Outlet"), _("Firm"), _("Valid data"), _("Hours above"), _("Amounts (kg)"), _("Version")],
        "lines": [_paper_row(outlet, made) for outlet, made in rows],
        "notes": notes(any(outlet.simulated for outlet, _made in rows)),
    }
    return _pdf(context, f"{report.place.code}-{day}")


def _paper_row(outlet: Outlet, report: DailyReport) -> list[str]:
    figures = report.figures
    return [
        outlet.name,
        str(outlet.operator or ""),
        show_ratio(figures.valid_ratio),
        str(figures.exceeding_hours),
        amounts(report),
        f"v{report.version}",
    ]


def show_report(request: HttpRequest, outlet: UUID, day: date) -> HttpResponse:
    """An outlet's day; `?version=` shows an earlier version."""
    found, report = _report(request, outlet, day)
    today = clock.local_day(clock.now())
    context: dict[str, Any] = {
        "outlet": found,
        "report": report,
        "day": day,
        "can_make": request.actor.can(MAKE_REPORT, place_path=found.place_path) and day <= today,
        **_neighbours(day, today),
    }
    if report is not None:
        context |= {
            "facts": report_facts(report),
            "table": factor_table(request, report.figures),
            "versions": list_versions(actor=request.actor, outlet=outlet, day=day),
        }
    elif day <= today:
        figures = figure_day(actor=request.actor, outlet=found, day=day)
        context |= {"preview": preview_facts(figures), "table": factor_table(request, figures)}
    title = _("{outlet}: report of {day}").format(outlet=found.name, day=day.isoformat())
    district = get_place(path=district_of(found.place_path) or found.place_path)
    crumbs = [
        _home(),
        Crumb(district.title, reverse("environment:district", args=[district.path])),
        Crumb(found.name, reverse("environment:outlet-reports", args=[outlet])),
        Crumb(day.isoformat()),
    ]
    return render_page(request, "environment/report.html", context, title=title, crumbs=crumbs)


@require_POST
def make(request: HttpRequest, outlet: UUID, day: date) -> HttpResponse:
    """Make the report of an outlet's day now."""
    report = make_report(actor=request.actor, outlet=outlet, day=day)
    messages.success(request, _("The report is up to date (version {version}).").format(version=report.version))
    return redirect("environment:outlet-report", outlet=outlet, day=day)


def report_csv(request: HttpRequest, outlet: UUID, day: date) -> HttpResponseBase:
    """An outlet's day: a line for each factor."""
    from yuzhou.ui.csv import csv_response

    found, report = _report(request, outlet, day)
    return csv_response(f"{found.mn}-{day}", csv_header(), csv_rows(found, report) if report else [])


def report_pdf(request: HttpRequest, outlet: UUID, day: date) -> HttpResponse:
    """An outlet's day as a paper."""
    found, report = _report(request, outlet, day)
    if report is None:
        return redirect("environment:outlet-report", outlet=outlet, day=day)
    context = {
        "title": _("Daily report of an outlet"),
        "subtitle": f"{found.name} · {day.isoformat()}",
        "facts": [
            [_("Firm"), str(found.operator or "")],
            [_("Place"), str(found.place)],
            ["MN", found.mn],
            *[[str(fact.name), _plain(fact.value)] for fact in report_facts(report).facts],
        ],
        "widths": ["wide", *["auto"] * 8],
        "head": [str(column.title) for column in factor_columns()],
        "lines": [[column.text(item) for column in factor_columns()] for item in report.figures.factors],
        "notes": notes(found.simulated),
    }
    return _pdf(context, f"{found.mn}-{day}")


def _plain(value: Any) -> str:
    return show_time(value) if hasattr(value, "astimezone") else str(value)


def _pdf(context: dict[str, Any], name: str) -> HttpResponse:
    from yuzhou.ui.pdf import render_pdf

    response = HttpResponse(render_pdf("environment/papers/daily.typ", context), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def _report(request: HttpRequest, outlet: UUID, day: date) -> tuple[Outlet, DailyReport | None]:
    version = request.GET.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 6 else None
    found = get_outlet(actor=request.actor, outlet=outlet)
    return found, get_report(actor=request.actor, outlet=outlet, day=day, version=number)


def _neighbours(day: date, today: date) -> dict[str, Any]:
    return {"before": day - timedelta(days=1), "after": day + timedelta(days=1) if day < today else None}


def _district_url(name: str, path: str, day: date) -> str:
    return reverse(f"environment:{name}", args=[path, day])


def _widest_place(request: HttpRequest) -> str:
    """The place whose report a person wants: the own one; the whole city for those of several places and for firms."""
    paths = request.actor.scope(READ_REPORT).place_paths
    return next(iter(paths)) if len(paths) == 1 else CITY_PATH


def _home() -> Crumb:
    return Crumb(_("Pollutant monitoring"), reverse("environment:overview"))
