"""Writing entities: every operation of the standard is a plan for some URNs, and all plans are carried out as one set."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from yuzhou.capabilities.sense.contracts.entities import EntityWritten
from yuzhou.capabilities.sense.rules.ngsild import changes
from yuzhou.capabilities.sense.rules.ngsild.changes import Changed
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Fragment, Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, not_found, not_supported
from yuzhou.capabilities.sense.rules.ngsild.times import write_moment
from yuzhou.capabilities.sense.selectors.entities.live import COMPUTED_NAMES
from yuzhou.capabilities.sense.services.entities import measuring, store
from yuzhou.capabilities.sense.services.entities.owning import Owner, owner_of
from yuzhou.capabilities.sense.services.entities.store import Held
from yuzhou.capabilities.sense.services.entities.telling import tell
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.ids import urn as name_of
from yuzhou.kernel.transactions import transaction_required

WRITE, READ = "sense.entity:write", "sense.device:read"
Make = Callable[[Entity, str], Changed]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of an entity: of one that is there (`change`), of one that is not (`entity`), or that it goes."""

    urn: str
    change: Callable[[Held, str], Changed] | None = None
    entity: Entity | None = None
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan."""

    urn: str
    kind: str = ""  # created, updated, deleted
    changed: Changed | None = None
    problem: Problem | PermissionDenied | None = None


@transaction_required
def carry_out(*, actor: Actor, plans: Sequence[Plan], tenant: UUID | None, act: str) -> list[Outcome]:
    """Carry out plans, in their order where they are for the same entity; what one may not do is its own outcome.

    Rows are locked in the order of their URNs, so that writers wait for one another and never for ever. An entity that someone
    else made at the same moment is AlreadyExists for a plan that only creates, and is changed by one that may do either.
    """
    at = now()
    held = store.lock_entities(plan.urn for plan in plans)
    owner = owner_of(actor, tenant)
    outcomes = [_attempt(actor, owner, plan, held, at, tenant) for plan in plans]
    lost = _write(held, at)
    if lost:
        again = [place for place, plan in enumerate(plans) if plan.urn in lost]
        repeated = [_after_race(plans[place]) for place in again]
        for place, outcome in zip(again, _again(actor, repeated, tenant, act), strict=True):
            outcomes[place] = outcome
    done = [one.urn for one in outcomes if one.problem is None and one.urn not in lost]
    if done:
        subject = name_of("entity", done[0] if len(done) == 1 else "batch")
        acts.record(actor=actor, act=WRITE, subject=subject, details={"operation": act, "count": len(done), "urns": done[:20]})
    return outcomes


def _after_race(plan: Plan) -> Plan:
    return plan if plan.change is not None else Plan(plan.urn, change=_exists)


def _exists(held: Held, moment: str) -> Changed:
    raise Problem(ProblemKind.ALREADY_EXISTS, "entity-exists", id=held.entity.id)


def _again(actor: Actor, plans: list[Plan], tenant: UUID | None, act: str) -> list[Outcome]:
    """After someone else was first; one beyond the actor's sight exists all the same."""
    seen = store.lock_entities(plan.urn for plan in plans)
    there = carry_out(actor=actor, plans=[plan for plan in plans if plan.urn in seen], tenant=tenant, act=act)
    rest = iter(there)
    return [
        next(rest)
        if plan.urn in seen
        else Outcome(plan.urn, problem=Problem(ProblemKind.ALREADY_EXISTS, "entity-exists", id=plan.urn))
        for plan in plans
    ]


def _attempt(actor: Actor, owner: Owner, plan: Plan, held: dict[str, Held], at: datetime, tenant: UUID | None) -> Outcome:
    try:
        one = held.get(plan.urn)
        if one is None or one.is_gone or _is_over(one, at) or (plan.entity is None and not _sees(actor, one, tenant)):
            return _create(owner, plan, held, at)
        _require_write(actor, one)
        if plan.deletes:
            return _delete(one)
        if plan.change is None:
            return Outcome(plan.urn, changed=_exists(one, ""))
        return _change(one, plan.change, at)
    except (Problem, PermissionDenied) as error:
        return Outcome(plan.urn, problem=error)


def _is_over(one: Held, at: datetime) -> bool:
    expires = one.entity.expires_at
    return expires is not None and expires <= write_moment(at)


def _sees(actor: Actor, one: Held, tenant: UUID | None) -> bool:
    reach = actor.scope(READ).covers(place_path=one.place_path, organisation=one.organisation_id)
    writes = actor.scope(WRITE).covers(place_path=one.place_path, organisation=one.organisation_id)
    return (reach or writes or one.source == 3) and (tenant is None or tenant == one.organisation_id)


