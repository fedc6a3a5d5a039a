"""Entities and fragments from the JSON of a client: normalised and concise, checked by clauses 4.5, 4.6, 5.2 and 5.5.4."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Fragment, Instance
from yuzhou.capabilities.sense.rules.ngsild.geometry import is_geometry
from yuzhou.capabilities.sense.rules.ngsild.names import checked_name, checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, bad_request
from yuzhou.capabilities.sense.rules.ngsild.terms import (
    GEO_ATTRIBUTES,
    INSTANCE_META,
    KIND_BY_MEMBER,
    KINDS,
    NULL,
    RESERVED,
    RESERVED_IRIS,
    VALUE_MEMBER,
    Kind,
    is_kind,
)
from yuzhou.capabilities.sense.rules.ngsild.times import read_date_time
from yuzhou.capabilities.sense.rules.ngsild.values import Nulls, read_value

DEEPEST = 8  # attributes of attributes
MOST_INSTANCES = 10_000
_PLAIN = frozenset((str, int, float, bool))
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*")
ENTITY_MEMBERS = frozenset(
    ("id", "@id", "type", "@type", "scope", "expiresAt", "@context", "createdAt", "modifiedAt", "deletedAt")
)
_WITH_UNIT = frozenset((None, Kind.PROPERTY, Kind.LIST_PROPERTY))
_RELATIONS = frozenset((None, Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP))


class Purpose(Enum):
    """What a body is for: where Null means removal, and whether an attribute must bring its value."""

    CREATE = "create"
    REPLACE = "replace"
    APPEND = "append"
    TEMPORAL = "temporal"
    UPDATE = "update"
    MERGE = "merge"
    PARTIAL = "partial"

    @property
    def nulls(self) -> Nulls:
        """Where Null removes something."""
        return Nulls.DEEP if self is Purpose.MERGE else Nulls.TOP if self in (Purpose.UPDATE, Purpose.PARTIAL) else Nulls.NONE

    @property
    def needs_value(self) -> bool:
        """Whether an attribute without its value is at fault."""
        return self not in (Purpose.MERGE, Purpose.PARTIAL)


def read_entity(body: Any, context: Context, purpose: Purpose = Purpose.CREATE) -> Entity:
    """A whole entity; raises Problem."""
    part = read_fragment(body, context, purpose)
    if part.id is None:
        raise bad_data("missing", member="id")
    if not part.types:
        raise bad_data("missing", member="type")
    return Entity(part.id, part.types, part.attributes, part.scopes or (), expires_at=part.expires_at)


def read_fragment(body: Any, context: Context, purpose: Purpose) -> Fragment:
    """Part of an entity: any of its members; raises Problem."""
    if not isinstance(body, dict):
        raise bad_request("no-object")
    identity = body.get("id", body.get("@id"))
    types = body.get("type", body.get("@type"))
    scope, expires = body.get("scope"), body.get("expiresAt")
    reader = _Reader(context, purpose)
    return Fragment(
        reader.attributes(body),
        () if types is None and "type" not in body else read_types(types, context),
        None if scope is None and "scope" not in body else read_scopes(scope, purpose.nulls),
        _expiry(expires, purpose.nulls) if "expiresAt" in body else None,
        None if identity is None else checked_uri(identity, "id"),
    )


def read_attribute(body: Any, name: str, context: Context, purpose: Purpose) -> list[Instance]:
    """The instances of one attribute (name: its IRI); raises Problem."""
    return _Reader(context, purpose).instances(name, body, 0)


def read_name(name: str, context: Context) -> str:
    """The IRI of an attribute or type by the name of a client; raises Problem."""
    return context.expand(checked_name(name))


def read_types(value: Any, context: Context) -> tuple[str, ...]:
    """The types (IRIs) of an entity; raises Problem."""
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name != NULL for name in names):
        raise bad_data("entity-type")
    return tuple(dict.fromkeys(context.expand(checked_name(name)) for name in names))


def read_scopes(value: Any, nulls: Nulls = Nulls.NONE) -> tuple[str, ...]:
    """The scopes of an entity, each with its leading slash; none where Null removes them. Raises Problem."""
    if value == NULL and nulls is not Nulls.NONE:
        return ()
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and _SCOPE.fullmatch(name) for name in names):
        raise bad_data("scope", value=str(value)[:100])
    return tuple(dict.fromkeys("/" + name.removeprefix("/") for name in names))


def is_null(instance: Instance) -> bool:
    """Whether an instance says that the attribute is to go."""
    value = instance.get(VALUE_MEMBER.get(instance.get("type", ""), "value"))
    return value == NULL or value == [NULL] or value == {"@none": NULL}


def _expiry(value: Any, nulls: Nulls) -> str:
    return NULL if value == NULL and nulls is not Nulls.NONE else read_date_time(value, "expiresAt")


class _Reader:
    """Reads attributes with the names of one context, for one purpose."""

    def __init__(self, context: Context, purpose: Purpose) -> None:
        self._context = context
        self._nulls = purpose.nulls
        self._needs_value = purpose.needs_value
        self._is_partial = purpose is Purpose.PARTIAL
        self._is_temporal = purpose is Purpose.TEMPORAL

    def attributes(self, body: dict[str, Any]) -> Attributes:
        found: Attributes = {}
        for key, value in body.items():
            if key not in ENTITY_MEMBERS:
                name = self._context.expand(checked_name(key))
                if name in found:
                    raise bad_data("attribute-twice", name=key[:100])
                found[name] = self.instances(name, value, 0)
        return found

    def instances(self, name: str, value: Any, depth: int) -> list[Instance]:
        if not isinstance(value, list) or not self._is_multiple(value):
            return [self._checked(name, self._one(name, value, depth))]
        if len(value) > MOST_INSTANCES:
            raise bad_data("attribute-instances", name=self._short(name), most=MOST_INSTANCES)
        read = [self._checked(name, self._one(name, one, depth)) for one in value]
        datasets = [one.get("datasetId") for one in read]
        if not self._is_temporal and len(set(datasets)) != len(datasets):
            raise bad_data("dataset-twice", name=self._short(name))
        return read if self._is_temporal else sorted(read, key=lambda one: "datasetId" in one)

    def _is_multiple(self, value: list[Any]) -> bool:
        """Whether an array is of instances, not the value of a concise Property."""
        return self._is_temporal or (bool(value) and all(isinstance(one, dict) and _looks_like_instance(one) for one in value))

    def _checked(self, name: str, instance: Instance) -> Instance:
        if name in GEO_ATTRIBUTES and instance.get("type", Kind.GEO_PROPERTY) != Kind.GEO_PROPERTY and not is_null(instance):
            raise bad_data("geo-attribute", name=self._short(name))
        return instance

    def _one(self, name: str, value: Any, depth: int) -> Instance:
        if value is None:
            raise bad_data("null", name=self._short(name))
        if depth > DEEPEST:
            raise bad_data("attribute-deep", most=DEEPEST)
        if not isinstance(value, dict):
            return {"type": "Property", "value": self._value(Kind.PROPERTY, value, name)}
        kind = self._kind(name, value)
        if kind is Kind.PROPERTY and "value" not in value and value.get("type", value.get("@type")) != kind:  # itself the value
            return {"type": "Property", "value": self._value(kind, value, name)}
        if kind is Kind.GEO_PROPERTY and is_geometry(value):
            return {"type": "GeoProperty", "value": self._value(kind, value, name)}
        return self._members(name, kind, value, depth)

    def _kind(self, name: str, body: dict[str, Any]) -> Kind | None:
        """What an object is: by its type, by its members, or (without these) a plain value; None for a part of an attribute."""
        given = body.get("type", body.get("@type"))
        kind = KINDS.get(given) if isinstance(given, str) else None
        if kind is not None:
            if VALUE_MEMBER[kind] not in body and self._needs_value:
                raise bad_data("attribute-value", name=self._short(name), member=VALUE_MEMBER[kind])
            return kind
        if is_geometry(body):
            return Kind.GEO_PROPERTY
        member = next((member for member in KIND_BY_MEMBER if member in body), None)
        if given is not None and (member is not None or self._is_partial):
            raise bad_data("attribute-type", name=self._short(name), value=str(given)[:60])
        if member is not None:
            return Kind.GEO_PROPERTY if member == "value" and is_geometry(body["value"]) else KIND_BY_MEMBER[member]
        if self._is_partial or (given is None and not INSTANCE_META.isdisjoint(body)):
            if self._needs_value:
                raise bad_data("attribute-value", name=self._short(name), member="value")
            return None
        return Kind.PROPERTY

    def _members(self, name: str, kind: Kind | None, body: dict[str, Any], depth: int) -> Instance:
        own = VALUE_MEMBER[kind] if kind else ""
        found: Instance = {"type": kind.value} if kind else {}
        for key, value in body.items():
            if key == own:
                found[key] = self._value(kind, value, name)
                continue
            if key in ("type", "@type"):
                continue
            if value is None:
                raise bad_data("null", name=key[:100])
            term = key if key in RESERVED else RESERVED_IRIS.get(self._context.expand(key)) if ":" in key else None
            if term is None:
                sub = self._context.expand(checked_name(key))
                found[sub] = self.instances(sub, value, depth + 1)
            else:
                found.update(self._reserved(name, kind, term, value))
        if own and own not in found and self._needs_value:
            raise bad_data("attribute-value", name=self._short(name), member=own)
        return found

    def _reserved(self, name: str, kind: Kind | None, term: str, value: Any) -> Iterator[tuple[str, Any]]:
        """The members that the standard keeps; those that only answers have are passed over."""
        if term in KIND_BY_MEMBER:
            if kind is None or VALUE_MEMBER[kind] != term:
                raise bad_data("attribute-member", name=self._short(name), member=term, kind=str(kind or ""))
            yield term, self._value(kind, value, name)
        elif value == NULL and self._nulls is not Nulls.NONE and term not in ("datasetId", "instanceId"):
            yield term, NULL
        elif term in ("observedAt", "expiresAt"):
            yield term, read_date_time(value, term)
        elif term == "datasetId":
            if value != "@none":
                yield term, checked_uri(value, term)
        elif term == "unitCode":
            if kind not in _WITH_UNIT:
                raise bad_data("attribute-member", name=self._short(name), member=term, kind=str(kind))
            yield term, _text(value, term)
        elif term in ("objectType", "valueType"):
            if term == "objectType" and kind not in _RELATIONS:
                raise bad_data("attribute-member", name=self._short(name), member=term, kind=str(kind))
            yield term, self._named(value, term)
        elif term == "instanceId" and self._is_temporal:
            yield term, checked_uri(value, term)

    def _named(self, value: Any, member: str) -> str | list[str]:
        if isinstance(value, list):
            return [self._context.expand(checked_name(_text(one, member))) for one in value]
        return self._context.expand(checked_name(_text(value, member)))

    def _value(self, kind: Kind | None, value: Any, name: str) -> Any:
        if kind is Kind.PROPERTY and type(value) in _PLAIN and value != NULL:
            return value
        return read_value(kind or Kind.PROPERTY, value, self._short(name), self._context, self._nulls)

    def _short(self, name: str) -> str:
        return self._context.compact(name)[:100]


def _looks_like_instance(body: dict[str, Any]) -> bool:
    return is_kind(body.get("type", body.get("@type"))) or "datasetId" in body or any(one in body for one in KIND_BY_MEMBER)


def _text(value: Any, member: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 1000:
        raise bad_data("text", member=member)
    return value
