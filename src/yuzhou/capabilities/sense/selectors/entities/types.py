"""What types of entities there are, and what attributes (clauses 5.7.5 to 5.7.10)."""

from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.contracts.entities import AttributeInfo, EntityQuery, TypeInfo
from yuzhou.capabilities.sense.rules.ngsild.problems import not_found
from yuzhou.capabilities.sense.selectors.entities.sql import Sql, condition
from yuzhou.kernel.actor import Actor

READ = "sense.device:read"
_ATTRIBUTES = """
WITH mine AS MATERIALIZED (SELECT e.id, e.types, e.document, e.source_id FROM sense_entity_seen e WHERE {where}),
each AS (
  SELECT m.id, m.types, a.key AS name, i.value ->> 'type' AS kind
  FROM mine m CROSS JOIN LATERAL jsonb_each(m.document) a CROSS JOIN LATERAL jsonb_array_elements(a.value) i
  UNION SELECT m.id, m.types, s.attribute, 'Property' FROM mine m JOIN sense_series s ON s.device_id = m.source_id
)
SELECT t.type, each.name, array_agg(DISTINCT each.kind ORDER BY each.kind), count(DISTINCT each.id)
FROM each CROSS JOIN LATERAL unnest(each.types) t(type) {only} GROUP BY 1, 2 ORDER BY 1, 2
"""
_COUNTS = """
SELECT t.type, count(*) FROM sense_entity_seen e CROSS JOIN LATERAL unnest(e.types) t(type) WHERE {where} GROUP BY 1 ORDER BY 1
"""


def list_types(*, actor: Actor, tenant: UUID | None = None) -> list[TypeInfo]:
    """Every type of the entities within reach, with its attributes."""
    where = _where(actor, tenant)
    attributes: dict[str, list[AttributeInfo]] = {}
    for kind, name, kinds, count in _rows(where):
        attributes.setdefault(kind, []).append(AttributeInfo(name, tuple(kinds), (kind,), count))
    counts = _fetch(_COUNTS.format(where=where.text), list(where.params))
    return [TypeInfo(kind, count, tuple(attributes.get(kind, ()))) for kind, count in counts]


def get_type(*, actor: Actor, type: str, tenant: UUID | None = None) -> TypeInfo:
    """One type; raises Problem (ResourceNotFound)."""
    where = _where(actor, tenant)
    narrowed = Sql(f"({where.text} AND e.types @> %s::text[])", (*where.params, [type]))
    [(count,)] = _fetch(f"SELECT count(*) FROM sense_entity_seen e WHERE {narrowed.text}", list(narrowed.params))
    if not count:
        raise not_found("type-unknown", type=type)
    rows = _rows(narrowed, "WHERE t.type = %s", type)
    return TypeInfo(type, count, tuple(AttributeInfo(name, tuple(kinds), (type,), number) for _, name, kinds, number in rows))


def list_attributes(*, actor: Actor, tenant: UUID | None = None) -> list[AttributeInfo]:
    """Every attribute of the entities within reach; the count is over types, so one of two types counts twice."""
    return _gathered(_rows(_where(actor, tenant)))


def get_attribute(*, actor: Actor, name: str, tenant: UUID | None = None) -> AttributeInfo:
    """One attribute; raises Problem (ResourceNotFound)."""
    found = _gathered(_rows(_where(actor, tenant), "WHERE each.name = %s", name))
    if not found:
        raise not_found("attribute-unknown", name=name)
    return found[0]


def _gathered(rows: list[tuple[Any, ...]]) -> list[AttributeInfo]:
    found: dict[str, AttributeInfo] = {}
    for kind, name, kinds, count in rows:
        old = found.get(name, AttributeInfo(name))
        every = tuple(sorted({*old.kinds, *kinds}))
        found[name] = AttributeInfo(name, every, (*old.types, kind), old.count + count)
    return [found[name] for name in sorted(found)]


def _where(actor: Actor, tenant: UUID | None) -> Sql:
    actor.require(READ)
    return condition(EntityQuery(tenant=tenant), actor.scope(READ))


def _rows(where: Sql, only: str = "", *params: str) -> list[tuple[Any, ...]]:
    return _fetch(_ATTRIBUTES.format(where=where.text, only=only), [*where.params, *params])


def _fetch(text: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())
