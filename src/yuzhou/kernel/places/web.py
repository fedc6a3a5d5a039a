"""Outlines as GeoJSON, and the place picker's answers."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from yuzhou.kernel.places.contracts import GeoDocument, PlaceRef
from yuzhou.kernel.places.geography import city_geojson, districts_geojson
from yuzhou.kernel.places.rules import Level, ancestors_of
from yuzhou.kernel.places.selectors import find_places, list_places

CACHED = "public, max-age=3600"
MOST = 50


@require_safe
def districts(request: HttpRequest) -> HttpResponse:
    """The districts of the map."""
    return _geojson(request, districts_geojson())


@require_safe
def city(request: HttpRequest) -> HttpResponse:
    """The outline of the municipality."""
    return _geojson(request, city_geojson())


def _geojson(request: HttpRequest, document: GeoDocument) -> HttpResponse:
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    response: HttpResponse
    if document.etag in known or "*" in known:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(document.body, content_type="application/geo+json")
    response["ETag"] = document.etag
    response["Cache-Control"] = CACHED
    return response


@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """Places for a picker: `q` is the text, `below` a path, `level` 1 to 4, `limit` at most 50."""
    level = request.GET.get("level", "")
    limit = request.GET.get("limit", "")
    found = find_places(
        request.GET.get("q", "")[:80],
        below=request.GET.get("below") or None,
        level=Level(int(level)) if level in ("1", "2", "3", "4") else None,
        limit=min(int(limit), MOST) if limit.isascii() and limit.isdigit() else 20,
    )
    above = list_places(sorted({path for place in found for path in ancestors_of(place.path)[1:]}))
    return JsonResponse({"places": [_choice(place, above) for place in found]})


def _choice(place: PlaceRef, above: dict[str, PlaceRef]) -> dict[str, object]:
    """A choice of the picker: the name, and the names of the places above it (without the city)."""
    return {
        "path": place.path,
        "code": place.code,
        "level": place.level,
        "name": str(place),
        "within": " · ".join(str(above[path]) for path in ancestors_of(place.path)[1:]),
    }
