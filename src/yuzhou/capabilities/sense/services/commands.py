"""Commands down to devices: nothing is sent twice, everything ends somewhere."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from yuzhou.capabilities.sense.contracts import (
    Command,
    CommandAct,
    CommandCause,
    CommandState,
    CommandType,
    ValueLimit,
)
from yuzhou.capabilities.sense.events import CommandFinished
from yuzhou.capabilities.sense.models import CommandBatchRecord, CommandRecord, CommandStepRecord, DeviceRecord
from yuzhou.capabilities.sense.rules.interlocks import needs_two_persons
from yuzhou.capabilities.sense.selectors.commands import command_of
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.services.command_types import check_params, find_command_type
from yuzhou.capabilities.sense.services.interlocks import Reason, find_reasons, standing_interlocks
from yuzhou.capabilities.sense.services.news import tell_of_command
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.events.api import emit_many
from yuzhou.kernel.ids import urn, uuid7
from yuzhou.kernel.keys.api import encrypt
from yuzhou.kernel.transactions import transaction_required

REQUEST = "sense.command:request"
DOOR = Actor.system("sense.door")
CLOCK = Actor.system("sense.clock")
SEALED = "sense.command-secret"
HIDDEN = "******"
APPROVAL = timedelta(hours=1)
"""How long a command waits for the second person."""
OPEN = (CommandState.AWAITING, CommandState.REQUESTED, CommandState.SENDING, CommandState.SENT, CommandState.ACCEPTED)
NO_CAUSE = CommandCause()
EXPIRED_AS = {
    CommandState.AWAITING: "sense.command.never-approved",
    CommandState.REQUESTED: "sense.command.never-connected",
    CommandState.SENDING: "sense.command.not-sent",
    CommandState.SENT: "sense.command.no-word",
    CommandState.ACCEPTED: "sense.command.no-word",
}


@transaction_required
def request_command(
    *,
    actor: Actor,
    device_id: UUID,
    name: str,
    params: Mapping[str, Any],
    request_key: str = "",
    cause: CommandCause = NO_CAUSE,
    keep_refused: bool = False,
) -> Command:
    """Ask for a command to be sent. Needs `sense.command:request` at the device. Raises Invalid for unknown names and values.

    Where an interlock or a lock-out forbids it, raises Conflict (Invalid for a value) with what was seen; with `keep_refused` it
    is kept as refused instead, as for rules. One that needs two persons waits for the second. Idempotent on `request_key`,
    where one is given.
    """
    device = lock_for_command(actor, device_id)
    kind = type_of(device, name)
    if request_key and (before := device.commands.select_related("device").filter(request_key=request_key).first()):
        return command_of(before)
    values, secrets = check_params(kind, params)
    record = new_command(actor, device, kind, values, secrets, cause=cause, request_key=request_key, keep_refused=keep_refused)
    details: dict[str, Any] = {"command": name, "params": record.params, "state": record.state}
    details |= {"rule": cause.rule_key} if cause.rule_key else {}
    details |= {"alarm": str(cause.alarm_id)} if cause.alarm_id else {}
    details |= {"again": str(cause.retry_of)} if cause.retry_of else {}
    acts.record(actor=actor, act=REQUEST, subject=urn("device", device.id), details=details)
    return command_of(record)


def lock_for_command(actor: Actor, device_id: UUID) -> DeviceRecord:
    """The device, locked, so that commands to it are judged one after the other. Checks that the actor may command it."""
    device = visible_devices(actor).select_for_update(of=("self",), no_key=True).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    actor.require(REQUEST, place_path=device.place_path)
    return device


def type_of(device: DeviceRecord, name: str) -> CommandType:
    """The device's command of that name; raises Invalid `sense.command-unknown`."""
    kind = find_command_type(protocol=device.protocol, profile=device.profile, name=name)
    if kind is None:
        raise Invalid("sense.command-unknown", field="name", name=name)
    return kind


