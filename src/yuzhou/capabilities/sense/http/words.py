"""What all addresses share: who asks, pages of a list, and the words for flags, marks and sources."""

from typing import Any

from django.http import HttpRequest
from ninja import Header, Schema

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, DataFlag, Mark, Source

Key = Header(None, alias="Idempotency-Key", max_length=80)


class PageOut(Schema):
    """How many there are in all, and where the rows begin."""

    total: int
    offset: int


def actor_of(request: HttpRequest) -> Any:
    """Who asks."""
    return request.actor


def finite(value: Any) -> float | None:
    """The number, or None: JSON knows neither NaN nor infinity."""
    number = float(value)
    return number if number - number == 0 else None


def letter(flag: int) -> str:
    """The letter of HJ 212 for the instrument's own word."""
    code = flag & DATA_FLAG_BITS
    return DataFlag(code).letter if code < len(DataFlag) else "?"


def marks_of(flag: int) -> list[str]:
    """The names of our own marks."""
    return [str(mark.name).lower() for mark in Mark if flag & mark]


def source_name(source: int) -> str:
    """Where a reading came from."""
    return Source(source).name.lower().replace("_", "-")
