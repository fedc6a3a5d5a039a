"""Finding entities: by keyset, a page at a time, with an exact look at geometries where one is asked for."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, EntityPage, EntityQuery, EntitySelector
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, not_found
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery
from yuzhou.capabilities.sense.rules.ngsild.query.spatial import relates
from yuzhou.capabilities.sense.rules.ngsild.times import write_moment
from yuzhou.capabilities.sense.selectors.entities.live import live_attributes, with_live
from yuzhou.capabilities.sense.selectors.entities.ordering import BASE, BASE_SORTED, Key, keys_of, keyset, order_by
from yuzhou.capabilities.sense.selectors.entities.sql import Sql, box_sql, condition, joined
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import get_organisation

READ = "sense.device:read"
CHUNK = 500  # rows looked at at once where geometries are compared
NARROW = 20_000  # entities in the box of a query
COLUMNS = "e.id, e.urn, e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at, e.source_id"


@dataclass(frozen=True, slots=True)
class Found:
    """A row with what it is ordered by."""

    row: tuple[Any, ...]
    keys: tuple[Any, ...]


def find_entities(*, actor: Actor, query: EntityQuery) -> EntityPage:
    """A page of the entities that the actor may read, with their live attributes.

    Ordered by their making, or as the query says. What was made or deleted meanwhile neither repeats nor hides others.
    """
    actor.require(READ)
    is_narrow = query.geo is not None and _is_narrow(query.geo)
    where = condition(query, actor.scope(READ), by_box=is_narrow)
    keys = keys_of(query.ordering)
    if keys == BASE and is_narrow:
        keys = BASE_SORTED
    limit = min(query.limit, MOST_ENTITIES)
    found: list[Found] = []
    skip = 0 if query.after else query.offset
    if limit:
        for one in _matching(query, keys, where, limit + 1, skip):
            found.append(one)
            if len(found) > limit:
                break
    more = len(found) > limit
    page = found[:limit]
    return EntityPage(
        entities=_entities([one.row for one in page]),
        next=_write_cursor(page[-1].keys) if more else None,
        count=count_entities(query, where) if query.with_count else None,
    )


def get_entity(*, actor: Actor, urn: str, tenant: UUID | None = None) -> Entity:
    """One entity with its live attributes; raises Problem (ResourceNotFound) where the actor may not see it."""
    actor.require(READ)
    where = condition(EntityQuery((EntitySelector(ids=(urn,)),), tenant=tenant), actor.scope(READ))
    rows = _fetch(f"SELECT {COLUMNS} FROM sense_entity_seen e WHERE {where.text}", list(where.params))
    if not rows:
        raise not_found("entity-unknown", id=urn)
    return _entities(rows)[0]


def find_tenant(*, actor: Actor, name: str) -> UUID:
    """The organisation of a tenant's name: its id or its credit code. Raises Problem (NonexistentTenant) beyond reach."""
    scope = actor.scope(READ)
    try:
        record = get_organisation(organisation=UUID(name)) if len(name) == 36 else get_organisation(uscc=name.upper())
    except (NotFound, ValueError) as error:
        raise Problem(ProblemKind.NONEXISTENT_TENANT, "tenant", tenant=name[:100]) from error
    if not scope.covers(place_path=record.place_path, organisation=record.id):
        raise Problem(ProblemKind.NONEXISTENT_TENANT, "tenant", tenant=name[:100])
    return record.id


def count_entities(query: EntityQuery, where: Sql) -> int:
    """How many there are in all."""
    if query.geo is None:
        return int(_fetch(f"SELECT count(*) FROM sense_entity_seen e WHERE {where.text}", list(where.params))[0][0])
    name = query.geo.geoproperty
    text = f"SELECT e.document -> %s -> 0 -> 'value' FROM sense_entity_seen e WHERE {where.text}"
    return sum(relates(query.geo, json_of(row[0])) for row in _stream(text, [name, *where.params]) if row[0] is not None)


