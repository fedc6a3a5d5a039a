"""Commands to devices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    Command,
    CommandCause,
    CommandGroup,
    CommandState,
    CommandType,
    json_of_command_type,
)
from yuzhou.capabilities.sense.http.words import Key, PageOut, actor_of
from yuzhou.kernel.errors import word

router = Router()


class CommandIn(Schema):
    """A command of the device's protocol or profile with its values."""

    name: str = Field(max_length=64)
    params: dict[str, Any] = {}
    alarm_id: UUID | None = None
    note: str = Field("", max_length=500)


class CommandsIn(Schema):
    """One command for many devices."""

    device_ids: list[UUID] = Field(min_length=1, max_length=1000)
    name: str = Field(max_length=64)
    params: dict[str, Any] = {}
    note: str = Field("", max_length=500)


class CommandOut(Schema):
    """A command and what became of it; `reason` is worded in the language asked for."""

    id: UUID
    device_id: UUID
    name: str
    group: CommandGroup
    params: dict[str, Any]
    state: CommandState
    requested_at: datetime
    requested_by: str
    rule_key: str
    alarm_id: UUID | None
    retry_of: UUID | None
    batch_id: UUID | None
    note: str
    approved_at: datetime | None
    approved_by: str
    expires_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    answer_code: str
    answer: dict[str, Any] | None
    reason: str
    reason_code: str
    reason_params: dict[str, Any]

    @staticmethod
    def resolve_reason(command: Any) -> str:
        """Why it was refused, or what its expiry means."""
        return word(command.reason_code, dict(command.reason_params)) if command.reason_code else ""


class CommandsOut(PageOut):
    """Some commands."""

    items: list[CommandOut]


class StepOut(Schema):
    """A step in a command's history."""

    at: datetime
    act: str
    actor_name: str
    code: str
    text: str


class BatchOut(Schema):
    """One command asked of many devices: how many stand in each state."""

    id: UUID
    name: str
    params: dict[str, Any]
    requested_at: datetime
    requested_by: str
    note: str
    total: int
    finished: int
    states: dict[CommandState, int]


class CheckOut(Schema):
    """Whether a command could go now; each refusal in words."""

    may_go: bool
    needs_approval: bool
    refusals: list[str]


class TextIn(Schema):
    """Why."""

    text: str = Field(min_length=1, max_length=500)


class AgainIn(Schema):
    """Values that shall be others than before; secrets must be given again."""

    params: dict[str, Any] = {}


@router.get("/devices/{device_id}/commands", response=list[CommandOut], summary="The commands of a device")
def list_commands(request: HttpRequest, device_id: UUID, limit: int = Query(50, ge=1, le=500)) -> Any:
    """Needs `sense.device:read`; newest first."""
    return list(api.list_commands(actor=actor_of(request), device_id=device_id, limit=limit))


@router.post("/devices/{device_id}/commands", response=CommandOut, summary="Ask for a command to be sent")
def request_command(request: HttpRequest, device_id: UUID, asked: CommandIn, key: str | None = Key) -> Any:
    """Needs `sense.command:request`. Requests with the same `Idempotency-Key` get the same command. What an interlock forbids is
    a conflict that says why."""
    return api.request_command(
        actor=actor_of(request),
        device_id=device_id,
        name=asked.name,
        params=asked.params,
        request_key=key or "",
        cause=CommandCause(alarm_id=asked.alarm_id, note=asked.note),
    )


@router.post("/devices/{device_id}/commands/check", response=CheckOut, summary="Whether a command could go now")
def check_command(request: HttpRequest, device_id: UUID, asked: CommandIn) -> dict[str, Any]:
    """Needs `sense.command:request`; sends nothing."""
    reasons, two = api.check_command(actor=actor_of(request), device_id=device_id, name=asked.name, params=asked.params)
    worded = [word(reason.code, dict(reason.params)) for reason in reasons]
    return {"may_go": not reasons, "needs_approval": two, "refusals": worded}


