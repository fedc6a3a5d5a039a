"""The newest values of devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Source, Statistic
from yuzhou.capabilities.sense.http.words import actor_of, letter, marks_of, source_name

router = Router()


class LatestOut(Schema):
    """The newest value of a series; `id` is the series, `flag` the letter of HJ 212, `marks` are ours."""

    id: int
    device_id: UUID
    property: str
    statistic: Statistic
    unit: str
    at: datetime
    value: float | None
    flag: str
    marks: list[str]
    source: str
    received_at: datetime


AS_LINK = {
    "responses": {
        200: {
            "headers": {
                "Link": {"description": "rel=next: the devices that follow (RFC 8288)", "schema": {"type": "string"}},
            }
        }
    }
}


@router.get("/latest", response=list[LatestOut], summary="The newest values of devices", openapi_extra=AS_LINK)
def latest(
    request: HttpRequest,
    device_id: list[UUID] | None = Query(None, max_length=1000),  # noqa: B008 - as ninja reads it
    place_path: str | None = Query(None, max_length=64),
    profile: str | None = Query(None, max_length=64),
    property: list[str] | None = Query(None, max_length=100),  # noqa: B008 - as ninja reads it
    after: UUID | None = None,
    limit: int = Query(1000, ge=1, le=1000),
) -> Any:
    """Needs `sense.device:read`; devices out of reach are left out. By id, place, profile and property, `limit` devices a page.

    The header `Link` leads on (`rel="next"`) as long as there may be more; a page of devices without values is empty.
    """
    page = api.list_newest(
        actor=actor_of(request),
        device_ids=device_id,
        place_path=place_path,
        profile=profile,
        properties=property or (),
        after=after,
        limit=limit,
    )
    response = HttpResponse(orjson.dumps([_shown(row) for row in page.rows]), content_type="application/json")
    if page.after is not None:
        query = request.GET.copy()
        query["after"] = str(page.after)
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    return response


FLAGS = [(letter(flag), marks_of(flag)) for flag in range(256)]
SOURCES = {int(source): source_name(source) for source in Source}


def _shown(row: Any) -> dict[str, Any]:
    """A row as `LatestOut`, without a model for each: there are thousands."""
    device, series, prop, statistic, unit, at, value, flag, source, received_at = row
    word, marks = FLAGS[flag]
    return {
        "id": series,
        "device_id": device,
        "property": prop,
        "statistic": statistic,
        "unit": unit,
        "at": at,
        "value": value,  # orjson writes null for what is not finite
        "flag": word,
        "marks": marks,
        "source": SOURCES[source],
        "received_at": received_at,
    }
