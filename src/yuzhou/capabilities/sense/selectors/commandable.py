"""What may be commanded: devices chosen by what they are and where, and what their profile declares."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from yuzhou.capabilities.sense.contracts import CommandType, Device, DeviceState
from yuzhou.capabilities.sense.contracts.profile_notation import read_content
from yuzhou.capabilities.sense.models import DeviceRecord, ProfileRecord
from yuzhou.capabilities.sense.selectors.devices import device_of, visible_devices
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.scoping import scoped, within_place

REQUEST = "sense.command:request"


def _commandable(actor: Actor) -> QuerySet[DeviceRecord]:
    devices = visible_devices(actor).filter(enabled=True)
    return scoped(devices, actor.scope(REQUEST), place="place_path", organisation="operator_id")


def count_commandable(*, actor: Actor) -> list[tuple[str, str, int]]:
    """Protocols and profiles of the devices that the actor may command, each with how many."""
    rows = _commandable(actor).values("protocol", "profile").annotate(number=Count("id")).order_by("protocol", "profile")
    return [(row["protocol"], row["profile"], row["number"]) for row in rows]


def choose_commandable(
    *,
    actor: Actor,
    protocol: str,
    profile: str,
    place_path: str | None = None,
    state: DeviceState | None = None,
    text: str = "",
    limit: int = 1001,
) -> list[UUID]:
    """The devices of a protocol and profile that the actor may command and that fit the filter."""
    devices = _commandable(actor).filter(protocol=protocol, profile=profile)
    if place_path:
        devices = devices.filter(within_place("place_path", place_path))
    if state is not None:
        devices = devices.filter(status__state=state)
    if text:
        devices = devices.filter(Q(identity__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text))
    return list(devices.order_by("id").values_list("id", flat=True)[:limit])


def command_types_of_profile(key: str) -> tuple[CommandType, ...]:
    """The commands that a profile declares; none where it is not known."""
    content = ProfileRecord.objects.filter(key=key).values_list("content", flat=True).first()
    return read_content(content)[1] if content else ()


def name_devices(*, actor: Actor, device_ids: Iterable[UUID]) -> list[Device]:
    """Those of the devices that the actor may see."""
    return [device_of(record) for record in visible_devices(actor).filter(id__in=list(device_ids))]
