"""Persons lock a device out (锁定), and let it go again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yuzhou.capabilities.sense.contracts import CommandGroup, CommandLock, CommandState, LockKind
from yuzhou.capabilities.sense.models import CommandLockRecord, DeviceRecord
from yuzhou.capabilities.sense.selectors.commands import lock_of
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.services.commands import end_commands, locked
from yuzhou.capabilities.sense.services.interlocks import Reason, reasons_of_locks
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

LOCK = "sense.command:lock"
LONGEST_LOCK = timedelta(days=90)


@transaction_required
def lock_device(*, actor: Actor, device_id: UUID, kind: LockKind, reason: str, until: datetime) -> CommandLock:
    """Lock a device out: until then, or until released, only commands that read pass. Needs `sense.command:lock` there.

    What waits, or was claimed but not marked as sent, ends as refused: when this is committed nothing more goes out.
    Raises Invalid where no reason is given, or `until` is past or more than 90 days ahead.
    """
    device = _device(actor, device_id)
    actor.require(LOCK, place_path=device.place_path)
    DeviceRecord.objects.select_for_update(no_key=True).get(id=device.id)  # a door that claims now is waited for
    moment = now()
    if not reason.strip():
        raise Invalid("sense.command.reason-needed", field="reason")
    if not moment < until <= moment + LONGEST_LOCK:
        raise Invalid("sense.lock-until", field="until", most=LONGEST_LOCK.days)
    record = CommandLockRecord.objects.create(
        device=device,
        kind=kind,
        reason=reason.strip()[:500],
        until=until,
        locked_at=moment,
        locked_by=actor.name,
        locked_by_id=actor.id,
    )
    details = {"kind": str(kind), "reason": record.reason, "until": until.isoformat()}
    acts.record(actor=actor, act=LOCK, subject=urn("device", device.id), details=details)
    refuse_unsent(device, reasons_of_locks(device, moment)[-1], actor=actor, reads_too=False)
    return lock_of(record)


def refuse_unsent(device: DeviceRecord, reason: Reason, *, actor: Actor, reads_too: bool) -> None:
    """End what no door has marked as sent; the row of the device is locked by the caller, so that no claim slips through."""
    unsent = Q(device=device, state__in=(CommandState.REQUESTED, CommandState.SENDING))
    which = unsent if reads_too else unsent & ~Q(group=CommandGroup.READ)
    end_commands(
        locked(which), CommandState.REFUSED, now(), actor=actor, reason_code=reason.code, reason_params=dict(reason.params)
    )


@transaction_required
def release_device(*, actor: Actor, lock_id: UUID) -> None:
    """End a lock-out before its time. Idempotent. Needs `sense.command:lock` at the device."""
    record = CommandLockRecord.objects.select_for_update(of=("self",)).select_related("device").filter(id=lock_id).first()
    if record is None:
        raise NotFound("sense.lock-unknown")
    device = _device(actor, record.device_id)
    actor.require(LOCK, place_path=device.place_path)
    if record.released_at is None:
        record.released_at, record.released_by = now(), actor.name
        record.save(update_fields=["released_at", "released_by"])
        acts.record(actor=actor, act=LOCK, subject=urn("device", device.id), details={"released": record.reason})


def _device(actor: Actor, device_id: UUID) -> DeviceRecord:
    device = visible_devices(actor).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    return device
