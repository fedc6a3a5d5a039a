"""Outlines of the city and its districts, as GeoJSON and as shapes to ask."""

import hashlib
import json
from functools import lru_cache
from typing import Any

from yuzhou.kernel.places.contracts import GeoDocument, PlaceRef
from yuzhou.kernel.places.models import Boundary, Edition
from yuzhou.kernel.places.rules import Level, Polygon, shape_contains, unpack_ring
from yuzhou.kernel.places.selectors import get_place, list_places

# The municipality's extent in degrees, a little widened: west, south, east, north.
CITY_BOUNDS = (105.2, 28.1, 110.3, 32.3)


def within_city_bounds(lon: float, lat: float) -> bool:
    """Whether a point lies in the rectangle around the municipality."""
    west, south, east, north = CITY_BOUNDS
    return west <= lon <= east and south <= lat <= north


def districts_geojson() -> GeoDocument:
    """The districts of today's map: features with path, code, name, names in English and Latin letters, and a point inside."""
    return _document(_edition(), Level.DISTRICT)


def city_geojson() -> GeoDocument:
    """The outline of the municipality."""
    return _document(_edition(), Level.CITY)


def district_at(lon: float, lat: float) -> PlaceRef | None:
    """The district that a point lies in, by overview outlines: within half a kilometre of a border it may err."""
    for path, shape in _shapes(_edition()):
        if shape_contains(list(shape), lon, lat):
            return get_place(path=path)
    return None


def _edition() -> str:
    """The loaded edition: what is made from it is kept in memory as long as it stays."""
    return Edition.objects.filter(name="places").values_list("digest", flat=True).first() or ""


def _unpacked(boundary: Boundary) -> list[Polygon]:
    return [[unpack_ring(ring, boundary.scale) for ring in polygon] for polygon in boundary.polygons]


@lru_cache(maxsize=1)
def _shapes(edition: str) -> tuple[tuple[str, tuple[Polygon, ...]], ...]:
    boundaries = Boundary.objects.filter(place__level=Level.DISTRICT).select_related("place")
    return tuple((boundary.place.path, tuple(_unpacked(boundary))) for boundary in boundaries)


@lru_cache(maxsize=4)
def _document(edition: str, level: Level) -> GeoDocument:
    boundaries = Boundary.objects.filter(place__level=level, place__on_map=True).select_related("place").order_by("place__code")
    places = list_places([boundary.place.path for boundary in boundaries])
    features = [_feature(places[boundary.place.path], _unpacked(boundary)) for boundary in boundaries]
    body = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")).encode()
    return GeoDocument(etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"', body=body)


def _feature(place: PlaceRef, shape: list[Polygon]) -> dict[str, Any]:
    point = [place.lon, place.lat] if place.lon is not None else None
    return {
        "type": "Feature",
        "id": place.code,
        "properties": {
            "path": place.path,
            "code": place.code,
            "name": place.name,
            "name_en": place.name_en,
            "name_latin": place.name_latin,
            "point": point,
        },
        "geometry": {"type": "MultiPolygon", "coordinates": shape},
    }
