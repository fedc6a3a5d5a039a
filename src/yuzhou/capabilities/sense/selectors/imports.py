"""Lists of devices that were brought in; each sees their own."""

import json
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts.onboarding import DeviceImport, ImportStatus, RowFault
from yuzhou.capabilities.sense.models import DeviceImportRecord
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.keys.api import decrypt

IMPORT_SECRET = "sense.device-import"  # noqa: S105 - the name of a purpose, not a secret


def get_record(actor: Actor, import_id: UUID) -> DeviceImportRecord:
    """The row, for whoever brought the list. Raises NotFound `sense.list-unknown`."""
    records = DeviceImportRecord.objects.filter(id=import_id)
    if actor.kind is not ActorKind.SYSTEM:
        records = records.filter(made_by_id=actor.id)
    record = records.first()
    if record is None:
        raise NotFound("sense.list-unknown")
    return record


def open_json(identifier: UUID, sealed: bytes | memoryview) -> Any:
    """What was sealed with an import."""
    return json.loads(decrypt(IMPORT_SECRET, bytes(sealed), bound_to=str(identifier)))


def import_of(record: DeviceImportRecord) -> DeviceImport:
    """As people see it."""
    return DeviceImport(
        id=record.id,
        name=record.name,
        status=ImportStatus(record.status),
        rows=record.rows,
        done=record.done,
        faults=tuple(RowFault(**fault) for fault in record.faults),
        fault_count=record.fault_count,
        made_at=record.made_at,
        made_by=record.made_by,
        made_by_id=record.made_by_id,
        has_credentials=bool(record.credentials),
        problem=record.problem,
    )


def get_import(*, actor: Actor, import_id: UUID) -> DeviceImport:
    """A list that the actor brought."""
    return import_of(get_record(actor, import_id))


def read_credentials(*, actor: Actor, import_id: UUID) -> list[list[str]]:
    """Identity, name, profile and secret of each device of a list that was entered; nothing once they were dropped."""
    record = get_record(actor, import_id)
    return list(open_json(record.id, record.credentials)) if record.credentials else []
