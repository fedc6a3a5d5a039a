"""One change of many devices: chosen first, then done in portions; a device that cannot be changed holds up no other."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction

from yuzhou.capabilities.sense.contracts import (
    DeviceAct,
    DeviceBatch,
    DeviceBatchStatus,
    DeviceFault,
    DeviceFilter,
)
from yuzhou.capabilities.sense.models import DeviceBatchRecord
from yuzhou.capabilities.sense.selectors.devices import get_device, matching, visible_devices
from yuzhou.capabilities.sense.selectors.profiles import get_profile
from yuzhou.capabilities.sense.services.devices import REGISTER, update_device
from yuzhou.capabilities.sense.services.importing import maker_of
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound, YuzhouError
from yuzhou.kernel.ids import urn
from yuzhou.kernel.jobs.api import defer
from yuzhou.kernel.transactions import acting_as, transaction_required

MOST_DEVICES = 10_000
MOST_FAULTS = 2_000  # kept to be shown
PORTION = 50
JOB = "sense.change-devices"
RUNNER = Actor.system("sense.device-batch")


@transaction_required
def choose_devices(
    *,
    actor: Actor,
    act: DeviceAct,
    profile: str = "",
    device_ids: Iterable[UUID] = (),
    wanted: DeviceFilter | None = None,
) -> DeviceBatch:
    """Keep which devices are to be changed, those named or all that a filter finds; nothing is changed yet.

    Needs `sense.device:register` somewhere; of each device it is asked when it is changed. Raises Invalid where there are none
    or too many, or the profile is retired; NotFound for the profile.
    """
    actor.require(REGISTER)
    if act is DeviceAct.PROFILE and get_profile(key=profile).retired:
        raise Invalid("sense.profile-retired", field="profile", profile=profile)
    found = visible_devices(actor).filter(id__in=list(device_ids)) if wanted is None else matching(actor, wanted)
    chosen = list(found.order_by("id").values_list("id", flat=True)[: MOST_DEVICES + 1])
    if not chosen:
        raise Invalid("sense.devices-none", field="device")
    if len(chosen) > MOST_DEVICES:
        raise Invalid("sense.devices-too-many", field="device", most=MOST_DEVICES)
    record = DeviceBatchRecord.objects.create(
        act=act,
        profile=profile if act is DeviceAct.PROFILE else "",
        devices=[str(one) for one in chosen],
        total=len(chosen),
        made_at=now(),
        made_by=actor.name,
        made_by_id=actor.id,
    )
    return batch_of(record)


def batch_of(record: DeviceBatchRecord) -> DeviceBatch:
    """As people see it."""
    return DeviceBatch(
        id=record.id,
        act=DeviceAct(record.act),
        profile=record.profile,
        status=DeviceBatchStatus(record.status),
        total=record.total,
        done=record.done,
        unchanged=record.unchanged,
        faults=tuple(DeviceFault(UUID(one["device"]), one["identity"], one["code"], one["params"]) for one in record.faults),
        fault_count=record.fault_count,
        made_at=record.made_at,
        made_by=record.made_by,
    )


def get_device_batch(*, actor: Actor, batch_id: UUID) -> DeviceBatch:
    """A change that the actor asked for. Raises NotFound `sense.device-batch-unknown`."""
    return batch_of(_record(actor, batch_id))


def _record(actor: Actor, batch_id: UUID, *, lock: bool = False) -> DeviceBatchRecord:
    records = DeviceBatchRecord.objects.select_for_update() if lock else DeviceBatchRecord.objects.all()
    if actor.kind is not ActorKind.SYSTEM:
        records = records.filter(made_by_id=actor.id)
    record = records.filter(id=batch_id).first()
    if record is None:
        raise NotFound("sense.device-batch-unknown")
    return record


@transaction_required
def start_device_batch(*, actor: Actor, batch_id: UUID) -> DeviceBatch:
    """Change the devices that were chosen; a job does it. Idempotent. Needs `sense.device:register`; raises NotFound."""
    actor.require(REGISTER)
    record = _record(actor, batch_id, lock=True)
    if record.status == DeviceBatchStatus.CHOSEN:
        record.status = DeviceBatchStatus.RUNNING
        record.save(update_fields=["status"])
        details = {"change": record.act, "profile": record.profile, "devices": record.total}
        acts.record(actor=actor, act=REGISTER, subject=urn("device-batch", record.id), details=details)
        defer(JOB, batch_id=str(record.id))
    return batch_of(record)


def run_device_batch(batch_id: UUID) -> None:
    """Change what is left of the devices, a portion in each transaction, as the person who asked."""
    with acting_as(RUNNER):
        record = _record(RUNNER, batch_id)
        actor = maker_of(record)
    while record.status == DeviceBatchStatus.RUNNING:
        with acting_as(actor):
            record = _change_portion(actor, batch_id)


def _change_portion(actor: Actor, batch_id: UUID) -> DeviceBatchRecord:
    record = _record(actor, batch_id, lock=True)
    portion = record.devices[record.done : record.done + PORTION]
    for one in portion:
        try:
            with transaction.atomic():
                record.unchanged += not _change(actor, UUID(one), record)
        except YuzhouError as error:
            record.fault_count += 1
            record.faults = [*record.faults, _fault(actor, one, error)][:MOST_FAULTS]
    record.done += len(portion)
    if record.done >= record.total:
        record.status = DeviceBatchStatus.DONE
    record.save(update_fields=["status", "done", "unchanged", "faults", "fault_count"])
    return record


def _change(actor: Actor, device_id: UUID, record: DeviceBatchRecord) -> bool:
    """Change one; whether it was otherwise before."""
    device = get_device(actor=actor, device_id=device_id)
    actor.require(REGISTER, place_path=device.place_path)
    wanted: dict[str, Any] = {"enabled": record.act == DeviceAct.RESUME}
    if record.act == DeviceAct.PROFILE:
        wanted = {"profile": record.profile}
    if all(getattr(device, name) == value for name, value in wanted.items()):
        return False
    update_device(actor=actor, device_id=device_id, **wanted)
    return True


def _fault(actor: Actor, device: str, error: YuzhouError) -> dict[str, Any]:
    identity = visible_devices(actor).filter(id=device).values_list("identity", flat=True).first() or ""
    params = {name: value if isinstance(value, int | float) else str(value) for name, value in error.params.items()}
    return {"device": device, "identity": identity, "code": error.code, "params": params}
