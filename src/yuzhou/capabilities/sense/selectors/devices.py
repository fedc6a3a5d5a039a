"""Devices, series and newest values within the actor's reach."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Q, QuerySet, When

from yuzhou.capabilities.sense.contracts import (
    Device,
    DeviceFilter,
    DeviceState,
    Page,
    Series,
    Statistic,
)
from yuzhou.capabilities.sense.models import DeviceRecord, DeviceStatus, SeriesRecord
from yuzhou.capabilities.sense.rules.secret_fields import MASK, with_secrets
from yuzhou.capabilities.sense.selectors.paging import slice_of, walk
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.text import Text

READ = "sense.device:read"
SEALED = "sealed"  # names the secrets of a connection, which stand encrypted beside it
ORDERS = ("identity", "title_zh", "place_path", "status__last_seen", "status__state", "registered_at")


def visible_devices(actor: Actor, permission: str = READ) -> QuerySet[DeviceRecord]:
    """Devices within the actor's reach."""
    devices = DeviceRecord.objects.select_related("status")
    return scoped(devices, actor.scope(permission), place="place_path", organisation="operator_id")


def device_of(record: DeviceRecord) -> Device:
    """As people see it."""
    status = _status(record)
    return Device(
        id=record.id,
        protocol=record.protocol,
        identity=record.identity,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        profile=record.profile,
        place_path=record.place_path,
        state=DeviceState(status.state) if record.enabled else DeviceState.DISABLED,
        site_id=record.site_id,
        operator_id=record.operator_id,
        last_seen=status.last_seen,
        silent_after_seconds=record.silent_after_seconds,
        frames_per_minute=record.frames_per_minute,
        simulated=record.simulated,
        enabled=record.enabled,
        notes=record.notes,
        connection=connection_of(record),
    )


def connection_of(record: DeviceRecord) -> dict[str, Any]:
    """How the device is reached; in place of each secret a mask."""
    hidden = record.connection.get(SEALED, ())
    plain = {name: value for name, value in record.connection.items() if name != SEALED}
    return with_secrets(plain, dict.fromkeys(hidden, MASK))


def _status(record: DeviceRecord) -> DeviceStatus:
    try:
        return record.status
    except DeviceStatus.DoesNotExist:
        return DeviceStatus(device=record, state=DeviceState.OFFLINE)


def list_devices(
    *,
    actor: Actor,
    place_path: str | None = None,
    site_ids: Iterable[UUID] | None = None,
    operator_id: UUID | None = None,
    protocol: str | None = None,
    profile: str | None = None,
    state: DeviceState | None = None,
    text: str = "",
    order: str = "identity",
    offset: int = 0,
    limit: int = 100,
) -> Page[Device]:
    """Devices within the actor's `sense.device:read`."""
    wanted = DeviceFilter(place_path=place_path, protocol=protocol, profile=profile, state=state, text=text)
    devices = matching(actor, wanted)
    if site_ids is not None:
        devices = devices.filter(site_id__in=list(site_ids))
    if operator_id is not None:
        devices = devices.filter(operator_id=operator_id)
    total = devices.order_by().count()
    found = slice_of(devices, _column(order), offset=offset, limit=limit, total=total) if offset < total else []
    return Page([device_of(record) for record in found], total)


def matching(actor: Actor, wanted: DeviceFilter) -> QuerySet[DeviceRecord]:
    """Those of the devices within reach that are meant."""
    devices = visible_devices(actor)
    if wanted.place_path is not None:
        devices = devices.filter(within_place("place_path", wanted.place_path))
    if wanted.protocol:
        devices = devices.filter(protocol=wanted.protocol)
    if wanted.profile:
        devices = devices.filter(profile=wanted.profile)
    if wanted.state is DeviceState.DISABLED:
        devices = devices.filter(enabled=False)
    elif wanted.state is not None:
        devices = devices.filter(enabled=True, status__state=wanted.state)
    if wanted.text:
        names = ("identity", "title_zh", "title_en", "notes")
        mentions = (Q(**{f"{name}__icontains": wanted.text}) for name in names)
        devices = devices.filter(reduce(or_, mentions))
    return devices


def _column(order: str) -> str:
    return order if order.lstrip("-") in ORDERS else "identity"


def walk_devices(
    *, actor: Actor, wanted: DeviceFilter, order: str = "identity", after: Any = None, limit: int = 1000
) -> Page[Device]:
    """The devices that are meant, however many, a portion at a time: `after` is what the last one gave."""
    records, behind = walk(matching(actor, wanted), _column(order), after, limit)
    return Page([device_of(record) for record in records], after=behind)


def search_devices(*, actor: Actor, text: str, limit: int = 10) -> list[Device]:
    """Devices within reach that a text finds, the one of exactly that identity first; not counted."""
    devices = visible_devices(actor).filter(
        Q(identity__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text)
    )
    is_it = Case(When(identity__iexact=text, then=0), When(identity__istartswith=text, then=1), default=2)
    return [device_of(record) for record in devices.order_by(is_it, "identity", "id")[:limit]]


def count_devices(*, actor: Actor) -> dict[tuple[str, DeviceState], int]:
    """How many devices within the actor's `sense.device:read` there are of each protocol and state."""
    rows = visible_devices(actor).values_list("protocol", "enabled", "status__state").annotate(number=Count("id")).order_by()
    found: dict[tuple[str, DeviceState], int] = {}
    for protocol, enabled, state, number in rows:
        key = protocol, DeviceState(state or DeviceState.OFFLINE) if enabled else DeviceState.DISABLED
        found[key] = found.get(key, 0) + number
    return found


def get_device(*, actor: Actor, device_id: UUID) -> Device:
    """One device; raises NotFound `sense.device-unknown` where the actor may not see it."""
    record = visible_devices(actor).filter(id=device_id).first()
    if record is None:
        raise NotFound("sense.device-unknown")
    return device_of(record)


def devices_within(*, actor: Actor, permission: str, device_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the devices for which the actor holds a permission."""
    return frozenset(visible_devices(actor, permission).filter(id__in=list(device_ids)).values_list("id", flat=True))


def series_of(record: SeriesRecord) -> Series:
    """As people see it."""
    return Series(
        id=record.id,
        device_id=record.device_id,
        property=record.property,
        statistic=Statistic(record.statistic),
        unit=record.unit,
        title=Text(record.title_zh or record.property, record.title_en or record.title_zh or record.property),
    )


def list_series(*, actor: Actor, device_ids: Iterable[UUID]) -> list[Series]:
    """The series of devices, in order of device, property, statistic."""
    visible = visible_devices(actor).filter(id__in=list(device_ids)).values("id")
    rows = SeriesRecord.objects.filter(device_id__in=visible).order_by("device_id", "property", "statistic")
    return [series_of(record) for record in rows]


def find_series(*, actor: Actor, series_ids: Iterable[int]) -> list[Series]:
    """Those of the series that the actor may see."""
    visible = visible_devices(actor).values("id")
    rows = SeriesRecord.objects.filter(id__in=list(series_ids), device_id__in=visible).order_by("id")
    return [series_of(record) for record in rows]
