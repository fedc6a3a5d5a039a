"""Commands to devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.words import Key, actor_of

router = Router()


class CommandIn(Schema):
    """A command of the device's protocol with its values."""

    name: str = Field(max_length=64)
    params: dict[str, Any] = {}


class CommandOut(Schema):
    """A command and what became of it."""

    id: UUID
    device_id: UUID
    name: str
    params: dict[str, Any]
    state: str
    requested_at: datetime
    requested_by: str
    expires_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    answer_code: str
    answer: dict[str, Any] | None


@router.get("/devices/{device_id}/commands", response=list[CommandOut], summary="The commands of a device")
def list_commands(request: HttpRequest, device_id: UUID, limit: int = Query(50, ge=1, le=500)) -> Any:
    """Needs `sense.device:read`; newest first."""
    return list(api.list_commands(actor=actor_of(request), device_id=device_id, limit=limit))


@router.post("/devices/{device_id}/commands", response=CommandOut, summary="Ask for a command to be sent")
def request_command(request: HttpRequest, device_id: UUID, asked: CommandIn, key: str | None = Key) -> Any:
    """Needs `sense.command:request`. Requests with the same `Idempotency-Key` get the same command."""
    return api.request_command(
        actor=actor_of(request), device_id=device_id, name=asked.name, params=asked.params, request_key=key or ""
    )
