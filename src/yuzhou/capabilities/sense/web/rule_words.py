"""What pages of rules need to name things: properties with units, devices, severities."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Definition, Device, Rule, Severity, Statistic
from yuzhou.capabilities.sense.contracts.sentences import Names, word_definition
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.rules.definition import others
from yuzhou.capabilities.sense.web.states import word_statistic
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound
from yuzhou.ui.states import state_of


@dataclass(frozen=True, slots=True)
class Aim:
    """What a rule aims at: a device or a profile, with what may be watched there."""

    device: Device | None
    profile: str
    names: Names

    @property
    def title(self) -> str:
        """Its name on pages."""
        return (
            str(self.device.title)
            if self.device
            else _("all devices of kind {profile}").format(profile=profile_title(self.profile))
        )

    @property
    def place(self) -> str:
        """Where it may be defined."""
        return self.device.place_path if self.device else "50"

    @property
    def feeds(self) -> dict[str, tuple[str, str]]:
        """The properties to choose from: title with unit, and the unit."""
        units = {key: unit_symbol(unit) for key, unit in self.names.units.items()}
        return {
            "|".join(key): (f"{title} ({units[key]})" if units.get(key) else title, units.get(key, ""))
            for key, title in self.names.properties.items()
        }


PARTS = ("reference-data", "set-up", "environment")


def word_author(name: str) -> str:
    """Who changed something: a person's name, or the platform where one of its parts did."""
    is_part = name in PARTS or name.startswith("sense.") or name.endswith(".demo")
    return _("the platform") if is_part else name


def profile_title(key: str) -> str:
    """A profile's name; its key where it has none."""
    try:
        return str(api.get_profile(key=key).title)
    except NotFound:
        return key


def aim_of(request: HttpRequest, device_id: UUID | None, profile: str) -> Aim:
    """What a rule may watch at a device, or at the devices of a profile that the actor may see."""
    if device_id is not None:
        device = api.get_device(actor=request.actor, device_id=device_id)
        return Aim(device, "", names_of(request, [device.id]))
    some = api.list_devices(actor=request.actor, profile=profile, limit=20)
    return Aim(None, profile, names_of(request, [device.id for device in some], profile))


def names_of(request: HttpRequest, device_ids: Iterable[UUID], profile: str = "") -> Names:
    """The properties of these devices (and of a profile) with their units."""
    properties: dict[tuple[str, str], str] = {}
    units: dict[tuple[str, str], str] = {}
    if profile:
        try:
            for spec in api.get_profile(key=profile).properties:
                key = (spec.name, Statistic.RTD.value)
                properties[key], units[key] = str(spec.title), spec.unit
        except NotFound:
            pass
    for series in api.list_series(actor=request.actor, device_ids=device_ids):
        key = (series.property, series.statistic.value)
        plain = series.statistic is Statistic.RTD
        title = str(series.title) if plain else f"{series.title}, {word_statistic(series.statistic)}"
        properties.setdefault(key, title)
        units.setdefault(key, series.unit)
    severities = {severity: str(state_of("severity", severity.key).label) for severity in Severity}
    return Names(properties, units, {}, severities, now())


def sentences(request: HttpRequest, definition: Definition, names: Names) -> list[str]:
    """A definition in words."""
    wanted = {one.device for one in others(definition) if one.device} | {one.device for one in definition.then if one.device}
    devices = {}
    for device_id in wanted:
        try:
            devices[device_id] = str(api.get_device(actor=request.actor, device_id=device_id).title)
        except NotFound:
            devices[device_id] = _("a device that you may not see")
    return word_definition(definition, replace(names, devices=devices))


def identities(request: HttpRequest, definition: Definition) -> Mapping[UUID, str]:
    """The identities of the other devices of a definition that the actor may see."""
    found = {}
    for device_id in {one.device for one in others(definition) if one.device}:
        try:
            found[device_id] = api.get_device(actor=request.actor, device_id=device_id).identity
        except NotFound:
            continue
    return found


def may_define(request: HttpRequest, rule: Rule, aim: Aim) -> bool:
    """Whether the actor may change a rule."""
    return request.actor.can("sense.rule:define", place_path=aim.place)
