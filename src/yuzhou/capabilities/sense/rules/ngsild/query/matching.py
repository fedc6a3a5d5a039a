"""Whether an entity in memory is meant by a query: what a store does with SQL, for subscriptions."""

from collections.abc import Callable, Iterator
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery
from yuzhou.capabilities.sense.rules.ngsild.query.logic import holds
from yuzhou.capabilities.sense.rules.ngsild.query.patterns import matches_pattern
from yuzhou.capabilities.sense.rules.ngsild.query.q import (
    Date,
    DateTime,
    Literal,
    Op,
    Path,
    Query,
    Range,
    Term,
    Time,
    Uri,
    Values,
)
from yuzhou.capabilities.sense.rules.ngsild.query.spatial import relates
from yuzhou.capabilities.sense.rules.ngsild.representation import targets
from yuzhou.capabilities.sense.rules.ngsild.terms import VALUE_MEMBER, Kind
from yuzhou.capabilities.sense.rules.ngsild.times import DATE, DATE_TIME, TIME, read_date_time, read_time

Find = Callable[[str], Entity | None]

_RELATIONS = frozenset((Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP))
_OF_ENTITY: dict[str, Callable[[Entity], Any]] = {
    "id": lambda entity: entity.id,
    "type": lambda entity: list(entity.types),
    "scope": lambda entity: list(entity.scopes) or None,
    "createdAt": lambda entity: entity.created_at,
    "modifiedAt": lambda entity: entity.modified_at,
    "expiresAt": lambda entity: entity.expires_at,
}


def matches_query(query: Query, entity: Entity, find: Find = lambda _: None) -> bool:
    """Whether the entity is meant; `find` gives the entities that its relationships point to."""
    return holds(query, lambda term: matches_term(term, entity, find))


def matches_term(term: Term, entity: Entity, find: Find = lambda _: None) -> bool:
    """Whether one condition holds: that one target of its path satisfies it."""
    return any(_satisfies(term, value, is_relation=is_relation) for value, is_relation in _targets(term.path, entity, find))


def matches_geo(query: GeoQuery, entity: Entity) -> bool:
    """Whether a geometry of the entity lies as asked; without a geometry it never does."""
    instances = entity.attributes.get(query.geoproperty, ())
    return any(one["type"] == Kind.GEO_PROPERTY and relates(query, one["value"]) for one in instances)


def _satisfies(term: Term, value: Any, *, is_relation: bool) -> bool:
    if term.op is None:
        return True
    if term.op in (Op.MATCH, Op.NOT_MATCH):
        texts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
        found = any(matches_pattern(str(term.value), text) for text in texts)
        return bool(texts) and not is_relation and found is (term.op is Op.MATCH)
    if term.op is Op.EQ:
        return _equals(value, term.value)
    if term.op is Op.NE:
        return not _equals(value, term.value)
    return not is_relation and _orders(term.op, value, term.value)


def _targets(path: Path, entity: Entity, find: Find) -> Iterator[tuple[Any, bool]]:
    """The values that a path leads to, and whether they are objects of relationships."""
    first, *rest = path.names
    if first in _OF_ENTITY:
        value = _OF_ENTITY[first](entity)
        if value is not None and not rest:
            yield value, False
        return
    for instance in entity.attributes.get(first, ()):
        yield from _below(instance, rest, path, find)


def _below(instance: Instance, names: list[str], path: Path, find: Find) -> Iterator[tuple[Any, bool]]:
    if names:
        found = instance.get(names[0])
        if ":" in names[0]:
            for sub in found or ():
                yield from _below(sub, names[1:], path, find)
        elif found is not None and len(names) == 1:
            yield found, False
    elif path.link is not None:
        for target in targets(instance):
            entity = find(target)
            if entity is not None and (not path.link.types or not set(path.link.types).isdisjoint(entity.types)):
                yield from _targets(path.link.path, entity, find)
    else:
        yield from _values(instance, path.members)


def _values(instance: Instance, members: tuple[str, ...]) -> Iterator[tuple[Any, bool]]:
    kind = instance["type"]
    value = instance.get(VALUE_MEMBER[kind])
    if kind == Kind.LANGUAGE_PROPERTY and isinstance(value, dict):
        if not members or members == ("*",):
            yield [text for texts in value.values() for text in (texts if isinstance(texts, list) else [texts])], False
        elif members[0] in value:
            yield value[members[0]], False
        return
    for member in members:
        if not isinstance(value, dict) or member not in value:
            return
        value = value[member]
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    yield value, kind in _RELATIONS


def _equals(value: Any, wanted: Any) -> bool:
    """Whether a value, or one item of an array, is what is asked for."""
    if isinstance(value, list):
        return any(_equals(one, wanted) for one in value)
    if isinstance(wanted, Values):
        return any(_same(value, one) for one in wanted.of)
    if isinstance(wanted, Range):
        return _orders(Op.GE, value, wanted.low) and _orders(Op.LE, value, wanted.high)
    return _same(value, wanted)


def _same(value: Any, wanted: Literal) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, Uri):
        return bool(value == wanted.text)
    ours, theirs = _comparable(value, wanted)
    return ours is not None and bool(ours == theirs)


def _orders(op: Op, value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return False
    ours, theirs = _comparable(value, wanted)
    if ours is None:
        return False
    if op is Op.GT:
        return bool(ours > theirs)
    if op is Op.GE:
        return bool(ours >= theirs)
    return bool(ours < theirs) if op is Op.LT else bool(ours <= theirs)


def _comparable(value: Any, wanted: Any) -> tuple[Any, Any]:
    """Both sides as they can be compared; nothing where the value is of another type."""
    if isinstance(wanted, int | float):
        return (value, wanted) if isinstance(value, int | float) else (None, None)
    if not isinstance(value, str):
        return None, None
    if isinstance(wanted, str):
        return value, wanted
    try:
        if isinstance(wanted, DateTime) and DATE_TIME.fullmatch(value):
            return read_date_time(value), wanted.text
        if isinstance(wanted, Date) and DATE.fullmatch(value):
            return value, wanted.text
        if isinstance(wanted, Time) and TIME.fullmatch(value):
            return read_time(value), wanted.text
    except Problem:
        return None, None
    return None, None
