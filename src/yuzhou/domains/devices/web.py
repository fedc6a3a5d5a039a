"""The start page of plain devices: what there is by protocol and state, what fell silent, the newest alarms, what to do next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Alarm, AlarmState, Device, DeviceState
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Crumb, Empty, Tile, Tiles
from yuzhou.ui.states import state_of
from yuzhou.ui.tables import Column, Table

READ = "devices.overview:read"
SHOWN = 8
UNHEARD = (DeviceState.SILENT, DeviceState.OFFLINE)


@dataclass(slots=True)
class ProtocolRow:
    """The devices of a protocol, counted by state."""

    protocol: str
    states: dict[DeviceState, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())


@require_safe
def show_overview(request: HttpRequest) -> HttpResponse:
    """How the devices within reach stand."""
    request.actor.require(READ)
    rows: dict[str, ProtocolRow] = {}
    for (protocol, state), number in sense.count_devices(actor=request.actor).items():
        rows.setdefault(protocol, ProtocolRow(protocol)).states[state] = number
    unheard = [one for state in UNHEARD for one in sense.list_devices(actor=request.actor, state=state, limit=SHOWN)][:SHOWN]
    alarms = sense.list_alarms(actor=request.actor, states=[AlarmState.RAISED, AlarmState.ACKNOWLEDGED], limit=SHOWN)
    context = {
        "tiles": _tiles(list(rows.values())),
        "protocols": _protocol_table(request, list(rows.values())),
        "unheard": _unheard_table(request, unheard),
        "alarms": _alarm_table(request, list(alarms)),
        "empty": None if rows else _next_step(request),
        "may_register": request.actor.can("sense.device:register"),
    }
    crumbs = [Crumb(_("Overview of devices"))]
    return render_page(request, "devices/overview.html", context, title=_("Overview of devices"), crumbs=crumbs)


def _devices_url(**asked: str) -> str:
    return f"{reverse('sense:devices')}?{urlencode(asked)}" if asked else reverse("sense:devices")


def _tiles(rows: Sequence[ProtocolRow]) -> Tiles:
    tiles = [Tile(_("Devices"), sum(row.total for row in rows), icon="antenna", url=_devices_url())]
    for state in DeviceState:
        number, shown = sum(row.states.get(state, 0) for row in rows), state_of("device", state)
        tone = shown.tone if number else ""
        tiles.append(Tile(str(shown.label), number, icon=shown.icon, tone=tone, url=_devices_url(state=state)))
    return Tiles(tiles)


def _counted(state: DeviceState) -> Callable[[ProtocolRow], int]:
    return lambda row: row.states.get(state, 0)


def _protocol_table(request: HttpRequest, rows: Sequence[ProtocolRow]) -> Table:
    states = [Column(str(state), state_of("device", state).label, kind="number", value=_counted(state)) for state in DeviceState]
    columns = [
        Column(
            "protocol",
            _("Protocol"),
            kind="link",
            value=lambda row: str(protocol_of(row.protocol).title),
            url=lambda row: _devices_url(protocol=row.protocol),
        ),
        Column("total", _("Devices"), kind="number"),
        *states,
    ]
    caption = _("Devices by protocol and state")
    return Table(
        request, columns, rows, name="protocols", caption=caption, order="protocol", search=False, csv_name="device-protocols"
    )


def _unheard_table(request: HttpRequest, devices: Sequence[Device]) -> Table:
    columns = [
        Column("title", _("Device"), kind="link", url=lambda row: reverse("sense:device", args=[row.id])),
        Column("state", _("State"), kind="state", states="device"),
        Column("last_seen", _("Last heard"), kind="time"),
    ]
    empty = Empty(_("Every device reports"), _("Devices that fall silent appear here."), icon="circle-check")
    return Table(
        request,
        columns,
        devices,
        name="unheard",
        caption=_("Silent and offline devices"),
        order="-last_seen",
        search=False,
        empty=empty,
    )


def _alarm_table(request: HttpRequest, alarms: Sequence[Alarm]) -> Table:
    columns = [
        Column("severity", _("Severity"), kind="state", states="severity", value=lambda row: row.severity.key),
        Column(
            "cause",
            _("Alarm"),
            kind="link",
            heading=True,
            value=lambda row: f"{row.device_title}: {word_alarm(row) or row.rule_title}",
            url=lambda row: reverse("sense:alarm", args=[row.id]),
        ),
        Column("raised_at", _("Raised at"), kind="time"),
    ]
    empty = Empty(_("No standing alarms"), _("When a rule is broken, the alarm appears here."), icon="circle-check")
    return Table(
        request, columns, alarms, name="alarms", caption=_("Newest alarms"), order="-raised_at", search=False, empty=empty
    )


def _next_step(request: HttpRequest) -> Empty:
    """What comes first: a kind of device, then a device."""
    text = _("A profile says what a kind of device measures. Devices are then entered by it, report, and are shown here.")
    action = None
    if request.actor.can("sense.device:register"):
        action = Action(_("Enter a device"), reverse("sense:device-new"), "plus", primary=True)
        if not sense.list_profiles(limit=1).total and request.actor.can("sense.profile:define", place_path=CITY_PATH):
            action = Action(_("New profile"), reverse("sense:profile-new"), "plus", primary=True)
    return Empty(_("No devices yet"), text, action, "antenna")
