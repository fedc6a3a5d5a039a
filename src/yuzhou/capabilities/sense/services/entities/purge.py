"""Purging: entities, or some of their attributes, by a query (clause 5.6.21)."""

from collections.abc import Callable
from dataclasses import replace

from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, EntityQuery
from yuzhou.capabilities.sense.rules.ngsild.changes import Change, Changed, ChangeKind
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.selectors.entities.find import find_entities
from yuzhou.capabilities.sense.services.entities.store import Held
from yuzhou.capabilities.sense.services.entities.writing import Plan, carry_out, is_kept
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import transaction_required


@transaction_required
def purge_entities(*, actor: Actor, query: EntityQuery, keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> int:
    """Remove what the query finds and the actor may write: whole entities, or only the attributes of `drop`, or all but `keep`.

    Gives back how many entities were changed. Devices, sites and profiles stay, and readings too. A thousand at a time.
    """
    count, after = 0, None
    while True:
        page = find_entities(actor=actor, query=replace(query, limit=MOST_ENTITIES, offset=0, after=after, with_count=False))
        plans = [_plan(one, keep, drop) for one in page.entities]
        outcomes = carry_out(actor=actor, plans=plans, tenant=query.tenant, act="purge")
        count += sum(one.problem is None for one in outcomes)
        after = page.next
        if after is None:
            return count


def _plan(entity: Entity, keep: tuple[str, ...], drop: tuple[str, ...]) -> Plan:
    if not keep and not drop:
        return Plan(entity.id, deletes=True)
    return Plan(entity.id, _dropping(keep, drop))


def _dropping(keep: tuple[str, ...], drop: tuple[str, ...]) -> Callable[[Held, str], Changed]:
    def change(held: Held, moment: str) -> Changed:
        every = held.entity.attributes
        names = [name for name in every if (name in drop if drop else name not in keep)]
        names = [name for name in names if not is_kept(held, name) and name not in held.live | held.computed]
        gone = tuple(Change(name, one.get("datasetId"), ChangeKind.DELETED, one, None) for name in names for one in every[name])
        rest = {name: instances for name, instances in every.items() if name not in names}
        modified = moment if gone else held.entity.modified_at
        return Changed(replace(held.entity, attributes=rest, modified_at=modified), gone)

    return change
