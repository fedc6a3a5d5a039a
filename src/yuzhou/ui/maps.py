"""The map of the city: its own boundaries, and points coloured by their state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.http import JsonResponse

from yuzhou.ui.states import State, key_of, state_of, states_of


@dataclass(frozen=True, slots=True)
class Layer:
    """GeoJSON from an address. `points` are coloured by their `state`, `areas` are drawn as boundaries with their `name`."""

    url: str
    title: Any
    kind: str = "points"
    states: str = ""

    @property
    def legend(self) -> dict[str, State]:
        """The states that its points can have."""
        return states_of(self.states) if self.states else {}


@dataclass(frozen=True, slots=True)
class MapView:
    """A map with a list of the same points beside it, for keyboards and screen readers.

    `districts` is the address of the boundaries, shown below all layers. The map opens on the points, or on the districts.
    """

    template: ClassVar[str] = "ui/parts/map.html"
    title: Any
    layers: Sequence[Layer] = ()
    districts: str = ""
    height: str = "large"
    live: str = ""

    @property
    def tiles_url(self) -> str:
        """The address of a raster base map, if the setting names one."""
        return getattr(settings, "YUZHOU_TILES_URL", "")


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A point of a layer (WGS 84 degrees) with its popup: name, state, a line of detail, and where to go."""

    longitude: float
    latitude: float
    name: Any
    state: Any = ""
    detail: Any = ""
    url: str = ""


def points_geojson(points: Iterable[MapPoint], states: str = "") -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946) of points, each with the colour and word of its state."""
    return {"type": "FeatureCollection", "features": [_feature(point, states) for point in points]}


def _feature(point: MapPoint, states: str) -> dict[str, Any]:
    state = state_of(states, point.state) if point.state not in ("", None) else None
    properties = {"name": str(point.name), "detail": str(point.detail), "url": point.url, "state": key_of(point.state or "")}
    if state:
        properties |= {"label": str(state.label), "tone": state.tone.value}
    geometry = {"type": "Point", "coordinates": [point.longitude, point.latitude]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def points_response(points: Iterable[MapPoint], states: str = "") -> JsonResponse:
    """What the address of a layer of points answers."""
    return JsonResponse(points_geojson(points, states), content_type="application/geo+json")
