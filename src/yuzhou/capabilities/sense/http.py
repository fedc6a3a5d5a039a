"""Devices, readings and alarms as JSON and CSV."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Header, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    DATA_FLAG_BITS,
    Alarm,
    AlarmState,
    CloseReason,
    DataFlag,
    DeviceState,
    Mark,
    Severity,
    Source,
    Statistic,
)
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.capabilities.sense.web.charts import moment
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.ui.csv import csv_response

router = Router()
LONGEST = timedelta(days=400)
Key = Header(None, alias="Idempotency-Key", max_length=80)


class PageOut(Schema):
    """How many there are in all, and where the rows begin."""

    total: int
    offset: int


class DeviceOut(Schema):
    """A device; its secret is never told."""

    id: UUID
    protocol: str
    identity: str
    title_zh: str = Field(alias="title.zh")
    title_en: str = Field(alias="title.en")
    profile: str
    place_path: str
    state: DeviceState
    site_id: UUID | None
    operator_id: UUID | None
    last_seen: datetime | None
    simulated: bool
    enabled: bool


class DevicesOut(PageOut):
    """Some devices."""

    items: list[DeviceOut]


class SeriesOut(Schema):
    """A series; `unit` is UCUM."""

    id: int
    device_id: UUID
    property: str
    statistic: Statistic
    unit: str


class LatestOut(SeriesOut):
    """The newest value of a series."""

    id: int = Field(alias="series_id")
    at: datetime
    value: float | None
    flag: str
    marks: list[str]
    source: str
    received_at: datetime

    @staticmethod
    def resolve_value(value: Any) -> float | None:
        """JSON knows no NaN."""
        return _finite(value.value)

    @staticmethod
    def resolve_flag(value: Any) -> str:
        """The letter of HJ 212."""
        return _letter(value.flag)

    @staticmethod
    def resolve_marks(value: Any) -> list[str]:
        """Ours."""
        return _marks(value.flag)

    @staticmethod
    def resolve_source(value: Any) -> str:
        """By name."""
        return _source(value.source)


class ReadingOut(Schema):
    """A reading, or the mean of a bucket with its extremes."""

    at: datetime
    value: float | None
    flag: str
    marks: list[str]
    source: str
    low: float | None = None
    high: float | None = None


class ReadingsOut(Schema):
    """Readings of one series in the order of time; where `truncated`, ask on from `next_start`."""

    series_id: int
    resolution_seconds: int
    truncated: bool
    next_start: str | None
    items: list[ReadingOut]


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


@router.get("/devices", response=DevicesOut, summary="Devices within reach")
def list_devices(
    request: HttpRequest,
    place_path: str | None = None,
    state: DeviceState | None = None,
    q: str = Query("", max_length=80),
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """Needs `sense.device:read`."""
    found = api.list_devices(actor=_actor(request), place_path=place_path, state=state, text=q, offset=offset, limit=limit)
    return {"items": list(found), "total": found.total, "offset": offset}


@router.get("/devices/{device_id}", response=DeviceOut, summary="One device")
def get_device(request: HttpRequest, device_id: UUID) -> Any:
    """Needs `sense.device:read`."""
    return api.get_device(actor=_actor(request), device_id=device_id)


@router.get("/devices/{device_id}/series", response=list[SeriesOut], summary="The series of a device")
def list_series(request: HttpRequest, device_id: UUID) -> Any:
    """Needs `sense.device:read`."""
    api.get_device(actor=_actor(request), device_id=device_id)
    return api.list_series(actor=_actor(request), device_ids=[device_id])


@router.get("/latest", response=list[LatestOut], summary="The newest values of devices")
def latest(request: HttpRequest, device_id: list[UUID] = Query(..., max_length=1000)) -> Any:  # noqa: B008 - as ninja reads it
    """Needs `sense.device:read`; devices out of reach are left out."""
    return api.latest_values(actor=_actor(request), device_ids=device_id)


AS_CSV = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}


@router.get(
    "/series/{series_id}/readings",
    response=ReadingsOut,
    summary="Readings of a series, as JSON or CSV",
    openapi_extra=AS_CSV,
)
def read(
    request: HttpRequest,
    series_id: int,
    start: datetime,
    end: datetime | None = None,
    resolution: int = Query(0, ge=0, le=86400),
    limit: int = Query(10_000, ge=1, le=100_000),
    format: Literal["json", "csv"] = "json",
) -> Any:
    """Readings with start ≤ at < end, thinned to buckets of `resolution` seconds where given."""
    end = end or now()
    if start.tzinfo is None or end.tzinfo is None or start >= end or end - start > LONGEST:
        raise Invalid("sense.query-invalid", field="start", name="start, end")
    found = api.read_series(
        actor=_actor(request),
        series_ids=[series_id] if series_id < 2**31 else [],
        start=start,
        end=end,
        resolution_seconds=resolution,
        limit=limit,
    )
    if series_id not in found:
        raise NotFound("sense.device-unknown")
    part = found[series_id]
    items: list[dict[str, Any]] = [
        {
            "at": moment(at),
            "value": _finite(value),
            "flag": _letter(int(flag)),
            "marks": _marks(int(flag)),
            "source": _source(int(source)),
            "low": _finite(low) if resolution else None,
            "high": _finite(high) if resolution else None,
        }
        for at, value, flag, source, low, high in zip(
            part.at, part.value, part.flag, part.source, part.low, part.high, strict=True
        )
    ]
    if format == "csv":
        return _csv(series_id, items)
    after = items[-1]["at"] + timedelta(seconds=resolution or 1e-6) if part.truncated else None  # JSON cuts moments to ms
    return {
        "series_id": series_id,
        "resolution_seconds": resolution,
        "truncated": part.truncated,
        "next_start": after.isoformat() if after else None,
        "items": items,
    }


def _csv(series_id: int, items: Sequence[dict[str, Any]]) -> HttpResponseBase:
    header = ["at", "value", "flag", "marks", "source", "low", "high"]
    rows = [
        [item["at"], item["value"], item["flag"], " ".join(item["marks"]), item["source"], item["low"], item["high"]]
        for item in items
    ]
    return csv_response(f"series-{series_id}", header, rows)


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
        actor=_actor(request),
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
    return api.get_alarm(actor=_actor(request), alarm_id=alarm_id)


@router.get("/alarms/{alarm_id}/history", response=list[EntryOut], summary="What happened to an alarm")
def history(request: HttpRequest, alarm_id: UUID) -> Any:
    """Needs `sense.alarm:read`."""
    return api.alarm_history(actor=_actor(request), alarm_id=alarm_id)


@router.post("/alarms/{alarm_id}/acknowledge", response=AlarmOut, summary="Take an alarm on")
def acknowledge(request: HttpRequest, alarm_id: UUID) -> Alarm:
    """Needs `sense.alarm:acknowledge`. Again changes nothing."""
    return api.acknowledge_alarm(actor=_actor(request), alarm_id=alarm_id)


@router.post("/alarms/{alarm_id}/comments", response=AlarmOut, summary="Comment on an alarm")
def comment(request: HttpRequest, alarm_id: UUID, said: CommentIn, key: str | None = Key) -> Alarm:
    """Needs `sense.alarm:comment`. Of requests with the same `Idempotency-Key` only the first adds."""
    return api.comment_alarm(actor=_actor(request), alarm_id=alarm_id, text=said.text, request_key=key or "")


@router.post("/alarms/{alarm_id}/close", response=AlarmOut, summary="Close an alarm")
def close(request: HttpRequest, alarm_id: UUID, closing: CloseIn) -> Alarm:
    """Needs `sense.alarm:close`. Again for the same reason changes nothing; for another it is a conflict."""
    found = api.get_alarm(actor=_actor(request), alarm_id=alarm_id)
    if found.close_reason is closing.reason:
        return found
    return api.close_alarm(actor=_actor(request), alarm_id=alarm_id, reason=closing.reason, text=closing.text)


@router.get("/devices/{device_id}/commands", response=list[CommandOut], summary="The commands of a device")
def list_commands(request: HttpRequest, device_id: UUID, limit: int = Query(50, ge=1, le=500)) -> Any:
    """Needs `sense.device:read`; newest first."""
    return list(api.list_commands(actor=_actor(request), device_id=device_id, limit=limit))


@router.post("/devices/{device_id}/commands", response=CommandOut, summary="Ask for a command to be sent")
def request_command(request: HttpRequest, device_id: UUID, asked: CommandIn, key: str | None = Key) -> Any:
    """Needs `sense.command:request`. Requests with the same `Idempotency-Key` get the same command."""
    return api.request_command(
        actor=_actor(request), device_id=device_id, name=asked.name, params=asked.params, request_key=key or ""
    )


def _actor(request: HttpRequest) -> Any:
    return request.actor


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if number - number == 0 else None


def _letter(flag: int) -> str:
    code = flag & DATA_FLAG_BITS
    return DataFlag(code).letter if code < len(DataFlag) else "?"


def _marks(flag: int) -> list[str]:
    return [str(mark.name).lower() for mark in Mark if flag & mark]


def _source(source: int) -> str:
    return Source(source).name.lower().replace("_", "-")
