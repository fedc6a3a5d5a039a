"""Commands, interlocks and lock-outs within the actor's reach."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.capabilities.sense.contracts import (
    Command,
    CommandAct,
    CommandBatch,
    CommandGroup,
    CommandLock,
    CommandState,
    CommandStep,
    LockKind,
    Page,
    StandingInterlock,
    interlock_of,
)
from yuzhou.capabilities.sense.models import (
    CommandBatchRecord,
    CommandLockRecord,
    CommandRecord,
    CommandStepRecord,
    InterlockRecord,
)
from yuzhou.capabilities.sense.selectors.devices import READ, get_device
from yuzhou.capabilities.sense.selectors.paging import page_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.text import Text


def command_of(record: CommandRecord) -> Command:
    """As people and doors see it; the device must be loaded with it."""
    device = record.device
    return Command(
        id=record.id,
        device_id=record.device_id,
        protocol=device.protocol,
        identity=device.identity,
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
        profile=device.profile,
        device_title=Text(device.title_zh, device.title_en or device.title_zh),
        place_path=device.place_path,
        group=CommandGroup(record.group),
        requested_by_id=record.requested_by_id,
        rule_key=record.rule_key,
        alarm_id=record.alarm_id,
        retry_of=record.retry_of,
        batch_id=record.batch_id,
        note=record.note,
        approved_by=record.approved_by,
        approved_at=record.approved_at,
        claimed_at=record.claimed_at,
        reason_code=record.reason_code,
        reason_params=record.reason_params,
    )


def visible_commands(actor: Actor) -> QuerySet[CommandRecord]:
    """Commands of devices within the actor's `sense.device:read`."""
    records = CommandRecord.objects.select_related("device")
    return scoped(records, actor.scope(READ), place="device__place_path", organisation="device__operator_id")


def list_commands(
    *,
    actor: Actor,
    device_id: UUID | None = None,
    states: Sequence[CommandState] = (),
    group: CommandGroup | None = None,
    place_path: str | None = None,
    alarm_id: UUID | None = None,
    batch_id: UUID | None = None,
    text: str = "",
    offset: int = 0,
    limit: int = 50,
) -> Page[Command]:
    """Commands within reach, newest first; of one device, alarm or batch where named."""
    if device_id is not None:
        get_device(actor=actor, device_id=device_id)
    records = visible_commands(actor)
    wanted = {"device_id": device_id, "group": group, "alarm_id": alarm_id, "batch_id": batch_id}
    records = records.filter(**{name: value for name, value in wanted.items() if value is not None})
    if states:
        records = records.filter(state__in=list(states))
    if place_path is not None:
        records = records.filter(within_place("device__place_path", place_path))
    if text:
        found = records.filter(device__identity__icontains=text) | records.filter(device__title_zh__icontains=text)
        records = found | records.filter(requested_by__icontains=text) | records.filter(name__icontains=text)
    return page_of(records.order_by("-requested_at", "-id"), command_of, offset=offset, limit=limit)


def get_command(*, actor: Actor, command_id: UUID) -> Command:
    """One command; raises NotFound `sense.command-not-found` where the actor may not see its device."""
    record = visible_commands(actor).filter(id=command_id).first()
    if record is None:
        raise NotFound("sense.command-not-found")
    return command_of(record)


def command_history(*, actor: Actor, command_id: UUID) -> list[CommandStep]:
    """What became of a command, step by step."""
    get_command(actor=actor, command_id=command_id)
    rows = CommandStepRecord.objects.filter(command_id=command_id).order_by("at", "id")
    return [CommandStep(row.at, CommandAct(row.act), row.actor_name, row.code, row.params, row.text) for row in rows]


def last_commands(*, actor: Actor, device_id: UUID) -> dict[str, Command]:
    """Of each command that a device was ever told, the newest."""
    get_device(actor=actor, device_id=device_id)
    rows = visible_commands(actor).filter(device_id=device_id).order_by("name", "-requested_at", "-id").distinct("name")
    return {row.name: command_of(row) for row in rows}


def get_command_batch(*, actor: Actor, batch_id: UUID) -> CommandBatch:
    """One command asked of many devices, of which those are counted that the actor may see."""
    record = CommandBatchRecord.objects.filter(id=batch_id).first()
    counts = Counter(visible_commands(actor).filter(batch_id=batch_id).values_list("state", flat=True))
    if record is None or not counts:
        raise NotFound("sense.command-not-found")
    return CommandBatch(
        id=record.id,
        name=record.name,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        params=record.params,
        requested_at=record.requested_at,
        requested_by=record.requested_by,
        note=record.note,
        states={CommandState(state): number for state, number in counts.items()},
    )


def standing_of(record: InterlockRecord) -> StandingInterlock:
    """As people see it."""
    return StandingInterlock(
        interlock=interlock_of(record.definition),
        command=record.command,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        id=record.id,
        device_id=record.device_id,
        profile=record.profile,
        defined_by=record.defined_by,
        defined_at=record.defined_at,
    )


def list_interlocks(*, actor: Actor, device_id: UUID) -> list[StandingInterlock]:
    """The interlocks that were put before the commands of a device, by itself and by its profile."""
    device = get_device(actor=actor, device_id=device_id)
    records = InterlockRecord.objects.filter(withdrawn_at=None, device_id=device_id)
    if device.profile:
        records |= InterlockRecord.objects.filter(withdrawn_at=None, profile=device.profile)
    return [standing_of(record) for record in records.order_by("defined_at", "id")]


def lock_of(record: CommandLockRecord) -> CommandLock:
    """As people see it."""
    return CommandLock(
        id=record.id,
        device_id=record.device_id,
        kind=LockKind(record.kind),
        reason=record.reason,
        until=record.until,
        locked_at=record.locked_at,
        locked_by=record.locked_by,
        released_at=record.released_at,
        released_by=record.released_by,
    )


def list_locks(*, actor: Actor, device_ids: Iterable[UUID]) -> list[CommandLock]:
    """The lock-outs that stand now, of devices within reach."""
    records = CommandLockRecord.objects.filter(device_id__in=list(device_ids), released_at=None, until__gt=now())
    seen = scoped(records, actor.scope(READ), place="device__place_path", organisation="device__operator_id")
    return [lock_of(record) for record in seen.order_by("locked_at")]
