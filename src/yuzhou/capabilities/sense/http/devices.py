"""Devices and their series."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DeviceState, Statistic
from yuzhou.capabilities.sense.http.words import PageOut, actor_of

router = Router()


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
    found = api.list_devices(actor=actor_of(request), place_path=place_path, state=state, text=q, offset=offset, limit=limit)
    return {"items": list(found), "total": found.total, "offset": offset}


@router.get("/devices/{device_id}", response=DeviceOut, summary="One device")
def get_device(request: HttpRequest, device_id: UUID) -> Any:
    """Needs `sense.device:read`."""
    return api.get_device(actor=actor_of(request), device_id=device_id)


@router.get("/devices/{device_id}/series", response=list[SeriesOut], summary="The series of a device")
def list_series(request: HttpRequest, device_id: UUID) -> Any:
    """Needs `sense.device:read`."""
    api.get_device(actor=actor_of(request), device_id=device_id)
    return api.list_series(actor=actor_of(request), device_ids=[device_id])
