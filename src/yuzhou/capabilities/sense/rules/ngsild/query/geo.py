"""The geoquery language (clause 4.10)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.geometry import checked_geometry
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.terms import LOCATION

_NEAR = re.compile(r"near;(max|min)Distance==([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
FARTHEST = 20_037_508.0  # half of the equator: nothing on Earth is farther


class GeoRelation(StrEnum):
    """How the geometry of an entity lies to that of the query."""

    NEAR = "near"
    WITHIN = "within"
    CONTAINS = "contains"
    OVERLAPS = "overlaps"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """A relation to a geometry (GeoJSON, WGS 84); distances in metres; `geoproperty` is an IRI."""

    relation: GeoRelation
    geometry: Mapping[str, Any] = field(hash=False)
    geoproperty: str = LOCATION
    max_distance: float | None = None
    min_distance: float | None = None


def parse_geo_query(
    *, georel: str | None, geometry: str | None, coordinates: Any, geoproperty: str | None, context: Context
) -> GeoQuery | None:
    """The query of the four parameters (coordinates as text or as JSON); None where none is given. Raises Problem."""
    if georel is None and geometry is None and coordinates is None:
        if geoproperty is not None:
            raise bad_data("geo-missing", member="georel")
        return None
    for member, given in (("georel", georel), ("geometry", geometry), ("coordinates", coordinates)):
        if given is None:
            raise bad_data("geo-missing", member=member)
    relation, most, least = _relation(georel)
    return GeoQuery(
        relation,
        checked_geometry({"type": geometry, "coordinates": _coordinates(coordinates)}, "coordinates", allow_collection=False),
        context.expand(geoproperty) if geoproperty else LOCATION,
        most,
        least,
    )


def _relation(georel: Any) -> tuple[GeoRelation, float | None, float | None]:
    if isinstance(georel, str):
        near = _NEAR.fullmatch(georel)
        if near is not None:
            distance = float(near[2])
            if not 0 < distance < float("inf"):
                raise bad_data("geo-distance", value=near[2][:40])
            return (GeoRelation.NEAR, distance, None) if near[1] == "max" else (GeoRelation.NEAR, None, distance)
        if georel in set(GeoRelation) - {GeoRelation.NEAR}:
            return GeoRelation(georel), None, None
    raise bad_data("geo-relation", value=str(georel)[:60])


def _coordinates(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise bad_data("geo-coordinates", member="coordinates") from error