def _matching(query: EntityQuery, keys: tuple[Key, ...], where: Sql, wanted: int, skip: int) -> Iterator[Found]:
    """Rows in order from the cursor on; keyset chunk by keyset chunk where geometries decide."""
    after = _read_cursor(query.after, len(keys)) if query.after else None
    exact = query.geo is not None
    size = CHUNK if exact else wanted + (0 if after else skip)
    while True:
        offset = 0 if exact else skip
        rows = _chunk(keys, where, after, size - offset, offset)
        for row in rows:
            if query.geo is not None and not _relates(query.geo, row.row):
                continue
            if exact and skip:
                skip -= 1
                continue
            yield row
        if not exact or len(rows) < size:
            return
        after = rows[-1].keys


def _is_narrow(geo: GeoQuery) -> bool:
    """Whether so few lie in the box that finding them by it and sorting them is less than walking in order.

    The planner cannot know: it has no statistics of boxes.
    """
    box = box_sql(geo)
    if box is None:
        return False
    text = f"SELECT count(*) FROM (SELECT 1 FROM sense_entity_seen e WHERE {box.text} LIMIT {NARROW}) few"
    return int(_fetch(text, list(box.params))[0][0]) < NARROW


def _relates(geo: GeoQuery, row: tuple[Any, ...]) -> bool:
    instances = json_of(row[4]).get(geo.geoproperty, ())
    return any(isinstance(one.get("value"), dict) and relates(geo, one["value"]) for one in instances)


def _chunk(keys: tuple[Key, ...], where: Sql, after: tuple[Any, ...] | None, limit: int, offset: int) -> list[Found]:
    params: list[Any] = [p for key in keys for p in key.sql.params]
    told = "".join(f", {key.sql.text}" for key in keys)
    if after is not None:
        where = joined([where, keyset(keys, after)], "AND")
    order = order_by(keys)
    text = f"SELECT {COLUMNS}{told} FROM sense_entity_seen e WHERE {where.text} ORDER BY {order.text} LIMIT %s OFFSET %s"
    rows = _fetch(text, [*params, *where.params, *order.params, limit, offset])
    return [Found(row[:9], (*row[9:],)) for row in rows]


def _entities(rows: list[tuple[Any, ...]]) -> list[Entity]:
    live = live_attributes(row[8] for row in rows if row[8] is not None)
    return [entity_of(row, live.get(row[8])) for row in rows]


def entity_of(row: tuple[Any, ...], live: Any = None) -> Entity:
    """An entity from the columns of `COLUMNS`."""
    _, urn, types, scopes, document, created, modified, expires, _ = row
    return Entity(
        id=urn,
        types=tuple(types),
        attributes=with_live(json_of(document), live),
        scopes=tuple(scopes),
        created_at=write_moment(created),
        modified_at=write_moment(modified),
        expires_at=write_moment(expires) if expires else None,
    )


def json_of(value: Any) -> Any:
    """JSON that the driver left as text."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def _fetch(text: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())


def _stream(text: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows by a cursor of the server: never all at once."""
    connection.ensure_connection()
    with connection.connection.cursor(name="sense_entities") as cursor:
        cursor.itersize = 2000
        cursor.execute(text, params)
        yield from cursor


def _write_cursor(keys: tuple[Any, ...]) -> str:
    plain = [
        key.astimezone(UTC).isoformat() if isinstance(key, datetime) else str(key) if isinstance(key, UUID) else key
        for key in keys
    ]
    return base64.urlsafe_b64encode(json.dumps(plain, default=float).encode()).decode().rstrip("=")


def _read_cursor(text: str, length: int) -> tuple[Any, ...]:
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(plain, list) or len(plain) != length:
            raise ValueError
        return (*plain[:-2], datetime.fromisoformat(plain[-2]), UUID(plain[-1]))
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_data("cursor") from error


def _plain(key: Any) -> Any:
    if isinstance(key, datetime):
        return key.astimezone(UTC).isoformat()
    return str(key) if isinstance(key, UUID) else key
