"""Commands down to devices: nothing is sent twice, everything ends somewhere."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from yuzhou.capabilities.sense.contracts import Command, CommandField, CommandState, CommandType
from yuzhou.capabilities.sense.events import CommandFinished
from yuzhou.capabilities.sense.models import CommandRecord
from yuzhou.capabilities.sense.selectors.commands import command_of
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.services.news import tell_of_command
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.events.api import emit_many
from yuzhou.kernel.ids import urn, uuid7
from yuzhou.kernel.keys.api import decrypt, encrypt
from yuzhou.kernel.transactions import acting_as, transaction_required

REQUEST = "sense.command:request"
DOOR = Actor.system("sense.door")
SEALED = "sense.command-secret"
HIDDEN = "******"
OPEN = (CommandState.REQUESTED, CommandState.SENDING, CommandState.SENT, CommandState.ACCEPTED)

_types: dict[str, tuple[CommandType, ...]] = {}


def declare_command_types(*, protocol: str, types: Sequence[CommandType]) -> None:
    """A door says, when Django is ready, what it can send down."""
    _types[protocol] = tuple(types)


def command_types(*, protocol: str) -> tuple[CommandType, ...]:
    """What may be sent down to devices of a protocol."""
    return _types.get(protocol, ())


@transaction_required
def request_command(*, actor: Actor, device_id: UUID, name: str, params: Mapping[str, Any], request_key: str = "") -> Command:
    """Ask for a command to be sent. Needs `sense.command:request` at the device. Raises Invalid for unknown names and values.

    Idempotent on `request_key`, where one is given.
    """
    device = visible_devices(actor).select_for_update(of=("self",)).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    actor.require(REQUEST, place_path=device.place_path)
    kind = next((kind for kind in command_types(protocol=device.protocol) if kind.name == name), None)
    if kind is None:
        raise Invalid("sense.command-unknown", field="name", name=name)
    if request_key and (before := device.commands.select_related("device").filter(request_key=request_key).first()):
        return command_of(before)
    requested_at = now()
    values = {field.name: value for field in kind.fields if (value := check_value(field, params.get(field.name))) is not None}
    secrets = {field.name: values[field.name] for field in kind.fields if field.kind == "secret" and field.name in values}
    identifier = uuid7()
    record = CommandRecord.objects.create(
        id=identifier,
        device=device,
        name=name,
        params=values | dict.fromkeys(secrets, HIDDEN),
        sealed=encrypt(SEALED, json.dumps(secrets).encode(), bound_to=str(identifier)) if secrets else None,
        state=CommandState.REQUESTED,
        requested_at=requested_at,
        requested_by=actor.name,
        requested_by_id=actor.id,
        request_key=request_key,
        expires_at=requested_at + timedelta(seconds=kind.expires_after_seconds),
    )
    acts.record(actor=actor, act=REQUEST, subject=urn("device", device.id), details={"command": name, "params": record.params})
    return command_of(record)


def check_value(field: CommandField, value: Any) -> Any:
    """The value as it is stored; None where an optional one is left out. Raises Invalid `sense.command-value`."""
    if value is None or value == "":
        if field.required:
            raise _wrong(field)
        return None
    try:
        match field.kind:
            case "integer":
                return _bounded(field, int(value))
            case "number":
                return _bounded(field, float(value))
            case "moment":
                return value if isinstance(value, str) else value.isoformat()
            case "choice":
                if value not in {key for key, _ in field.choices}:
                    raise _wrong(field)
                return value
            case "text" | "secret":
                return str(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise _wrong(field) from error


def _bounded(field: CommandField, value: float) -> float:
    if (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        raise _wrong(field)
    return value


def _wrong(field: CommandField) -> Invalid:
    return Invalid("sense.command-value", field=field.name)


def claim_commands(*, protocol: str, device_ids: Iterable[UUID], limit: int = 100) -> list[Command]:
    """Take the requested commands of connected devices, oldest first; each is given out once (`sending`). Own transaction."""
    with acting_as(DOOR):
        chosen = list(
            CommandRecord.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                state=CommandState.REQUESTED,
                device__protocol=protocol,
                device_id__in=list(device_ids),
                expires_at__gt=now(),
            )
            .order_by("requested_at", "id")[:limit]
            .values_list("id", flat=True)
        )
        CommandRecord.objects.filter(id__in=chosen).update(state=CommandState.SENDING, attempts=F("attempts") + 1)
        records = CommandRecord.objects.select_related("device").filter(id__in=chosen).order_by("requested_at", "id")
        return [_opened(record) for record in records]


def _opened(record: CommandRecord) -> Command:
    """The command with its secrets, for its door alone."""
    command = command_of(record)
    if record.sealed is None:
        return command
    secrets = json.loads(decrypt(SEALED, bytes(record.sealed), bound_to=str(record.id)))
    return replace(command, params={**command.params, **secrets})


def mark_command_sent(*, command_id: UUID, reference: str, at: datetime) -> None:
    """The door wrote it to the device; `reference` is its key of the exchange (QN). Own transaction."""
    with acting_as(DOOR):
        CommandRecord.objects.filter(id=command_id, state=CommandState.SENDING).update(
            state=CommandState.SENT, reference=reference, sent_at=at
        )


def mark_command_accepted(*, command_id: UUID, answer_code: str, at: datetime) -> None:
    """The device took it on (QnRtn = 1). Own transaction."""
    with acting_as(DOOR):
        CommandRecord.objects.filter(id=command_id, state__in=(CommandState.SENDING, CommandState.SENT)).update(
            state=CommandState.ACCEPTED, answer_code=answer_code
        )


def mark_command_finished(
    *, command_id: UUID, done: bool, answer_code: str, at: datetime, answer: Mapping[str, Any] | None = None
) -> None:
    """The device did it (ExeRtn = 1) or did not; also where it refused, or the door could not send it. Own transaction.

    A word that comes after the command expired still counts; a second word does not.
    """
    with acting_as(DOOR):
        _finish(
            Q(id=command_id, state__in=(*OPEN, CommandState.EXPIRED)),
            CommandState.DONE if done else CommandState.FAILED,
            at,
            answer_code=answer_code,
            answer=dict(answer) if answer is not None else None,
        )


@transaction_required
def expire_commands() -> int:
    """Give up on commands whose time is over; returns how many."""
    moment = now()
    return _finish(Q(state__in=OPEN, expires_at__lte=moment), CommandState.EXPIRED, moment)


def _finish(which: Q, state: CommandState, at: datetime, **values: Any) -> int:
    records = list(CommandRecord.objects.select_for_update(of=("self",)).select_related("device").filter(which))
    CommandRecord.objects.filter(id__in=[record.id for record in records]).update(
        state=state, finished_at=at, sealed=None, **values
    )
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
    return len(records)