def _require_write(actor: Actor, one: Held) -> None:
    if not actor.scope(WRITE).covers(place_path=one.place_path, organisation=one.organisation_id):
        raise PermissionDenied("kernel.permission-denied", permission=WRITE)


def _create(owner: Owner, plan: Plan, held: dict[str, Held], at: datetime) -> Outcome:
    if plan.entity is None:
        raise not_found("entity-unknown", id=plan.urn)
    before = held.get(plan.urn)
    made = changes.create(plan.entity, write_moment(at))
    place_path, organisation = owner.place_of(plan.entity)
    one = Held(entity=made.entity, place_path=place_path, organisation_id=organisation, is_new=True)
    if before is not None:  # what was deleted or expired gives way
        one.id, one.is_new, one.source_id, one.place_path = before.id, before.is_new, before.source_id, before.place_path
        one.organisation_id = before.organisation_id
    one.changes = list(made.changes)
    held[plan.urn] = one
    return Outcome(plan.urn, "created", made)


def _change(one: Held, change: Callable[[Held, str], Changed], at: datetime) -> Outcome:
    changed = change(one, write_moment(at))
    one.entity = changed.entity
    one.changes += changed.changes
    return Outcome(changed.entity.id, "updated", changed)


def _delete(one: Held) -> Outcome:
    if one.source != 0:
        raise not_supported("entity-kept", id=one.entity.id)
    one.is_gone = True
    one.changes = []
    return Outcome(one.entity.id, "deleted")


def _write(held: dict[str, Held], at: datetime) -> set[str]:
    """Write what was worked on; gives back the URNs that someone else entered meanwhile."""
    gone = [one for one in held.values() if one.is_gone and not one.is_new]
    live = [one for one in held.values() if not one.is_gone and (one.is_new or _is_touched(one, at))]
    measured = [each for one in live for each in measuring.part_measurements(one)]
    fresh = [one for one in live if one.is_new]
    entered = store.insert_entities(fresh)
    lost = {one.entity.id for one in fresh} - entered
    measured = [one for one in measured if one.held.entity.id not in lost]
    written = [one for one in live if one.entity.id not in lost]
    new_devices = [one for one in written if one.source_id is None]
    measuring.prepare_devices(measured)
    became = {id(one) for one in new_devices if one.source_id is not None}
    store.update_entities([one for one in written if not one.is_new or id(one) in became])
    store.delete_entities(gone, at)
    store.keep_history(written)
    measuring.queue_measurements(measured)
    tell(written, gone, at)
    return lost


def _is_touched(one: Held, at: datetime) -> bool:
    return one.entity.modified_at == write_moment(at)


def _single(actor: Actor, plan: Plan, tenant: UUID | None, act: str) -> EntityWritten:
    [outcome] = carry_out(actor=actor, plans=[plan], tenant=tenant, act=act)
    if outcome.problem is not None:
        raise outcome.problem
    changed = outcome.changed
    if changed is None:
        return EntityWritten(plan.urn)
    return EntityWritten(plan.urn, changed.updated, changed.not_updated, created=outcome.kind == "created")


def parted(held: Held, attributes: Attributes) -> tuple[Attributes, tuple[tuple[str, Problem], ...]]:
    """What of some attributes a client may write, and what the platform keeps, with the reason."""
    refused = [(name, kept_problem(name)) for name in attributes if is_kept(held, name)]
    names = {name for name, _ in refused}
    return {name: every for name, every in attributes.items() if name not in names}, tuple(refused)


def is_kept(held: Held, name: str) -> bool:
    """Whether only the platform itself writes the attribute."""
    return name in held.kept or (held.source in (1, 2) and name in COMPUTED_NAMES)


def kept_problem(name: str) -> Problem:
    """Such an attribute is changed where the device, site or profile is."""
    return not_supported("attribute-kept", name=name)


def with_fragment(fragment: Fragment, make: Callable[[Entity, Fragment, str], Changed]) -> Callable[[Held, str], Changed]:
    """A change by the part of a fragment that may be written; the rest is reported."""

    def change(held: Held, moment: str) -> Changed:
        attributes, refused = parted(held, fragment.attributes)
        changed = make(held.entity, replace(fragment, attributes=attributes), moment)
        _guard_live(held, changed)
        return replace(changed, not_updated=changed.not_updated + refused)

    return change


def _guard_live(held: Held, changed: Changed) -> None:
    """Readings are not deleted by way of attributes, and what is no number is none."""
    for one in changed.changes:
        if one.name not in held.live or one.dataset is not None:
            continue
        if one.after is None:
            raise not_supported("attribute-live", name=one.name)
        if not measuring.is_measurement(one.after, is_live=True):
            raise bad_data("live-number", name=one.name)


