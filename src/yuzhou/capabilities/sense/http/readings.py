"""Readings of a series as JSON and CSV."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.words import actor_of, finite, letter, marks_of, source_name
from yuzhou.capabilities.sense.web.charts import moment
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.ui.csv import csv_response

router = Router()
LONGEST = timedelta(days=400)


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
        actor=actor_of(request),
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
            "value": finite(value),
            "flag": letter(int(flag)),
            "marks": marks_of(int(flag)),
            "source": source_name(int(source)),
            "low": finite(low) if resolution else None,
            "high": finite(high) if resolution else None,
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
