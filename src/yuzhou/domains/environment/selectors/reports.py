"""Stored daily reports, as far as the actor may read them."""

from datetime import date
from uuid import UUID

from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import DailyReport, DistrictReport, Outlet
from yuzhou.domains.environment.models import DailyReportRecord
from yuzhou.domains.environment.permissions import READ_REPORT
from yuzhou.domains.environment.rules.district import report_district
from yuzhou.domains.environment.rules.record import read_day
from yuzhou.domains.environment.selectors.outlets import list_outlets, visible
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.places.api import get_place


def get_report(*, actor: Actor, outlet: UUID, day: date, version: int | None = None) -> DailyReport | None:
    """A version of an outlet's day, the current one unless told; None where it was not made.

    Raises NotFound beyond the actor's reach.
    """
    if not visible(actor, READ_REPORT).filter(site_id=outlet).exists():
        raise NotFound(c.OUTLET_UNKNOWN)
    found = DailyReportRecord.objects.filter(outlet_id=outlet, day=day)
    found = found.filter(current=True) if version is None else found.filter(version=version)
    record = found.first()
    return report_of(record) if record else None


def list_versions(*, actor: Actor, outlet: UUID, day: date) -> list[DailyReport]:
    """Every version of an outlet's day, the newest first."""
    reach = visible(actor, READ_REPORT).filter(site_id=outlet)
    return [report_of(r) for r in DailyReportRecord.objects.filter(outlet__in=reach, day=day).order_by("-version")]


def list_reports(*, actor: Actor, outlet: UUID | None = None, day: date | None = None, limit: int = 60) -> list[DailyReport]:
    """Current reports of an outlet or of a day, the newest first."""
    found = DailyReportRecord.objects.filter(outlet__in=visible(actor, READ_REPORT), current=True)
    if outlet is not None:
        found = found.filter(outlet_id=outlet)
    if day is not None:
        found = found.filter(day=day)
    return [report_of(record) for record in found.order_by("-day", "outlet_id")[:limit]]


def list_days(*, actor: Actor, limit: int = 60) -> list[date]:
    """The days that have reports, the newest first."""
    found = DailyReportRecord.objects.filter(outlet__in=visible(actor, READ_REPORT), current=True)
    return list(found.order_by("-day").values_list("day", flat=True).distinct()[:limit])


def get_district_report(*, actor: Actor, place_path: str, day: date) -> DistrictReport:
    """The day of all outlets of a place that the actor may see, from their current reports."""
    actor.require(READ_REPORT)
    place = get_place(path=place_path)
    outlets = [o for o in list_outlets(actor=actor, below=place_path, with_closed=True) if _was_open(o, day)]
    reports = {r.outlet_id: r for r in list_reports(actor=actor, day=day, limit=len(outlets) + 100_000)}
    pairs = tuple((outlet, reports.get(outlet.id)) for outlet in outlets)
    figures = report_district(report.figures for _, report in pairs if report is not None)
    return DistrictReport(place=place, day=day, figures=figures, outlets=pairs)


def _was_open(outlet: Outlet, day: date) -> bool:
    return outlet.closed_on is None or day < outlet.closed_on


def report_of(record: DailyReportRecord) -> DailyReport:
    """The contract of a row."""
    return DailyReport(
        id=record.id,
        outlet_id=record.outlet_id,
        day=record.day,
        version=record.version,
        made_at=record.made_at,
        is_final=record.is_final,
        figures=read_day(record.figures),
    )
