"""How far a subscriber can see: no farther than when the subscription was made, and no farther than now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.kernel.access.api import actor_now
from yuzhou.kernel.actor import EVERYWHERE, Actor, ActorKind, Scope

READ = "sense.device:read"
SUBSCRIBE = "sense.entity:subscribe"


def reach_of(actor: Actor) -> dict[str, Any]:
    """What the actor reaches now, as it is kept with a subscription."""
    scope = actor.scope(READ)
    return {
        "everywhere": scope.everywhere,
        "places": sorted(scope.place_paths),
        "organisations": sorted(str(one) for one in scope.organisations),
    }


class Reach:
    """What a subscriber may be told of."""

    def __init__(self, then: Scope, now: Scope, tenant: UUID | None) -> None:
        self._then, self._now, self._tenant = then, now, tenant

    def covers(self, place_path: str, organisation: UUID | None) -> bool:
        """Whether an entity there may be told of."""
        if self._tenant is not None and organisation != self._tenant:
            return False
        return all(scope.covers(place_path=place_path, organisation=organisation) for scope in (self._then, self._now))


def subscriber(record: SubscriptionRecord) -> Actor:
    """The one who subscribed, with the roles held now; nobody who may subscribe no more."""
    if record.owner_kind == ActorKind.SYSTEM:
        return Actor.system(record.owner_name)
    if record.owner_id is None:
        return Actor.public()
    actor = actor_now(kind=ActorKind(record.owner_kind), holder=record.owner_id, name=record.owner_name)
    return actor if actor.can(SUBSCRIBE) else Actor.public()


def current_reach(record: SubscriptionRecord) -> Reach:
    """How far a subscription reaches at this moment."""
    return Reach(_scope(record.reach), subscriber(record).scope(READ), record.tenant_id)


def _scope(kept: Mapping[str, Any]) -> Scope:
    if kept.get("everywhere"):
        return EVERYWHERE
    organisations = frozenset(UUID(one) for one in kept.get("organisations", ()))
    return Scope(place_paths=frozenset(kept.get("places", ())), organisations=organisations)
