"""The box in which a geo-query can find anything: what an index is asked before geometries are looked at."""

import math

from yuzhou.capabilities.sense.rules.ngsild.geometry import bounds
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery, GeoRelation
from yuzhou.capabilities.sense.rules.ngsild.query.spatial import RADIUS

Bounds = tuple[float, float, float, float]


def search_box(query: GeoQuery) -> Bounds | None:
    """A box that every geometry asked for meets; None where there is no such."""
    if query.relation is GeoRelation.DISJOINT or (query.relation is GeoRelation.NEAR and query.max_distance is None):
        return None
    west, south, east, north = bounds(query.geometry)
    if query.max_distance is None:
        return west, south, east, north
    high = query.max_distance / RADIUS * 180 / math.pi * 1.01
    widest = min(89.9, max(abs(south), abs(north)) + high)
    wide = min(360.0, high / math.cos(math.radians(widest)))
    if west - wide < -180 or east + wide > 180:
        west, east = -180, 180  # beyond the date line: the exact look decides
    return west - wide, south - high, east + wide, north + high
