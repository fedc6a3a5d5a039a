"""The newest values beside the devices of a list: a column for each property of one profile, else the first few in words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, LatestValue, Profile, PropertySpec, Statistic
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.web.rows import DeviceRow
from yuzhou.ui.display import show_number
from yuzhou.ui.tables import Column

MOST_COLUMNS = 6
MOST_IN_WORDS = 3


@dataclass(frozen=True, slots=True)
class ValuedRow:
    """A device in a list with its newest values by property."""

    device: Device
    place: str
    values: dict[str, LatestValue] = field(default_factory=dict)
    titles: dict[str, Any] = field(default_factory=dict)
    profile: Profile | None = None

    def worded(self, name: str) -> str:
        """A value as people read it: with the name of a state, or the unit."""
        value = self.values.get(name)
        spec = self.profile.find(name) if self.profile else None
        return show_value(value, spec) if value else ""

    @property
    def summary(self) -> str:
        """The first few values."""
        return " · ".join(f"{self.titles.get(name, name)} {self.worded(name)}" for name in list(self.values)[:MOST_IN_WORDS])


def show_value(value: LatestValue, spec: PropertySpec | None) -> str:
    """A value with its unit, or the name that the profile gives to it."""
    if spec is not None and value.value in spec.names:
        return str(spec.names[int(value.value)])
    return f"{show_number(value.value)} {unit_symbol(value.unit)}".rstrip()


def with_values(request: HttpRequest, rows: Iterable[DeviceRow]) -> list[ValuedRow]:
    """The rows with their newest values; few statements, however many rows."""
    rows = list(rows)
    ids = [row.device.id for row in rows]
    newest: dict[UUID, dict[str, LatestValue]] = {one: {} for one in ids}
    for value in api.latest_values(actor=request.actor, device_ids=ids):
        if value.statistic is Statistic.RTD:
            newest[value.device_id][value.property] = value
    profiles = api.find_profiles(keys={row.device.profile for row in rows})
    titles = {(one.device_id, one.property): one.title for one in api.list_series(actor=request.actor, device_ids=ids)}
    return [
        ValuedRow(
            row.device,
            row.place,
            newest[row.device.id],
            {name: titles.get((row.device.id, name), name) for name in newest[row.device.id]},
            profiles.get(row.device.profile),
        )
        for row in rows
    ]


def value_columns(profile: str) -> list[Column]:
    """Columns of newest values."""
    found = api.find_profiles(keys=[profile]).get(profile) if profile else None
    if found is None or not found.properties:
        return [Column("summary", _("Newest values"), sortable=False, wide=True)]
    return [Column(spec.name, spec.title, sortable=False, value=_worded(spec.name)) for spec in found.properties[:MOST_COLUMNS]]


def _worded(name: str) -> Callable[[ValuedRow], str]:
    return lambda row: row.worded(name)
