"""Whose a new entity is, and where."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.geometry import bounds
from yuzhou.capabilities.sense.rules.ngsild.terms import LOCATION
from yuzhou.kernel.actor import CITY_PATH, Actor, Scope
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.places.api import district_at

WRITE = "sense.entity:write"


@dataclass(frozen=True, slots=True)
class Owner:
    """How far someone may write, and whose is what has no place of its own."""

    scope: Scope
    organisation: UUID | None
    home: str

    def place_of(self, entity: Entity) -> tuple[str, UUID | None]:
        """The place and the organisation of a new entity; raises PermissionDenied where one may not write there."""
        place = _district_of(entity) or self.home
        if not self.scope.covers(place_path=place, organisation=self.organisation):
            raise PermissionDenied("kernel.permission-denied", permission=WRITE)
        return place, self.organisation


def owner_of(actor: Actor, tenant: UUID | None) -> Owner:
    """Whose the actor's new entities are: the tenant's, else the organisation's that the actor writes for."""
    actor.require(WRITE)
    scope = actor.scope(WRITE)
    organisation = tenant or next(iter(sorted(scope.organisations)), None)
    home = min(scope.place_paths, default="", key=lambda path: (path.count("."), path))
    if not home and organisation is not None:
        home = get_organisation(organisation=organisation).place_path
    return Owner(scope, organisation, home or CITY_PATH)


def _district_of(entity: Entity) -> str | None:
    for one in entity.attributes.get(LOCATION, ()):
        if isinstance(one.get("value"), dict):
            west, south, east, north = bounds(one["value"])
            return _district_at(round((west + east) / 2, 3), round((south + north) / 2, 3))
    return None


@lru_cache(16_384)
def _district_at(lon: float, lat: float) -> str | None:
    place = district_at(lon, lat)
    return place.path if place else None
