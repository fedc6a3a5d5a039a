"""Commands within the actor's reach."""

from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command, CommandState, Page
from yuzhou.capabilities.sense.models import CommandRecord
from yuzhou.capabilities.sense.selectors.devices import get_device
from yuzhou.kernel.actor import Actor


def command_of(record: CommandRecord) -> Command:
    """As people and doors see it; the device must be loaded with it."""
    return Command(
        id=record.id,
        device_id=record.device_id,
        protocol=record.device.protocol,
        identity=record.device.identity,
        name=record.name,
        params=record.params,
        state=CommandState(record.state),
        requested_at=record.requested_at,
        requested_by=record.requested_by,
        expires_at=record.expires_at,
        attempts=record.attempts,
        reference=record.reference,
        sent_at=record.sent_at,
        finished_at=record.finished_at,
        answer_code=record.answer_code,
        answer=record.answer,
    )


def list_commands(*, actor: Actor, device_id: UUID, offset: int = 0, limit: int = 50) -> Page[Command]:
    """The commands of a device, newest first."""
    device = get_device(actor=actor, device_id=device_id)
    records = CommandRecord.objects.select_related("device").filter(device_id=device.id)
    rows = records.order_by("-requested_at", "-id")[offset : offset + limit]
    return Page([command_of(record) for record in rows], records.count())
