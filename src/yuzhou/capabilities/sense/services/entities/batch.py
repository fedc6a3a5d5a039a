"""Batches: each entity has its own outcome, and all are written as one set (clauses 5.6.7 to 5.6.10, 5.6.20)."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, BatchResult
from yuzhou.capabilities.sense.rules.ngsild import changes
from yuzhou.capabilities.sense.rules.ngsild.changes import Changed
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Fragment
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data
from yuzhou.capabilities.sense.services.entities.store import Held
from yuzhou.capabilities.sense.services.entities.writing import Plan, carry_out, merging, replacing, with_fragment
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import transaction_required


@transaction_required
def batch_create(*, actor: Actor, entities: Sequence[Entity], tenant: UUID | None = None) -> BatchResult:
    """Create each that is not there; the others are AlreadyExists."""
    return _run(actor, [Plan(one.id, entity=one) for one in entities], tenant, "batch-create")


@transaction_required
def batch_upsert(*, actor: Actor, entities: Sequence[Entity], update: bool = False, tenant: UUID | None = None) -> BatchResult:
    """Create each that is not there, and replace the others; or, with `update`, append to them."""

    def change(one: Entity) -> Callable[[Held, str], Changed]:
        fragment = Fragment(one.attributes, one.types, one.scopes or None, one.expires_at, one.id)
        return with_fragment(fragment, changes.append) if update else replacing(fragment)

    return _run(actor, [Plan(one.id, change(one), one) for one in entities], tenant, "batch-upsert")


@transaction_required
def batch_update(
    *, actor: Actor, fragments: Sequence[Fragment], overwrite: bool = True, tenant: UUID | None = None
) -> BatchResult:
    """Append to each; those that are not there are ResourceNotFound."""

    def make(entity: Entity, part: Fragment, moment: str) -> Changed:
        return changes.append(entity, part, moment, overwrite=overwrite)

    plans = [Plan(_urn(one), with_fragment(one, make)) for one in fragments]
    return _run(actor, plans, tenant, "batch-update")


@transaction_required
def batch_merge(
    *, actor: Actor, fragments: Sequence[Fragment], observed_at: str | None = None, tenant: UUID | None = None
) -> BatchResult:
    """Merge into each; those that are not there are ResourceNotFound."""
    plans = [Plan(_urn(one), with_fragment(one, merging(observed_at))) for one in fragments]
    return _run(actor, plans, tenant, "batch-merge")


@transaction_required
def batch_delete(*, actor: Actor, urns: Iterable[str], tenant: UUID | None = None) -> BatchResult:
    """Delete each; those that are not there are ResourceNotFound."""
    return _run(actor, [Plan(urn, deletes=True) for urn in urns], tenant, "batch-delete")


def _urn(fragment: Fragment) -> str:
    if fragment.id is None:
        raise bad_data("missing", member="id")
    return fragment.id


def _run(actor: Actor, plans: Sequence[Plan], tenant: UUID | None, act: str) -> BatchResult:
    if len(plans) > MOST_ENTITIES:
        raise Problem(ProblemKind.TOO_COMPLEX_QUERY, "batch-large", most=MOST_ENTITIES)
    outcomes = carry_out(actor=actor, plans=plans, tenant=tenant, act=act)
    found: dict[str, dict[str, None]] = {"created": {}, "updated": {}, "deleted": {}}
    errors: list[tuple[str, Problem]] = []
    for one in outcomes:
        if one.problem is not None:
            errors.append((one.urn, _problem(one.problem)))
        elif one.changed is not None and one.changed.not_updated:
            errors.append((one.urn, one.changed.not_updated[0][1]))
        elif one.urn not in found["created"]:
            found[one.kind][one.urn] = None
    return BatchResult(tuple(found["created"]), tuple(found["updated"]), tuple(found["deleted"]), tuple(errors))


def _problem(error: Exception) -> Problem:
    """A right that is lacking, in the words of the standard."""
    return error if isinstance(error, Problem) else Problem(ProblemKind.OPERATION_NOT_SUPPORTED, "no-right")
