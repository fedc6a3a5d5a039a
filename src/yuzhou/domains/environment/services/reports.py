"""Making daily reports: a new version whenever the figures of a day have changed."""

from datetime import date
from uuid import UUID

from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import DailyReport, Outlet
from yuzhou.domains.environment.models import DailyReportRecord
from yuzhou.domains.environment.permissions import MAKE_REPORT
from yuzhou.domains.environment.rules.daily import OutletDay, report_outlet
from yuzhou.domains.environment.rules.record import write_day
from yuzhou.domains.environment.selectors.hours import read_hours
from yuzhou.domains.environment.selectors.outlets import get_outlet, list_outlets
from yuzhou.domains.environment.selectors.reports import report_of
from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

HOURS = 24


@transaction_required
def make_report(*, actor: Actor, outlet: UUID, day: date) -> DailyReport:
    """Make the report of an outlet's day from the data at hand.

    Idempotent: with the same figures the standing version is returned. Raises NotFound, PermissionDenied, and Invalid for a
    day that has not begun.
    """
    found = get_outlet(actor=actor, outlet=outlet)
    actor.require(MAKE_REPORT, place_path=found.place_path)
    return _make(actor, found, day)


@transaction_required
def make_reports(*, actor: Actor, day: date, below: str | None = None) -> list[DailyReport]:
    """Make the reports of all outlets of a place, or of all that the actor may see.

    Days before an outlet opened count only if its logger reissued data of them.
    """
    actor.require(MAKE_REPORT)
    outlets = list_outlets(actor=actor, below=below, with_closed=True)
    inside = [outlet for outlet in outlets if actor.can(MAKE_REPORT, place_path=outlet.place_path)]
    due = [outlet for outlet in inside if _was_open(outlet, day)]
    days = [(outlet, figure_day(actor=actor, outlet=outlet, day=day)) for outlet in due]
    return [_store(actor, outlet, day, found) for outlet, found in days if _concerns(outlet, day, found)]


def figure_day(*, actor: Actor, outlet: Outlet, day: date) -> OutletDay:
    """The figures of an outlet's day from the data at hand, nothing stored."""
    measured, converted, amounts = read_hours(actor=actor, outlet=outlet, day=day)
    return report_outlet(
        factors=[item.factor for item in outlet.factors],
        hours=measured,
        converted=converted,
        amounts=amounts,
        limits=[limit for item in outlet.factors for limit in item.limits if limit.holds_on(day)],
        length=hours_over(day),
    )


def hours_over(day: date) -> int:
    """How many hours of the city's day are over: 24 for past days. Raises Invalid for a day that has not begun."""
    start, _ = clock.day_bounds(day)
    hours = int((clock.now() - start).total_seconds() // 3600)
    if clock.now() < start:
        raise Invalid(c.DAY_AHEAD, field="day", day=day.isoformat())
    return min(HOURS, hours)


def _was_open(outlet: Outlet, day: date) -> bool:
    return outlet.closed_on is None or day < outlet.closed_on


def _concerns(outlet: Outlet, day: date, found: OutletDay) -> bool:
    return outlet.opened_on <= day or any(factor.received for factor in found.factors)


def _make(actor: Actor, outlet: Outlet, day: date) -> DailyReport:
    return _store(actor, outlet, day, figure_day(actor=actor, outlet=outlet, day=day))


def _store(actor: Actor, outlet: Outlet, day: date, found: OutletDay) -> DailyReport:
    figures = write_day(found)
    is_final = hours_over(day) == HOURS
    standing = DailyReportRecord.objects.select_for_update().filter(outlet_id=outlet.id, day=day, current=True).first()
    if standing is not None and (standing.figures, standing.is_final) == (figures, is_final):
        return report_of(standing)
    if standing is not None:
        standing.current = False
        standing.save(update_fields=["current"])
    record = DailyReportRecord.objects.create(
        outlet_id=outlet.id,
        day=day,
        version=standing.version + 1 if standing else 1,
        is_final=is_final,
        made_at=clock.now(),
        figures=figures,
    )
    details = {"day": day.isoformat(), "version": record.version}
    acts.record(actor=actor, act=MAKE_REPORT, subject=urn("outlet", outlet.id), details=details)
    return report_of(record)
