"""Rows of tables: contracts with what the page adds, such as the names of places."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Alarm, Device, Page
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.kernel.places.api import district_of, list_districts, list_places
from yuzhou.ui.tables import Filter, Slice


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device in a list."""

    device: Device
    place: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm in a list."""

    alarm: Alarm
    place: str

    @property
    def reason(self) -> str:
        """Why it rose."""
        return word_alarm(self.alarm)

    @property
    def severity(self) -> str:
        """The key under which severities are shown."""
        return self.alarm.severity.key


def walked(page: Page[Any]) -> Slice:
    """A portion of all rows, for a table that is written to a file."""
    return Slice(list(page), page.total, page.after)


def place_names(paths: Iterable[str]) -> dict[str, str]:
    """The names of places with their districts."""
    paths = set(paths)
    wanted = paths | {district for path in paths if (district := district_of(path))}
    found = list_places(sorted(wanted))
    names = {}
    for path in paths:
        district = district_of(path)
        parts = [str(found[p]) for p in dict.fromkeys(p for p in (district, path) if p) if p in found]
        names[path] = " ".join(parts) or path
    return names


def device_rows(devices: Iterable[Device]) -> list[DeviceRow]:
    """With the names of their places."""
    devices = list(devices)
    names = place_names(device.place_path for device in devices)
    return [DeviceRow(device, names[device.place_path]) for device in devices]


def alarm_rows(alarms: Iterable[Alarm]) -> list[AlarmRow]:
    """With the names of their places."""
    alarms = list(alarms)
    names = place_names(alarm.place_path for alarm in alarms)
    return [AlarmRow(alarm, names[alarm.place_path]) for alarm in alarms]


def ordered(key: str | None, descending: bool, columns: dict[str, str], default: str) -> str:
    """The order that a selector understands, from the column that a table sorts by."""
    name = columns.get(key or "")
    return default if name is None else f"-{name}" if descending else name


def district_filter(request: HttpRequest, permission: str) -> list[Filter]:
    """A filter by the districts within reach; none where that is one or less."""
    scope = request.actor.scope(permission)
    choices = [(place.path, str(place)) for place in list_districts() if scope.covers(place_path=place.path)]
    return [Filter("district", _("District"), choices=choices)] if len(choices) > 1 else []
