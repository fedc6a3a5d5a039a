"""The tables of outlets and alarms."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Alarm
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.domains.environment.contracts import OutletStanding
from yuzhou.domains.environment.display import MEDIA, STATES
from yuzhou.domains.environment.permissions import REGISTER
from yuzhou.kernel.severity import Severity
from yuzhou.ui.parts import Action, Empty
from yuzhou.ui.tables import Column, Filter, Table


def outlet_table(request: HttpRequest, standings: Sequence[OutletStanding], *, page_size: int = 25) -> Table:
    """A register of outlets with their states."""
    columns = [
        Column("outlet.name", _("Outlet"), url=lambda row: reverse("environment:outlet", args=[row.id])),
        Column("state", _("State"), kind="state", states=STATES),
        Column("outlet.medium", _("Kind"), value=lambda row: str(MEDIA[row.outlet.medium])),
        Column("outlet.operator", _("Firm"), value=lambda row: str(row.outlet.operator or "")),
        Column("outlet.place", _("Place"), value=lambda row: str(row.outlet.place)),
        Column("open_alarms", _("Open alarms"), kind="number"),
        Column("last_seen", _("Last heard"), kind="time"),
        Column("outlet.mn", "MN"),
        Column("outlet.simulated", _("Origin"), value=lambda row: _("simulated") if row.outlet.simulated else _("real")),
    ]
    filters = [
        Filter("state", _("State"), states=STATES),
        Filter("outlet.medium", _("Kind"), choices=[(medium, word) for medium, word in MEDIA.items() if medium != "noise"]),
    ]
    may_register = request.actor.can(REGISTER)
    action = Action(_("Register an outlet"), reverse("environment:outlet-begin"), primary=True) if may_register else None
    empty = Empty(_("No outlets here"), _("Outlets that are registered for your area or firm appear here."), action)
    return Table(
        request,
        columns,
        standings,
        filters=filters,
        name="",
        caption=_("Outlets"),
        order="outlet.name",
        page_size=page_size,
        csv_name="outlets",
        empty=empty,
    )


def alarm_url(alarm: Alarm) -> str:
    """The page where an alarm is acted on."""
    return alarm_path(alarm.id)


def alarm_path(alarm: UUID) -> str:
    """The address where an alarm is acted on, by its id."""
    try:
        return reverse("sense:alarm", args=[alarm])
    except NoReverseMatch:
        return ""


def _named(alarm: Alarm) -> str:
    """Which outlet, and what is wrong there."""
    return f"{alarm.device_title}: {alarm.rule_title}"


def alarm_table(
    request: HttpRequest, alarms: Sequence[Alarm], *, name: str = "alarms", short: bool = False, of_one: bool = False
) -> Table:
    """Alarms, the newest first; each leads to the page where it is acted on.

    `short`: nothing to search and choose by. `of_one`: all of one outlet, which need not be named.
    """
    columns = [
        Column("rule_title", _("Alarm"), url=alarm_url, wide=True, value=_named if short and not of_one else None),
        Column("severity", _("Severity"), kind="state", states="severity", value=lambda alarm: Severity(int(alarm.severity)).key),
        Column("state", _("State"), kind="state", states="alarm"),
        *(() if of_one or short else (Column("device_title", _("Outlet")),)),
        *(() if short else (Column("reason", _("Reason"), value=word_alarm, wide=True),)),
        Column("raised_at", _("Since"), kind="time"),
        *(() if short else (Column("cleared_at", _("Back to normal"), kind="time"),)),
    ]
    empty = Empty(
        _("No alarms"), _("Alarms appear here when a limit is broken or data are missing, frozen or flagged."), icon="bell"
    )
    return Table(
        request,
        columns,
        alarms,
        filters=() if short else [Filter("state", _("State"), states="alarm")],
        name=name,
        caption=_("Alarms"),
        order="-raised_at",
        search=not short,
        csv_name="alarms",
        empty=empty,
    )
