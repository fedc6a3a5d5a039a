"""Geometries as GeoJSON has them (RFC 7946; clause 4.7)."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, bad_data

DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
GEOMETRIES = frozenset((*DEPTH, "GeometryCollection"))
MOST_POSITIONS = 100_000


def is_geometry(value: object) -> bool:
    """Whether a JSON value means to be a geometry."""
    if not isinstance(value, dict) or not ("coordinates" in value or "geometries" in value):
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in GEOMETRIES


def checked_geometry(value: Any, member: str, *, allow_collection: bool = True) -> dict[str, Any]:
    """The geometry itself, if it is one; else raises Problem that names the member."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in GEOMETRIES:
        raise bad_data("geometry-type", member=member, value=str(kind)[:40])
    if kind == "GeometryCollection":
        parts = value.get("geometries")
        if not allow_collection or not isinstance(parts, list) or not parts:
            raise _fault(member, kind)
        for part in parts:
            checked_geometry(part, member, allow_collection=False)
        return dict(value)
    coordinates = value.get("coordinates")
    _check_level(coordinates, DEPTH[kind], kind, member)
    if kind in ("Polygon", "MultiPolygon"):
        for ring in coordinates if kind == "Polygon" else [ring for polygon in coordinates for ring in polygon]:
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise bad_data("geometry-ring", member=member)
    lines = {"LineString": [coordinates], "MultiLineString": coordinates}.get(kind, [])
    if any(len(line) < 2 for line in lines):
        raise _fault(member, kind)
    return dict(value)


def positions(geometry: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """Every position of a checked geometry: longitude, latitude."""
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from positions(part)
    else:
        yield from _flat(geometry["coordinates"], DEPTH[geometry["type"]])


def bounds(geometry: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """The box around a checked geometry: west, south, east, north."""
    points = list(positions(geometry))
    return min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)


def _flat(coordinates: Any, depth: int) -> Iterator[tuple[float, float]]:
    if depth == 0:
        yield coordinates[0], coordinates[1]
    else:
        for part in coordinates:
            yield from _flat(part, depth - 1)


def _check_level(coordinates: Any, depth: int, kind: str, member: str) -> None:
    if not isinstance(coordinates, list) or not 0 < len(coordinates) <= MOST_POSITIONS:
        raise _fault(member, kind)
    if depth:
        for part in coordinates:
            _check_level(part, depth - 1, kind, member)
        return
    if not 2 <= len(coordinates) <= 3 or not all(_is_number(one) for one in coordinates):
        raise _fault(member, kind)
    if not (-180 <= coordinates[0] <= 180 and -90 <= coordinates[1] <= 90):
        raise bad_data("geometry-range", member=member, value=str(coordinates)[:60])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fault(member: str, kind: str) -> Problem:
    return bad_data("geometry-form", member=member, kind=kind)
