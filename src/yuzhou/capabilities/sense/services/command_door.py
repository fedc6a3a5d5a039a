"""What a door does with commands: takes each once, marks it before the wire, and brings back the device's own word."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from yuzhou.capabilities.sense.contracts import Command, CommandAct, CommandState
from yuzhou.capabilities.sense.models import CommandRecord
from yuzhou.capabilities.sense.rules.storable import storable, storable_text
from yuzhou.capabilities.sense.selectors.commands import command_of
from yuzhou.capabilities.sense.services.command_types import find_command_type
from yuzhou.capabilities.sense.services.commands import DOOR, OPEN, SEALED, end_commands, locked, note_step
from yuzhou.capabilities.sense.services.interlocks import Reason, find_reasons
from yuzhou.capabilities.sense.services.news import tell_of_command
from yuzhou.kernel.clock import now
from yuzhou.kernel.keys.api import decrypt
from yuzhou.kernel.transactions import acting_as


def claim_commands(*, protocol: str, device_ids: Iterable[UUID], limit: int = 100) -> list[Command]:
    """Take the requested commands of connected devices, oldest first; each is given out once (`sending`). Own transaction.

    Each is judged again, as the world is now: what an interlock forbids ends as refused and is not given out. A door that dies
    with a claimed command leaves it to expire: it is never given out again.
    """
    with acting_as(DOOR):
        chosen = (
            CommandRecord.objects.select_for_update(skip_locked=True, of=("self", "device"), no_key=True)
            .select_related("device")
            .filter(
                state=CommandState.REQUESTED,
                device__protocol=protocol,
                device_id__in=list(device_ids),
                expires_at__gt=now(),
            )
            .order_by("requested_at", "id")[:limit]
        )
        return [_opened(record) for record in chosen if _may_still_go(record)]


def _may_still_go(record: CommandRecord) -> bool:
    """Judge a claimed command anew and mark what becomes of it."""
    device = record.device
    kind = find_command_type(protocol=device.protocol, profile=device.profile, name=record.name)
    if kind is None:
        reasons = [Reason("sense.command-unknown", {"name": record.name})]
    else:
        reasons = find_reasons(device, kind, record.params, command_id=record.id, queued_too=False)
    if reasons:
        end_commands([record], CommandState.REFUSED, now(), reason_code=reasons[0].code, reason_params=dict(reasons[0].params))
        return False
    record.state, record.claimed_at = CommandState.SENDING, now()
    CommandRecord.objects.filter(id=record.id).update(
        state=record.state, claimed_at=record.claimed_at, attempts=F("attempts") + 1
    )
    record.attempts += 1
    return True


def _opened(record: CommandRecord) -> Command:
    """The command with its secrets, for its door alone."""
    command = command_of(record)
    if record.sealed is None:
        return command
    secrets = json.loads(decrypt(SEALED, bytes(record.sealed), bound_to=str(record.id)))
    return replace(command, params={**command.params, **secrets})


def mark_command_sent(*, command_id: UUID, reference: str, at: datetime) -> bool:
    """The door is about to write it to the device; `reference` is its key of the exchange (QN). Own transaction.

    A door calls this before it writes, and writes only where the answer is True: else the command expired meanwhile, or was
    marked before. So after a crash a command may be unsent, but is never sent twice.
    """
    with acting_as(DOOR):
        claimed = CommandRecord.objects.filter(id=command_id, state=CommandState.SENDING, expires_at__gt=now())
        marked = claimed.update(state=CommandState.SENT, reference=reference, sent_at=at)
        if marked:
            _note(command_id, CommandAct.SENT, code=reference)
        return bool(marked)


def mark_command_accepted(*, command_id: UUID, answer_code: str, at: datetime) -> None:
    """The device took it on (QnRtn = 1). Own transaction."""
    with acting_as(DOOR):
        known = CommandRecord.objects.filter(id=command_id, state__in=(CommandState.SENDING, CommandState.SENT))
        if known.update(state=CommandState.ACCEPTED, answer_code=storable_text(answer_code)):
            _note(command_id, CommandAct.ACCEPTED, code=storable_text(answer_code))


def _note(command_id: UUID, act: CommandAct, *, code: str) -> None:
    record = CommandRecord.objects.select_related("device").get(id=command_id)
    note_step(record, act, DOOR, code=code)
    tell_of_command(record.device_id, record.device.place_path)


def mark_command_finished(
    *, command_id: UUID, done: bool, answer_code: str, at: datetime, answer: Mapping[str, Any] | None = None
) -> None:
    """The device did it (ExeRtn = 1) or did not; also where it refused, or the door could not send it. Own transaction.

    A word that comes after the command expired still counts; a second word does not.
    """
    with acting_as(DOOR):
        open_or_late = Q(state__in=OPEN) | Q(state=CommandState.EXPIRED, claimed_at__isnull=False)
        end_commands(
            locked(Q(id=command_id) & open_or_late),
            CommandState.DONE if done else CommandState.FAILED,
            at,
            answer_code=storable_text(answer_code),
            answer=storable(answer),
            reason_code="",
            reason_params={},
        )


def list_open_commands(*, protocol: str) -> list[Command]:
    """What a door sent and no word came to yet, for a door that starts anew and must know the words that still come. Own
    transaction."""
    with acting_as(DOOR):
        records = CommandRecord.objects.select_related("device").filter(
            device__protocol=protocol, state__in=(CommandState.SENT, CommandState.ACCEPTED), expires_at__gt=now()
        )
        return [_opened(record) for record in records.order_by("sent_at", "id")]