def new_command(
    actor: Actor,
    device: DeviceRecord,
    kind: CommandType,
    values: Mapping[str, Any],
    secrets: Mapping[str, Any],
    *,
    cause: CommandCause,
    request_key: str = "",
    keep_refused: bool = False,
    batch: CommandBatchRecord | None = None,
) -> CommandRecord:
    """Judge and keep a command of a locked device; the caller records the act."""
    standing = standing_interlocks(device, kind)
    shown = dict(values) | dict.fromkeys(secrets, HIDDEN)
    reasons = find_reasons(device, kind, shown, standing=standing)
    if reasons and not keep_refused:
        raise refusal(reasons[0])
    requested_at = now()
    waits = needs_two_persons(one.interlock for one in standing)
    state = CommandState.REFUSED if reasons else CommandState.AWAITING if waits else CommandState.REQUESTED
    identifier = uuid7()
    sealed = encrypt(SEALED, json.dumps(secrets).encode(), bound_to=str(identifier)) if secrets and not reasons else None
    record = CommandRecord.objects.create(
        id=identifier,
        device=device,
        name=kind.name,
        group=kind.group,
        params=shown,
        sealed=sealed,
        state=state,
        requested_at=requested_at,
        requested_by=actor.name,
        requested_by_id=actor.id,
        rule_key=cause.rule_key,
        alarm_id=cause.alarm_id,
        retry_of=cause.retry_of,
        note=cause.note[:500],
        batch=batch,
        request_key=request_key,
        expires_at=requested_at + (APPROVAL if waits else timedelta(seconds=kind.expires_after_seconds)),
        finished_at=requested_at if reasons else None,
        reason_code=reasons[0].code if reasons else "",
        reason_params=dict(reasons[0].params) if reasons else {},
    )
    note_step(record, CommandAct.REQUESTED, actor, text=cause.note)
    if reasons:
        note_step(record, CommandAct.REFUSED, actor, code=record.reason_code, params=record.reason_params)
    tell_of_command(device.id, device.place_path)
    return record


def refusal(reason: Reason) -> Invalid | Conflict:
    """The error that says why a command may not go."""
    if isinstance(reason.interlock, ValueLimit):
        return Invalid(reason.code, **{**reason.params, "field": reason.interlock.field})
    return Conflict(reason.code, **reason.params)


def note_step(
    record: CommandRecord,
    act: CommandAct,
    actor: Actor,
    *,
    code: str = "",
    params: Mapping[str, Any] | None = None,
    text: str = "",
) -> None:
    """Add to a command's history."""
    CommandStepRecord.objects.create(
        command=record,
        at=now(),
        act=act,
        actor_name=actor.name,
        actor_id=actor.id,
        code=code,
        params=dict(params or {}),
        text=text[:500],
    )


@transaction_required
def expire_commands() -> int:
    """Give up on commands whose time is over; returns how many."""
    moment = now()
    records = locked(Q(state__in=OPEN, expires_at__lte=moment))
    for state, code in EXPIRED_AS.items():
        due = [record for record in records if record.state == state]
        end_commands(due, CommandState.EXPIRED, moment, reason_code=code)
    return len(records)


def locked(which: Q) -> list[CommandRecord]:
    """Commands with their devices, for a change."""
    return list(CommandRecord.objects.select_for_update(of=("self",)).select_related("device").filter(which))


def finish_by(actor: Actor, record: CommandRecord, state: CommandState, **values: Any) -> None:
    """End a locked command by a person's act."""
    end_commands([record], state, now(), actor=actor, **values)


def end_commands(
    records: Sequence[CommandRecord], state: CommandState, at: datetime, *, actor: Actor | None = None, **values: Any
) -> None:
    """End locked commands: in this state, told to all who wait for it."""
    if not records:
        return
    CommandRecord.objects.filter(id__in=[record.id for record in records]).update(
        state=state, finished_at=at, sealed=None, **values
    )
    code = values.get("reason_code") or values.get("answer_code") or ""
    by = actor or (CLOCK if state is CommandState.EXPIRED else DOOR)
    for record in records:
        note_step(record, CommandAct(state.value), by, code=code, params=values.get("reason_params"))
        record.state = state
    emit_many(
        [
            CommandFinished(
                subject=urn("command", record.id),
                command=record.id,
                device=record.device_id,
                kind=record.name,
                state=state.value,
                place_path=record.device.place_path,
            )
            for record in records
        ]
    )
    for record in records:
        tell_of_command(record.device_id, record.device.place_path)
