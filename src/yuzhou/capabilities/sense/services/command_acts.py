"""What people do with commands that were asked for: see whether one may go, approve, reject, cancel, ask again, ask of many."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command, CommandAct, CommandBatch, CommandCause, CommandState
from yuzhou.capabilities.sense.contracts.commands import FINISHED
from yuzhou.capabilities.sense.models import CommandBatchRecord, CommandRecord
from yuzhou.capabilities.sense.rules.interlocks import needs_two_persons
from yuzhou.capabilities.sense.selectors.commands import command_of, get_command_batch, visible_commands
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.services.command_types import check_params, find_command_type
from yuzhou.capabilities.sense.services.commands import (
    HIDDEN,
    REQUEST,
    finish_by,
    lock_for_command,
    new_command,
    note_step,
    refusal,
    request_command,
    type_of,
)
from yuzhou.capabilities.sense.services.interlocks import Reason, find_reasons, standing_interlocks
from yuzhou.capabilities.sense.services.news import tell_of_command
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

APPROVE = "sense.command:approve"
MOST_DEVICES = 1000


@transaction_required
def check_command(*, actor: Actor, device_id: UUID, name: str, params: Mapping[str, Any]) -> tuple[list[Reason], bool]:
    """Why a command could not go now (nothing: it could), and whether a second person would have to approve it. Sends nothing.

    Needs `sense.command:request`. Raises Invalid for values that the command does not take.
    """
    device = lock_for_command(actor, device_id)
    kind = type_of(device, name)
    values, _ = check_params(kind, params)
    standing = standing_interlocks(device, kind)
    reasons = find_reasons(device, kind, values, standing=standing)
    return reasons, needs_two_persons(one.interlock for one in standing)


@transaction_required
def approve_command(*, actor: Actor, command_id: UUID) -> Command:
    """Let a command go that waits for a second person (双人确认). Needs `sense.command:approve`; not for who asked for it.

    It is judged again: raises Conflict where something forbids it now; it goes on waiting then.
    """
    record = _lock(actor, command_id, APPROVE)
    _must_be_another_person(actor, record)
    kind = type_of(record.device, record.name)
    reasons = find_reasons(record.device, kind, record.params, command_id=record.id)
    if reasons:
        raise refusal(reasons[0])
    record.state, record.approved_at = CommandState.REQUESTED, now()
    record.approved_by, record.approved_by_id = actor.name, actor.id
    record.expires_at = record.approved_at + timedelta(seconds=kind.expires_after_seconds)
    record.save(update_fields=["state", "approved_at", "approved_by", "approved_by_id", "expires_at"])
    note_step(record, CommandAct.APPROVED, actor)
    _record(actor, APPROVE, record, {"approved": record.name})
    tell_of_command(record.device_id, record.device.place_path)
    return command_of(record)


@transaction_required
def reject_command(*, actor: Actor, command_id: UUID, text: str) -> Command:
    """Refuse a command that waits for a second person, and say why. Needs `sense.command:approve`."""
    record = _lock(actor, command_id, APPROVE)
    _must_be_another_person(actor, record)
    if not text.strip():
        raise Invalid("sense.command.reason-needed", field="text")
    params = {"by": actor.name, "text": text.strip()[:500]}
    finish_by(actor, record, CommandState.REFUSED, reason_code="sense.command.rejected", reason_params=params)
    _record(actor, APPROVE, record, {"rejected": record.name, "text": params["text"]})
    return _again(record)


def _must_be_another_person(actor: Actor, record: CommandRecord) -> None:
    if actor.kind is not ActorKind.PERSON:
        raise Conflict("sense.command-not-a-person")
    if record.state != CommandState.AWAITING:
        raise Conflict("sense.command-not-awaiting")
    if actor.id == record.requested_by_id:
        raise Conflict("sense.command-own")


@transaction_required
def cancel_command(*, actor: Actor, command_id: UUID) -> Command:
    """Take back a command that was not sent yet. Idempotent. Needs `sense.command:request`.

    Raises Conflict where a door has taken it already: it may be on its way.
    """
    record = _lock(actor, command_id, REQUEST)
    if record.state == CommandState.CANCELLED:
        return command_of(record)
    if record.state in (CommandState.SENDING, CommandState.SENT, CommandState.ACCEPTED):
        raise Conflict("sense.command-under-way")
    if record.state not in (CommandState.AWAITING, CommandState.REQUESTED):
        raise Conflict("sense.command-finished")
    finish_by(actor, record, CommandState.CANCELLED)
    _record(actor, REQUEST, record, {"cancelled": record.name})
    return _again(record)


@transaction_required
def retry_command(
    *, actor: Actor, command_id: UUID, params: Mapping[str, Any] | None = None, request_key: str = "", keep_refused: bool = False
) -> Command:
    """Ask again for a command that has ended: a new one, with the same values unless others are given. Only a person can.

    Secrets are forgotten when a command ends, and must be given again.
    """
    record = _lock(actor, command_id, REQUEST)
    if actor.kind is not ActorKind.PERSON:
        raise Conflict("sense.command-not-a-person")
    if CommandState(record.state) not in FINISHED:
        raise Conflict("sense.command-still-open")
    given = {name: value for name, value in record.params.items() if value != HIDDEN} | dict(params or {})
    again = request_command(
        actor=actor,
        device_id=record.device_id,
        name=record.name,
        params=given,
        request_key=request_key,
        cause=CommandCause(rule_key=record.rule_key, alarm_id=record.alarm_id, retry_of=record.id),
        keep_refused=keep_refused,
    )
    note_step(record, CommandAct.REPEATED, actor)
    return again


@transaction_required
def request_commands(
    *, actor: Actor, device_ids: Sequence[UUID], name: str, params: Mapping[str, Any], note: str = "", request_key: str = ""
) -> CommandBatch:
    """Ask for the same command at many devices (≤ 1,000). Needs `sense.command:request` at each; those that do not know it are
    left out. What an interlock forbids is kept as refused among the others. Idempotent on `request_key`.
    """
    if len(set(device_ids)) > MOST_DEVICES:
        raise Invalid("sense.command-too-many", field="devices", most=MOST_DEVICES)
    before = CommandBatchRecord.objects.filter(requested_by_id=actor.id, request_key=request_key).first() if request_key else None
    if before is not None:
        return get_command_batch(actor=actor, batch_id=before.id)
    devices = visible_devices(actor).select_for_update(of=("self",), no_key=True).filter(id__in=list(device_ids)).order_by("id")
    kinds = [(one, find_command_type(protocol=one.protocol, profile=one.profile, name=name)) for one in devices]
    able = [(device, kind) for device, kind in kinds if kind is not None]
    if not able:
        raise Invalid("sense.command-no-devices", field="devices")
    for device, _ in able:
        actor.require(REQUEST, place_path=device.place_path)
    first = able[0][1]
    shown, hidden = check_params(first, params)
    batch = CommandBatchRecord.objects.create(
        name=name,
        title_zh=first.title.zh,
        title_en=first.title.en,
        params=shown | dict.fromkeys(hidden, HIDDEN),
        requested_at=now(),
        requested_by=actor.name,
        requested_by_id=actor.id,
        note=note[:500],
        request_key=request_key,
    )
    cause = CommandCause(note=note)
    for device, kind in able:
        values, secrets = check_params(kind, params)
        new_command(actor, device, kind, values, secrets, cause=cause, keep_refused=True, batch=batch)
    details = {"command": name, "params": batch.params, "devices": len(able), "note": note}
    acts.record(actor=actor, act=REQUEST, subject=urn("command-batch", batch.id), details=details)
    return get_command_batch(actor=actor, batch_id=batch.id)


@transaction_required
def cancel_batch(*, actor: Actor, batch_id: UUID) -> int:
    """Take back all commands of a batch that were not sent yet; returns how many. Needs `sense.command:request`."""
    waiting = visible_commands(actor).filter(batch_id=batch_id, state__in=(CommandState.AWAITING, CommandState.REQUESTED))
    records = list(waiting.select_for_update(of=("self",)))
    for record in records:
        actor.require(REQUEST, place_path=record.device.place_path)
        finish_by(actor, record, CommandState.CANCELLED)
    if records:
        acts.record(actor=actor, act=REQUEST, subject=urn("command-batch", batch_id), details={"cancelled": len(records)})
    return len(records)


def _lock(actor: Actor, command_id: UUID, permission: str) -> CommandRecord:
    record = visible_commands(actor).select_for_update(of=("self",)).filter(id=command_id).first()
    if record is None:
        raise NotFound("sense.command-not-found")
    actor.require(permission, place_path=record.device.place_path)
    return record


def _again(record: CommandRecord) -> Command:
    return command_of(CommandRecord.objects.select_related("device").get(id=record.id))


def _record(actor: Actor, act: str, record: CommandRecord, details: Mapping[str, Any]) -> None:
    subject = urn("device", record.device_id)
    acts.record(actor=actor, act=act, subject=subject, details={**details, "command_id": str(record.id)})
