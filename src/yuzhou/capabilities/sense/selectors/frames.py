"""Raw frames and refusals within the actor's reach."""

from datetime import UTC
from uuid import UUID

from django.db import connection
from django.db.models import Q

from yuzhou.capabilities.sense.contracts import Direction, Page, QuarantineEntry, RawFrameEntry
from yuzhou.capabilities.sense.models import Quarantine
from yuzhou.capabilities.sense.selectors.devices import READ, get_device, visible_devices
from yuzhou.kernel.actor import CITY_PATH, Actor


def shown(content: bytes) -> str:
    """Bytes as text; what is no text is written as escapes."""
    return content.decode("utf-8", "backslashreplace")


def list_raw_frames(*, actor: Actor, device_id: UUID, offset: int = 0, limit: int = 100) -> Page[RawFrameEntry]:
    """The frames of a device, newest first."""
    device = get_device(actor=actor, device_id=device_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sense_raw_frame WHERE device_id = %s", [device.id])
        (total,) = cursor.fetchone()
        cursor.execute(
            "SELECT id, received_at, direction, kind, content, quirks FROM sense_raw_frame WHERE device_id = %s"
            " ORDER BY received_at DESC, id DESC LIMIT %s OFFSET %s",
            [device.id, limit, offset],
        )
        rows = [
            RawFrameEntry(
                id=number,
                device_id=device.id,
                received_at=received_at.astimezone(UTC),
                direction=Direction.DOWN if direction else Direction.UP,
                kind=kind,
                content=shown(bytes(content)),
                quirks=tuple(quirks.split()),
            )
            for number, received_at, direction, kind, content, quirks in cursor.fetchall()
        ]
    return Page(rows, total)


def list_quarantine(
    *, actor: Actor, device_id: UUID | None = None, code: str = "", text: str = "", offset: int = 0, limit: int = 100
) -> Page[QuarantineEntry]:
    """Refused frames, newest first. Those of no known device are seen by who may read devices everywhere in the city."""
    rows = Quarantine.objects.filter(_reach(actor))
    if device_id is not None:
        rows = rows.filter(device_id=device_id)
    if code:
        rows = rows.filter(code=code)
    if text:
        rows = rows.filter(Q(identity__icontains=text) | Q(peer__icontains=text))
    entries = [_entry(record) for record in rows.order_by("-received_at", "-id")[offset : offset + limit]]
    return Page(entries, rows.count())


def _reach(actor: Actor) -> Q:
    scope = actor.scope(READ)
    if scope.covers(place_path=CITY_PATH):
        return Q()
    return Q(device_id__in=visible_devices(actor).values("id"))


def _entry(record: Quarantine) -> QuarantineEntry:
    return QuarantineEntry(
        id=record.id,
        protocol=record.protocol,
        code=record.code,
        params=record.params,
        received_at=record.received_at,
        peer=record.peer,
        identity=record.identity,
        device_id=record.device_id,
        content=shown(bytes(record.content)),
        size=record.size,
    )
