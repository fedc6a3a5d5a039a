"""The list of devices as a table: its columns, filters, and boxes to tick."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DeviceAct, DeviceFilter, DeviceState
from yuzhou.capabilities.sense.contracts.protocols import PROTOCOLS, protocol_of
from yuzhou.capabilities.sense.web.newest import value_columns, with_values
from yuzhou.capabilities.sense.web.rows import device_rows, district_filter, ordered
from yuzhou.ui.parts import Action, Empty
from yuzhou.ui.states import state_of
from yuzhou.ui.tables import Column, Filter, Picks, Slice, Table, TableQuery

CHOICES = ("q", "state", "profile", "protocol", "district")  # what narrows the list, as its address says it
ACTS = {
    DeviceAct.PROFILE: gettext_lazy("Give them another profile"),
    DeviceAct.SUSPEND: gettext_lazy("Take them out of use"),
    DeviceAct.RESUME: gettext_lazy("Take them into use again"),
}
ORDERS = {
    "title": "title_zh",
    "identity": "identity",
    "place": "place_path",
    "state": "status__state",
    "last_seen": "status__last_seen",
}


def device_table(request: HttpRequest) -> Table:
    """The devices that the actor may see."""

    def source(query: TableQuery) -> Slice:
        wanted = device_filter(query.choices, query.text)
        order = ordered(query.sort, query.descending, ORDERS, "title_zh")
        if query.whole:
            found = api.walk_devices(actor=request.actor, wanted=wanted, order=order, after=query.after)
        else:
            shown: dict[str, Any] = {"order": order, "offset": query.offset, "limit": query.limit or 100}
            found = api.list_devices(actor=request.actor, **asdict(wanted), **shown)
        return Slice(with_values(request, device_rows(found)), found.total, found.after)

    columns = device_columns(request)
    profiles = [(one.key, one.title) for one in api.list_profiles(order="title_zh", limit=200)]
    protocols = [(one.key, one.title) for one in PROTOCOLS.values()]
    states = [(state, state_of("device", state).label) for state in DeviceState]
    return Table(
        request,
        columns,
        source=source,
        filters=[
            Filter("state", _("State"), choices=states),
            Filter("profile", _("Device profile"), choices=profiles),
            Filter("protocol", _("Protocol"), choices=protocols),
            *district_filter(request, "sense.device:read"),
        ],
        caption=_("Devices"),
        order="title",
        csv_name="devices",
        empty=Empty(
            _("No devices"),
            _("Devices are entered one by one, by a list, or ask for themselves under a key."),
            Action(_("Enter a device"), reverse("sense:device-new"), primary=True) if may_register(request) else None,
            icon="antenna",
        ),
        picks=_picks(request, profiles) if may_register(request) else None,
    )


def device_columns(request: HttpRequest) -> list[Column]:
    """What is told of each device."""
    return [
        Column("title", _("Device"), kind="link", value=lambda row: row.device.title, url=lambda row: device_url(row.device.id)),
        Column("identity", _("Identity"), value=lambda row: row.device.identity),
        Column("protocol", _("Protocol"), value=lambda row: protocol_of(row.device.protocol).title, sortable=False),
        Column("state", _("State"), kind="state", states="device", value=lambda row: row.device.state),
        Column("place", _("Place"), kind="place"),
        Column("last_seen", _("Last heard"), kind="time", value=lambda row: row.device.last_seen, seconds=True),
        *value_columns(request.GET.get("profile", "")),
        Column("simulated", _("Simulated"), kind="state", value=lambda row: row.device.simulated, sortable=False),
    ]


def _picks(request: HttpRequest, profiles: list[tuple[str, Any]]) -> Picks:
    """The boxes to tick, and the form that says what is to be done with what is ticked, or with all that the filter finds."""
    carried = [(name, value) for name in CHOICES if (value := request.GET.get(name, "").strip())]
    return Picks(
        "device",
        "chosen",
        lambda row: row.device.id,
        lambda row: row.device.title,
        "sense/devices_pick.html",
        {"acts": ACTS.items(), "profiles": profiles, "carried": carried},
    )


def device_filter(choices: Mapping[str, str], text: str) -> DeviceFilter:
    """What the filters of the list ask for."""
    state = choices.get("state", "")
    return DeviceFilter(
        place_path=choices.get("district") or None,
        protocol=choices.get("protocol") or None,
        profile=choices.get("profile") or None,
        state=DeviceState(state) if state in list(DeviceState) else None,
        text=text,
    )


def may_register(request: HttpRequest) -> bool:
    """Whether the actor may enter devices anywhere."""
    return bool(request.actor.can("sense.device:register"))


def device_url(device_id: UUID) -> str:
    """Where a device is shown."""
    return reverse("sense:device", args=[device_id])
