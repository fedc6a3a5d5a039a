"""The history of series as a stream of any length."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Period
from yuzhou.capabilities.sense.contracts.history import ExportFormat
from yuzhou.capabilities.sense.http.words import actor_of
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound

router = Router()
MOST_SERIES = 1000
BYTES = {"type": "string", "format": "binary"}
AS_STREAM = {
    "responses": {
        200: {
            "description": "The rows, as they are read",
            "content": {one.media_type.split(";")[0]: {"schema": BYTES} for one in ExportFormat},
        }
    }
}


@router.get("/export", summary="The history of series as a stream: CSV, JSON lines, Arrow or Parquet", openapi_extra=AS_STREAM)
def export(
    request: HttpRequest,
    start: datetime,
    series_id: list[int] = Query(..., max_length=MOST_SERIES),  # noqa: B008 - as ninja reads it
    end: datetime | None = None,
    format: ExportFormat = ExportFormat.CSV,
    period: Period | None = None,
) -> Any:
    """Needs `sense.device:read`; series out of reach are left out, 404 where none is left. All readings with start ≤ at < end.

    With `period` one row for each period. However much it is: it is read while it is sent.
    """
    end = end or now()
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise Invalid("sense.query-invalid", field="start", name="start, end")
    ids = [one for one in series_id if 0 < one < 2**31]
    return stream(request, ids, start, end, format, period)


def stream(
    request: HttpRequest, ids: list[int], start: datetime, end: datetime, format: ExportFormat, period: Period | None = None
) -> StreamingHttpResponse:
    """The download."""
    actor = actor_of(request)
    visible = [one.id for one in api.find_series(actor=actor, series_ids=ids)]
    if not visible:
        raise NotFound("sense.device-unknown")
    pieces = api.export_history(actor=actor, series_ids=visible, start=start, end=end, format=format, period=period)
    response = StreamingHttpResponse(pieces, content_type=format.media_type)
    name = f"series-{visible[0]}" if len(visible) == 1 else "series"
    response["Content-Disposition"] = f'attachment; filename="{name}-{start:%Y%m%d}-{end:%Y%m%d}.{format.value}"'
    return response
