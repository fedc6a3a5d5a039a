"""In what order entities come, and how to go on after one of them."""

from dataclasses import dataclass
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.geometry import bounds
from yuzhou.capabilities.sense.rules.ngsild.query.ordering import Ordering, OrderTerm
from yuzhou.capabilities.sense.rules.ngsild.query.spatial import RADIUS
from yuzhou.capabilities.sense.selectors.entities.sql import Sql, joined, sql, targets_of


@dataclass(frozen=True, slots=True)
class Key:
    """Something to order by; what is missing comes last, either way."""

    sql: Sql
    descending: bool = False
    type: str = "text"
    nullable: bool = True


BASE = (Key(sql("e.created_at"), type="timestamptz", nullable=False), Key(sql("e.id"), type="uuid", nullable=False))

BASE_SORTED = (
    Key(sql("(e.created_at + interval '0')"), type="timestamptz", nullable=False),
    BASE[1],
)  # not by the index of order


def keys_of(ordering: Ordering | None) -> tuple[Key, ...]:
    """The keys of an order; the last two make it total."""
    if ordering is None:
        return BASE
    return (*(key for term in ordering.terms for key in _term(term, ordering)), *BASE)


def _term(term: OrderTerm, ordering: Ordering) -> tuple[Key, ...]:
    down = term.direction.is_descending
    if term.direction.is_distance:
        return (Key(_distance(ordering), down, "float8"),)
    targets = targets_of(term.path)
    number = f"(SELECT (t.v)::float8 FROM {targets.text} WHERE jsonb_typeof(t.v) = 'number' LIMIT 1)"
    text = f"(SELECT (t.v #>> '{{}}') COLLATE \"C\" FROM {targets.text} WHERE jsonb_typeof(t.v) IN ('string', 'boolean') LIMIT 1)"
    return Key(Sql(number, targets.params), down, "float8"), Key(Sql(text, targets.params), down, "text")


def _distance(ordering: Ordering) -> Sql:
    """Metres from the middle of the origin to the middle of the entity's box, on a sphere."""
    west, south, east, north = bounds(ordering.origin or {})
    lon, lat = (west + east) / 2, (south + north) / 2
    here = "(center(e.box))"
    half = f"sin(radians({here}[1] - %s) / 2) ^ 2"
    half += f" + cos(radians(%s)) * cos(radians({here}[1])) * sin(radians({here}[0] - %s) / 2) ^ 2"
    return sql(f"({2 * RADIUS} * asin(least(1, sqrt({half}))))", lat, lat, lon)


def order_by(keys: tuple[Key, ...]) -> Sql:
    """The ORDER BY list."""
    parts = [f"{key.sql.text} {'DESC' if key.descending else 'ASC'}{' NULLS LAST' if key.nullable else ''}" for key in keys]
    return Sql(", ".join(parts), tuple(p for key in keys for p in key.sql.params))


def keyset(keys: tuple[Key, ...], after: tuple[Any, ...]) -> Sql:
    """Rows that come after one with these values."""
    if keys in (BASE, BASE_SORTED):
        return sql("(e.created_at, e.id) > (%s::timestamptz, %s::uuid)", *after)
    key, value = keys[0], after[0]
    later = _later(key, value)
    if len(keys) == 1:
        return later
    same = sql(f"{key.sql.text} IS NOT DISTINCT FROM %s::{key.type}", *key.sql.params, value)
    return joined([later, joined([same, keyset(keys[1:], after[1:])], "AND")], "OR")


def _later(key: Key, value: Any) -> Sql:
    if value is None:
        return sql("false")
    sign = "<" if key.descending else ">"
    text = f"{key.sql.text} {sign} %s::{key.type}"
    if not key.nullable:
        return sql(text, *key.sql.params, value)
    return sql(f"({text} OR {key.sql.text} IS NULL)", *key.sql.params, value, *key.sql.params)
