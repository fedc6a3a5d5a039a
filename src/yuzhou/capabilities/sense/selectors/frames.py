"""Raw frames and refusals within the actor's reach."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from yuzhou.capabilities.sense.contracts import Direction, Page, QuarantineEntry, RawFrameEntry
from yuzhou.capabilities.sense.models import Quarantine
from yuzhou.capabilities.sense.selectors.devices import READ, get_device, visible_devices
from yuzhou.capabilities.sense.selectors.paging import walk
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
    return Page(_frames(device.id, None, limit, offset), total)


def walk_raw_frames(*, actor: Actor, device_id: UUID, after: Any = None, limit: int = 1000) -> Page[RawFrameEntry]:
    """All frames of a device, newest first, a portion at a time: `after` is what the last one gave."""
    device = get_device(actor=actor, device_id=device_id)
    rows = _frames(device.id, after, limit)
    return Page(rows, after=(rows[-1].received_at, rows[-1].id) if len(rows) == limit else None)


_FRAMES = """
SELECT id, received_at, direction, kind, content, quirks FROM sense_raw_frame WHERE device_id = %s {behind}
ORDER BY received_at DESC, id DESC LIMIT %s OFFSET %s
"""


def _frames(device_id: UUID, after: Any, limit: int, offset: int = 0) -> list[RawFrameEntry]:
    behind = "AND (received_at, id) < (%s, %s)" if after else ""
    with connection.cursor() as cursor:
        cursor.execute(_FRAMES.format(behind=behind), [device_id, *(after or ()), limit, offset])
        return [
            RawFrameEntry(
                id=number,
                device_id=device_id,
                received_at=received_at.astimezone(UTC),
                direction=Direction.DOWN if direction else Direction.UP,
                kind=kind,
                content=shown(bytes(content)),
                quirks=tuple(quirks.split()),
            )
            for number, received_at, direction, kind, content, quirks in cursor.fetchall()
        ]


def list_quarantine(
    *, actor: Actor, device_id: UUID | None = None, code: str = "", text: str = "", offset: int = 0, limit: int = 100
) -> Page[QuarantineEntry]:
    """Refused frames, newest first. Those of no known device are seen by who may read devices everywhere in the city."""
    rows = _refused(actor, device_id, code, text)
    entries = [_entry(record) for record in rows.order_by("-received_at", "-id")[offset : offset + limit]]
    return Page(entries, rows.count())


def walk_quarantine(
    *, actor: Actor, device_id: UUID | None = None, code: str = "", text: str = "", after: Any = None, limit: int = 1000
) -> Page[QuarantineEntry]:
    """All refused frames, newest first, a portion at a time: `after` is what the last one gave."""
    records, behind = walk(_refused(actor, device_id, code, text), "-received_at", after, limit)
    return Page([_entry(record) for record in records], after=behind)


def _refused(actor: Actor, device_id: UUID | None, code: str, text: str) -> QuerySet[Quarantine]:
    rows = Quarantine.objects.filter(_reach(actor))
    if device_id is not None:
        rows = rows.filter(device_id=device_id)
    if code:
        rows = rows.filter(code=code)
    if text:
        rows = rows.filter(Q(identity__icontains=text) | Q(peer__icontains=text))
    return rows


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
