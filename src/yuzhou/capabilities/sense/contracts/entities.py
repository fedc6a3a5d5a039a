"""NGSI-LD entities to ask for and to write (ETSI GS CIM 009, clauses 5.6, 5.7, 5.13, 5.14).

All of it is in `api`, takes keywords, and knows names as IRIs only: a door expands and compacts. Refusals are
`rules.ngsild.problems`. `tenant` is the id of an organisation (`find_tenant` reads the header): it narrows reads and owns
what is created.

Reads need `sense.device:read`:
    find_entities(actor, query: EntityQuery) -> EntityPage
    get_entity(actor, urn, tenant=None) -> Entity                      ResourceNotFound
    find_tenant(actor, name) -> UUID                                   NonexistentTenant
    list_types(actor, tenant=None) -> list[TypeInfo]                   each with the names of its attributes
    get_type(actor, type, tenant=None) -> TypeInfo                     ResourceNotFound; attributes with kinds and counts
    list_attributes(actor, tenant=None) -> list[AttributeInfo]         each with the types that have it
    get_attribute(actor, name, tenant=None) -> AttributeInfo           ResourceNotFound

Writes need `sense.entity:write` at the entity's place or organisation, and a transaction. Fragments and instances are what
`rules.ngsild.reading` makes of a body:
    create_entity(actor, entity: Entity, tenant=None) -> EntityWritten         AlreadyExists
    append_attributes(actor, urn, fragment: Fragment, overwrite=True, tenant=None) -> EntityWritten
    update_attributes(actor, urn, fragment: Fragment, tenant=None) -> EntityWritten
    partial_update_attribute(actor, urn, name, instances: list[Instance], tenant=None) -> EntityWritten
    merge_entity(actor, urn, fragment: Fragment, observed_at=None, tenant=None) -> EntityWritten
    replace_entity(actor, urn, fragment: Fragment, tenant=None) -> EntityWritten
    replace_attribute(actor, urn, name, instances: list[Instance], tenant=None) -> EntityWritten
    delete_attribute(actor, urn, name, dataset=None, delete_all=False, tenant=None) -> EntityWritten
    delete_entity(actor, urn, tenant=None) -> None
    purge_entities(actor, query: EntityQuery, keep=(), drop=()) -> int         whole entities, or only those attributes
    batch_create(actor, entities: Sequence[Entity], tenant=None) -> BatchResult
    batch_upsert(actor, entities: Sequence[Entity], update=False, tenant=None) -> BatchResult        update: options=update
    batch_update(actor, fragments: Sequence[Fragment], overwrite=True, tenant=None) -> BatchResult   each names its entity
    batch_merge(actor, fragments: Sequence[Fragment], observed_at=None, tenant=None) -> BatchResult
    batch_delete(actor, urns, tenant=None) -> BatchResult

Contexts, with `sense.device:read` and `sense.entity:write`:
    context_for(source) -> Context     cached; LdContextNotAvailable where a host is not allowed or does not answer
    add_context(actor, body, base_url) -> ContextInfo
    list_contexts(actor, kind=None) -> list[ContextInfo]
    get_context(actor, name) -> ContextInfo
    delete_context(actor, name, reload=False) -> None
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery
from yuzhou.capabilities.sense.rules.ngsild.query.ordering import Ordering
from yuzhou.capabilities.sense.rules.ngsild.query.q import Query
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import ScopeQuery
from yuzhou.capabilities.sense.rules.ngsild.query.types import TypeQuery

MOST_ENTITIES = 1000  # of a page, and of a batch


@dataclass(frozen=True, slots=True)
class EntitySelector:
    """Entities by ids, by a pattern of the id, and by type; each that is given must hold."""

    ids: tuple[str, ...] = ()
    pattern: str = ""
    types: TypeQuery | None = None


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """What to look for. Any of the selectors, at least one of `attributes` (IRIs), and all the rest must hold.

    `after`: the `next` of the page before; with it `offset` is not looked at. `with_count` costs a second statement.
    """

    selectors: tuple[EntitySelector, ...] = ()
    attributes: tuple[str, ...] = ()
    q: Query | None = None
    scope_q: ScopeQuery | None = None
    geo: GeoQuery | None = None
    ordering: Ordering | None = None
    tenant: UUID | None = None
    limit: int = 20
    offset: int = 0
    after: str | None = None
    with_count: bool = False


@dataclass(frozen=True, slots=True)
class EntityPage:
    """Entities, the opaque cursor of the next page, and how many there are in all if that was asked."""

    entities: list[Entity]
    next: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class EntityWritten:
    """What became of a write: names (IRIs) that were written, and those that were not with the reason (a 207 then)."""

    urn: str
    updated: tuple[str, ...] = ()
    not_updated: tuple[tuple[str, Problem], ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of each entity of a batch, in the order in which they were given."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    errors: tuple[tuple[str, Problem], ...] = ()

    @property
    def success(self) -> tuple[str, ...]:
        """All that went well."""
        return self.created + self.updated + self.deleted


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """An attribute (IRI): of which kinds, in entities of which types, in how many."""

    name: str
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type of entities (IRI), with what attributes they have."""

    type: str
    count: int = 0
    attributes: tuple[AttributeInfo, ...] = ()


class ContextKind(StrEnum):
    """Why a context is kept (clause 5.13)."""

    HOSTED = "Hosted"
    CACHED = "Cached"
    IMPLICIT = "ImplicitlyCreated"


@dataclass(frozen=True, slots=True)
class ContextInfo:
    """A context that is kept; `id` is the last part of its address where we host it."""

    id: UUID
    url: str
    kind: ContextKind
    created_at: datetime
    last_usage: datetime | None = None
    hits: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
