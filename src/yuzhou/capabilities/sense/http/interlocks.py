"""What forbids commands: interlocks and lock-outs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import AwareDatetime

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import LockKind, StandingInterlock, json_of_interlock
from yuzhou.capabilities.sense.http.words import actor_of
from yuzhou.kernel.text import Text

router = Router()


class InterlockIn(Schema):
    """An interlock as data (docs/commands.md), before one command or (empty) before all that change something."""

    interlock: dict[str, Any]
    command: str = Field("", max_length=64)
    title_zh: str = Field("", max_length=200)
    title_en: str = Field("", max_length=200)


class InterlockOut(Schema):
    """An interlock that stands."""

    id: UUID
    device_id: UUID | None
    profile: str
    command: str
    title_zh: str
    title_en: str
    interlock: dict[str, Any]
    defined_by: str
    defined_at: datetime


class LockIn(Schema):
    """Who works at the device, why, and until when."""

    kind: LockKind = LockKind.MAINTENANCE
    reason: str = Field(min_length=1, max_length=500)
    until: AwareDatetime


class LockOut(Schema):
    """A lock-out."""

    id: UUID
    device_id: UUID
    kind: LockKind
    reason: str
    until: datetime
    locked_at: datetime
    locked_by: str
    released_at: datetime | None
    released_by: str


@router.get("/devices/{device_id}/interlocks", response=list[InterlockOut], summary="What stands before a device's commands")
def list_interlocks(request: HttpRequest, device_id: UUID) -> list[dict[str, Any]]:
    """Needs `sense.device:read`."""
    return [_told(one) for one in api.list_interlocks(actor=actor_of(request), device_id=device_id)]


@router.post("/devices/{device_id}/interlocks", response=InterlockOut, summary="Put an interlock before a device's commands")
def define_interlock(request: HttpRequest, device_id: UUID, asked: InterlockIn) -> dict[str, Any]:
    """Needs `sense.interlock:define`."""
    title = Text(asked.title_zh, asked.title_en or asked.title_zh)
    made = api.define_interlock(
        actor=actor_of(request), interlock=asked.interlock, command=asked.command, device_id=device_id, title=title
    )
    return _told(made)


def _told(one: StandingInterlock) -> dict[str, Any]:
    return {
        "id": one.id,
        "device_id": one.device_id,
        "profile": one.profile,
        "command": one.command,
        "title_zh": one.title.zh,
        "title_en": one.title.en,
        "interlock": json_of_interlock(one.interlock),
        "defined_by": one.defined_by,
        "defined_at": one.defined_at,
    }


@router.delete("/interlocks/{interlock_id}", response={204: None}, summary="Take an interlock away")
def withdraw_interlock(request: HttpRequest, interlock_id: UUID) -> tuple[int, None]:
    """Needs `sense.interlock:define`. Again changes nothing."""
    api.withdraw_interlock(actor=actor_of(request), interlock_id=interlock_id)
    return 204, None


@router.get("/devices/{device_id}/locks", response=list[LockOut], summary="The lock-outs of a device")
def list_locks(request: HttpRequest, device_id: UUID) -> Any:
    """Needs `sense.device:read`; those that stand now."""
    return api.list_locks(actor=actor_of(request), device_ids=[device_id])


@router.post("/devices/{device_id}/locks", response=LockOut, summary="Lock a device out from commands")
def lock_device(request: HttpRequest, device_id: UUID, asked: LockIn) -> Any:
    """Needs `sense.command:lock`."""
    return api.lock_device(actor=actor_of(request), device_id=device_id, kind=asked.kind, reason=asked.reason, until=asked.until)


@router.post("/locks/{lock_id}/release", response={204: None}, summary="End a lock-out")
def release_device(request: HttpRequest, lock_id: UUID) -> tuple[int, None]:
    """Needs `sense.command:lock`. Again changes nothing."""
    api.release_device(actor=actor_of(request), lock_id=lock_id)
    return 204, None
