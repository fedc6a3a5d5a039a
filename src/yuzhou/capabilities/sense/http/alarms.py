"""Alarms and what people do about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Alarm, AlarmState, CloseReason, Severity, Statistic
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.capabilities.sense.http.words import Key, PageOut, actor_of

router = Router()


class AlarmOut(Schema):
    """An alarm; `reason` is worded in the language asked for, `code` and `params` are for machines."""

    id: UUID
    rule_key: str
    device_id: UUID
    series_id: int
    property: str
    statistic: Statistic
    severity: int
    peak_severity: int
    state: AlarmState
    code: str
    params: dict[str, Any]
    reason: str
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    place_path: str
    site_id: UUID | None
    simulated: bool

    @staticmethod
    def resolve_reason(alarm: Any) -> str:
        """The sentence."""
        return word_alarm(alarm)


class AlarmsOut(PageOut):
    """Some alarms."""

    items: list[AlarmOut]


class EntryOut(Schema):
    """A step of an alarm's history."""

    at: datetime
    act: str
    severity: int
    actor_name: str
    text: str


class CommentIn(Schema):
    """A word on an alarm."""

    text: str = Field(min_length=1, max_length=2000)


class CloseIn(Schema):
    """Why an alarm is closed."""

    reason: CloseReason
    text: str = Field("", max_length=2000)


@router.get("/alarms", response=AlarmsOut, summary="Alarms within reach")
def list_alarms(
    request: HttpRequest,
    state: list[AlarmState] = Query([]),  # noqa: B008 - as ninja reads it
    min_severity: int | None = Query(None, ge=1, le=4),
    place_path: str | None = None,
    device_id: UUID | None = None,
    raised_from: datetime | None = None,
    raised_to: datetime | None = None,
    q: str = Query("", max_length=80),
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """Needs `sense.alarm:read`; newest first."""
    found = api.list_alarms(
        actor=actor_of(request),
        states=state,
        min_severity=Severity(min_severity) if min_severity else None,
        place_path=place_path,
        device_ids=[device_id] if device_id else None,
        raised_from=raised_from,
        raised_to=raised_to,
        text=q,
        offset=offset,
        limit=limit,
    )
    return {"items": list(found), "total": found.total, "offset": offset}


@router.get("/alarms/{alarm_id}", response=AlarmOut, summary="One alarm")
def get_alarm(request: HttpRequest, alarm_id: UUID) -> Alarm:
    """Needs `sense.alarm:read`."""
    return api.get_alarm(actor=actor_of(request), alarm_id=alarm_id)


@router.get("/alarms/{alarm_id}/history", response=list[EntryOut], summary="What happened to an alarm")
def history(request: HttpRequest, alarm_id: UUID) -> Any:
    """Needs `sense.alarm:read`."""
    return api.alarm_history(actor=actor_of(request), alarm_id=alarm_id)


@router.post("/alarms/{alarm_id}/acknowledge", response=AlarmOut, summary="Take an alarm on")
def acknowledge(request: HttpRequest, alarm_id: UUID) -> Alarm:
    """Needs `sense.alarm:acknowledge`. Again changes nothing."""
    return api.acknowledge_alarm(actor=actor_of(request), alarm_id=alarm_id)


@router.post("/alarms/{alarm_id}/comments", response=AlarmOut, summary="Comment on an alarm")
def comment(request: HttpRequest, alarm_id: UUID, said: CommentIn, key: str | None = Key) -> Alarm:
    """Needs `sense.alarm:comment`. Of requests with the same `Idempotency-Key` only the first adds."""
    return api.comment_alarm(actor=actor_of(request), alarm_id=alarm_id, text=said.text, request_key=key or "")


@router.post("/alarms/{alarm_id}/close", response=AlarmOut, summary="Close an alarm")
def close(request: HttpRequest, alarm_id: UUID, closing: CloseIn) -> Alarm:
    """Needs `sense.alarm:close`. Again for the same reason changes nothing; for another it is a conflict."""
    found = api.get_alarm(actor=actor_of(request), alarm_id=alarm_id)
    if found.close_reason is closing.reason:
        return found
    return api.close_alarm(actor=actor_of(request), alarm_id=alarm_id, reason=closing.reason, text=closing.text)
