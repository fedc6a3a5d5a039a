"""The newest values of devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.devices import SeriesOut
from yuzhou.capabilities.sense.http.words import actor_of, finite, letter, marks_of, source_name

router = Router()


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
        return finite(value.value)

    @staticmethod
    def resolve_flag(value: Any) -> str:
        """The letter of HJ 212."""
        return letter(value.flag)

    @staticmethod
    def resolve_marks(value: Any) -> list[str]:
        """Ours."""
        return marks_of(value.flag)

    @staticmethod
    def resolve_source(value: Any) -> str:
        """By name."""
        return source_name(value.source)


@router.get("/latest", response=list[LatestOut], summary="The newest values of devices")
def latest(request: HttpRequest, device_id: list[UUID] = Query(..., max_length=1000)) -> Any:  # noqa: B008 - as ninja reads it
    """Needs `sense.device:read`; devices out of reach are left out."""
    return api.latest_values(actor=actor_of(request), device_ids=device_id)
