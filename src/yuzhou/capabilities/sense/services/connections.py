"""What connectors say of their machines, and errands that people send them on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import ClaimedErrand, ConnectionNote, Errand, ErrandKind, ErrandState, ErrandStep
from yuzhou.capabilities.sense.models import ConnectionRecord, DeviceRecord, ErrandRecord
from yuzhou.capabilities.sense.selectors.connections import errand_of
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.services.secrets import open_connection
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound, TooMany
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import acting_as, transaction_required

REGISTER = "sense.device:register"
CONNECTORS = Actor.system("sense.connectors")
MOST_WAITING = 20
GIVEN_UP_AFTER = timedelta(minutes=2)
KEPT = timedelta(days=1)


@transaction_required
def note_connections(notes: Sequence[ConnectionNote]) -> None:
    """Keep what was said last of each device."""
    known = set(DeviceRecord.objects.filter(id__in=[note.device_id for note in notes]).values_list("id", flat=True))
    records = [
        ConnectionRecord(
            device_id=note.device_id,
            state=note.state,
            code=note.code,
            params=dict(note.params),
            details=dict(note.details),
            at=note.at,
        )
        for note in notes
        if note.device_id in known
    ]
    ConnectionRecord.objects.bulk_create(
        records,
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["state", "code", "params", "details", "at"],
    )


@transaction_required
def request_errand(*, actor: Actor, device_id: UUID, kind: ErrandKind, params: Mapping[str, Any]) -> Errand:
    """Have the connectors test the saved connection of a device, or look below a node (`{"node": "i=85"}`).

    Needs `sense.device:register` at the device. Raises TooMany `sense.errands-waiting`.
    """
    device = visible_devices(actor).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    actor.require(REGISTER, place_path=device.place_path)
    moment = now()
    device.errands.filter(requested_at__lt=moment - KEPT).delete()
    waiting = device.errands.filter(
        state__in=(ErrandState.WAITING, ErrandState.RUNNING), requested_at__gt=moment - GIVEN_UP_AFTER
    )
    if waiting.count() >= MOST_WAITING:
        raise TooMany("sense.errands-waiting")
    record = ErrandRecord.objects.create(
        device=device,
        kind=kind,
        params=dict(params),
        state=ErrandState.WAITING,
        requested_by=actor.name,
        requested_at=moment,
    )
    if kind is ErrandKind.TEST:
        acts.record(actor=actor, act=REGISTER, subject=urn("device", device.id), details={"errand": kind.value})
    return errand_of(record)


def claim_errands(*, protocols: Iterable[str], limit: int = 20) -> list[ClaimedErrand]:
    """Take what waits, oldest first; each is given out once, and nothing older than two minutes. Own transaction."""
    with acting_as(CONNECTORS):
        records = list(
            ErrandRecord.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("device")
            .filter(
                state=ErrandState.WAITING,
                device__protocol__in=list(protocols),
                requested_at__gt=now() - GIVEN_UP_AFTER,
            )
            .order_by("requested_at")[:limit]
        )
        ErrandRecord.objects.filter(id__in=[record.id for record in records]).update(state=ErrandState.RUNNING)
        return [
            ClaimedErrand(errand_of(record), record.device.protocol, open_connection(record.device), record.device.profile)
            for record in records
        ]


def report_errand(
    *, errand_id: UUID, state: ErrandState, steps: Sequence[ErrandStep], result: Mapping[str, Any] | None = None
) -> None:
    """How far it is, and what was found so far. Own transaction."""
    is_over = state in (ErrandState.DONE, ErrandState.FAILED)
    with acting_as(CONNECTORS):
        ErrandRecord.objects.filter(id=errand_id, state=ErrandState.RUNNING).update(
            state=state,
            steps=[{"code": step.code, "params": dict(step.params), "good": step.good} for step in steps],
            result=dict(result or {}),
            finished_at=now() if is_over else None,
        )
