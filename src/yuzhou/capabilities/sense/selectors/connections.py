"""How connections stand, within the actor's reach."""

from uuid import UUID

from yuzhou.capabilities.sense.contracts import ConnectionNote, ConnectionState, Errand, ErrandKind, ErrandState, ErrandStep
from yuzhou.capabilities.sense.models import ConnectionRecord, ErrandRecord
from yuzhou.capabilities.sense.selectors.devices import get_device
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound


def get_connection_note(*, actor: Actor, device_id: UUID) -> ConnectionNote | None:
    """What the connector said last of a device; None where it never did."""
    device = get_device(actor=actor, device_id=device_id)
    record = ConnectionRecord.objects.filter(device_id=device.id).first()
    if record is None:
        return None
    return ConnectionNote(record.device_id, ConnectionState(record.state), record.at, record.code, record.params, record.details)


def errand_of(record: ErrandRecord) -> Errand:
    """As pages and connectors see it."""
    return Errand(
        id=record.id,
        device_id=record.device_id,
        kind=ErrandKind(record.kind),
        params=record.params,
        state=ErrandState(record.state),
        requested_at=record.requested_at,
        steps=tuple(ErrandStep(step["code"], step["params"], step["good"]) for step in record.steps),
        result=record.result,
    )


def get_errand(*, actor: Actor, errand_id: UUID) -> Errand:
    """An errand at a device that the actor may register; raises NotFound `sense.errand-unknown`."""
    record = ErrandRecord.objects.select_related("device").filter(id=errand_id).first()
    if record is None or not actor.can("sense.device:register", place_path=record.device.place_path):
        raise NotFound("sense.errand-unknown")
    return errand_of(record)