def replacing(fragment: Fragment) -> Callable[[Held, str], Changed]:
    """A change to what a whole body says; what the platform keeps stays as it is."""

    def change(held: Held, moment: str) -> Changed:
        own, refused = parted(held, fragment.attributes)
        stays = {
            name: every
            for name, every in held.entity.attributes.items()
            if is_kept(held, name) or (name in held.live | held.computed and name not in own)
        }
        changed = changes.replace_entity(held.entity, replace(fragment, attributes={**own, **stays}), moment)
        real = tuple(one for one in changed.changes if one.name not in stays)
        _guard_live(held, replace(changed, changes=real))
        attributes = {**changed.entity.attributes, **stays}
        return replace(changed, entity=replace(changed.entity, attributes=attributes), changes=real, not_updated=refused)

    return change


def _of_attribute(name: str, make: Make) -> Callable[[Held, str], Changed]:
    def change(held: Held, moment: str) -> Changed:
        if is_kept(held, name):
            raise kept_problem(name)
        changed = make(held.entity, moment)
        _guard_live(held, changed)
        return changed

    return change


@transaction_required
def create_entity(*, actor: Actor, entity: Entity, tenant: UUID | None = None) -> EntityWritten:
    """Clause 5.6.1."""
    return _single(actor, Plan(entity.id, entity=entity), tenant, "create")


@transaction_required
def append_attributes(
    *, actor: Actor, urn: str, fragment: Fragment, overwrite: bool = True, tenant: UUID | None = None
) -> EntityWritten:
    """Clause 5.6.3."""

    def make(entity: Entity, part: Fragment, moment: str) -> Changed:
        return changes.append(entity, part, moment, overwrite=overwrite)

    return _single(actor, Plan(urn, with_fragment(fragment, make)), tenant, "append")


@transaction_required
def update_attributes(*, actor: Actor, urn: str, fragment: Fragment, tenant: UUID | None = None) -> EntityWritten:
    """Clause 5.6.2."""
    return _single(actor, Plan(urn, with_fragment(fragment, changes.update)), tenant, "update")


@transaction_required
def partial_update_attribute(
    *, actor: Actor, urn: str, name: str, instances: Iterable[Instance], tenant: UUID | None = None
) -> EntityWritten:
    """Clause 5.6.4."""
    change = _of_attribute(name, lambda entity, moment: changes.partial_update(entity, name, instances, moment))
    return _single(actor, Plan(urn, change), tenant, "partial-update")


@transaction_required
def merge_entity(
    *, actor: Actor, urn: str, fragment: Fragment, observed_at: str | None = None, tenant: UUID | None = None
) -> EntityWritten:
    """Clause 5.6.17."""
    return _single(actor, Plan(urn, with_fragment(fragment, merging(observed_at))), tenant, "merge")


def merging(observed_at: str | None) -> Callable[[Entity, Fragment, str], Changed]:
    """A merge with a moment for attributes that have one."""

    def make(entity: Entity, part: Fragment, moment: str) -> Changed:
        return changes.merge(entity, part, moment, observed_at=observed_at)

    return make


@transaction_required
def replace_entity(*, actor: Actor, urn: str, fragment: Fragment, tenant: UUID | None = None) -> EntityWritten:
    """Clause 5.6.18."""
    return _single(actor, Plan(urn, replacing(fragment)), tenant, "replace")


@transaction_required
def replace_attribute(
    *, actor: Actor, urn: str, name: str, instances: Iterable[Instance], tenant: UUID | None = None
) -> EntityWritten:
    """Clause 5.6.19."""
    change = _of_attribute(name, lambda entity, moment: changes.replace_attribute(entity, name, instances, moment))
    return _single(actor, Plan(urn, change), tenant, "replace-attribute")


@transaction_required
def delete_attribute(
    *, actor: Actor, urn: str, name: str, dataset: str | None = None, delete_all: bool = False, tenant: UUID | None = None
) -> EntityWritten:
    """Clause 5.6.5; readings stay (OperationNotSupported)."""
    change = _of_attribute(
        name, lambda entity, moment: changes.delete(entity, name, moment, dataset=dataset, delete_all=delete_all)
    )
    return _single(actor, Plan(urn, change), tenant, "delete-attribute")


@transaction_required
def delete_entity(*, actor: Actor, urn: str, tenant: UUID | None = None) -> None:
    """Clause 5.6.6; devices, sites and profiles are removed where they are kept (OperationNotSupported)."""
    _single(actor, Plan(urn, deletes=True), tenant, "delete")