@router.get("/devices/{device_id}/command-types", response=list[dict[str, Any]], summary="What can be asked of a device")
def list_command_types(request: HttpRequest, device_id: UUID) -> Sequence[dict[str, Any]]:
    """Needs `sense.device:read`."""
    device = api.get_device(actor=actor_of(request), device_id=device_id)
    found: Sequence[CommandType] = api.command_types(protocol=device.protocol, profile=device.profile)
    return [json_of_command_type(kind) for kind in found]


@router.get("/commands", response=CommandsOut, summary="Commands within reach")
def list_all_commands(
    request: HttpRequest,
    state: list[CommandState] = Query([]),  # noqa: B008 - as ninja reads it
    group: CommandGroup | None = None,
    alarm_id: UUID | None = None,
    batch_id: UUID | None = None,
    place_path: str | None = None,
    q: str = Query("", max_length=80),
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """Needs `sense.device:read`; newest first."""
    found = api.list_commands(
        actor=actor_of(request),
        states=state,
        group=group,
        alarm_id=alarm_id,
        batch_id=batch_id,
        place_path=place_path,
        text=q,
        offset=offset,
        limit=limit,
    )
    return {"items": list(found), "total": found.total, "offset": offset}


@router.post("/commands", response=BatchOut, summary="Ask for one command at many devices")
def request_commands(request: HttpRequest, asked: CommandsIn, key: str | None = Key) -> Any:
    """Needs `sense.command:request` at each. Requests with the same `Idempotency-Key` get the same batch."""
    return api.request_commands(
        actor=actor_of(request),
        device_ids=asked.device_ids,
        name=asked.name,
        params=asked.params,
        note=asked.note,
        request_key=key or "",
    )


@router.get("/command-batches/{batch_id}", response=BatchOut, summary="How far a command for many devices is")
def get_batch(request: HttpRequest, batch_id: UUID) -> Any:
    """Needs `sense.device:read`; counts what you may see."""
    return api.get_command_batch(actor=actor_of(request), batch_id=batch_id)


@router.post("/command-batches/{batch_id}/cancel", response=BatchOut, summary="Take back what was not sent yet")
def cancel_batch(request: HttpRequest, batch_id: UUID) -> Any:
    """Needs `sense.command:request`. Again changes nothing."""
    api.cancel_batch(actor=actor_of(request), batch_id=batch_id)
    return api.get_command_batch(actor=actor_of(request), batch_id=batch_id)


@router.get("/commands/{command_id}", response=CommandOut, summary="One command")
def get_command(request: HttpRequest, command_id: UUID) -> Command:
    """Needs `sense.device:read`."""
    return api.get_command(actor=actor_of(request), command_id=command_id)


@router.get("/commands/{command_id}/history", response=list[StepOut], summary="What became of a command")
def history(request: HttpRequest, command_id: UUID) -> Any:
    """Needs `sense.device:read`."""
    return api.command_history(actor=actor_of(request), command_id=command_id)


@router.post("/commands/{command_id}/approve", response=CommandOut, summary="Let a command go, as the second person")
def approve(request: HttpRequest, command_id: UUID) -> Command:
    """Needs `sense.command:approve`; not for who asked for it."""
    return api.approve_command(actor=actor_of(request), command_id=command_id)


@router.post("/commands/{command_id}/reject", response=CommandOut, summary="Refuse a command, as the second person")
def reject(request: HttpRequest, command_id: UUID, said: TextIn) -> Command:
    """Needs `sense.command:approve`."""
    return api.reject_command(actor=actor_of(request), command_id=command_id, text=said.text)


@router.post("/commands/{command_id}/cancel", response=CommandOut, summary="Take back a command that was not sent yet")
def cancel(request: HttpRequest, command_id: UUID) -> Command:
    """Needs `sense.command:request`. Again changes nothing."""
    return api.cancel_command(actor=actor_of(request), command_id=command_id)


@router.post("/commands/{command_id}/repeat", response=CommandOut, summary="Ask again for a command that has ended")
def repeat(request: HttpRequest, command_id: UUID, again: AgainIn, key: str | None = Key) -> Command:
    """Needs `sense.command:request`; only for persons."""
    return api.retry_command(actor=actor_of(request), command_id=command_id, params=again.params, request_key=key or "")
