"""The door to places."""

from yuzhou.kernel.places.contracts import CodeSpan, GeoDocument, PlaceRef
from yuzhou.kernel.places.geography import city_geojson, district_at, districts_geojson, within_city_bounds
from yuzhou.kernel.places.importing import load_carried_data, place_id
from yuzhou.kernel.places.rules import CITY_PATH, Level, ancestors_of, district_of, level_of, parent_of
from yuzhou.kernel.places.selectors import (
    find_places,
    get_place,
    list_ancestors,
    list_children,
    list_codes,
    list_districts,
    list_places,
    path_of,
)

__all__ = [
    "CITY_PATH",
    "CodeSpan",
    "GeoDocument",
    "Level",
    "PlaceRef",
    "ancestors_of",
    "city_geojson",
    "district_at",
    "district_of",
    "districts_geojson",
    "find_places",
    "get_place",
    "level_of",
    "list_ancestors",
    "list_children",
    "list_codes",
    "list_districts",
    "list_places",
    "load_carried_data",
    "parent_of",
    "path_of",
    "place_id",
    "within_city_bounds",
]
