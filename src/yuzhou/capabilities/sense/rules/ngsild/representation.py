"""An entity as it is answered: normalised, concise, simplified, GeoJSON (clauses 4.5.1 to 4.5.4, 4.5.16, 4.5.17, 4.5.23)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from enum import StrEnum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Instance, find_instance
from yuzhou.capabilities.sense.rules.ngsild.geometry import is_geometry
from yuzhou.capabilities.sense.rules.ngsild.languages import choose_language
from yuzhou.capabilities.sense.rules.ngsild.query.projection import Projection
from yuzhou.capabilities.sense.rules.ngsild.terms import (
    INSTANCE_META,
    KIND_BY_MEMBER,
    LOCATION,
    NULL,
    VALUE_MEMBER,
    Kind,
    is_kind,
)
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment

_SYSTEM = frozenset(("createdAt", "modifiedAt"))
_MOMENTS = frozenset(("observedAt", "expiresAt", "createdAt", "modifiedAt", "deletedAt"))
_NAMED = frozenset(("vocab", "previousVocab", "objectType", "valueType"))


class Form(StrEnum):
    """How much of an attribute is answered."""

    NORMALISED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


class Join(StrEnum):
    """How entities that relationships point to are answered."""

    INLINE = "inline"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class View:
    """What of an entity is answered, and how. `attrs` are IRIs; `datasets` None for all, "@none" being the default instance."""

    form: Form = Form.NORMALISED
    sys_attrs: bool = False
    lang: str | None = None
    attrs: frozenset[str] | None = None
    pick: Projection | None = None
    omit: Projection | None = None
    datasets: frozenset[str] | None = None
    geometry_property: str = LOCATION
    geometry_dataset: str | None = None
    join: Join | None = None
    join_level: int = 1
    contained_by: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Whether an attribute is answered."""
        if self.attrs is not None and name not in self.attrs:
            return False
        return self.wants_member(name)

    def wants_member(self, name: str) -> bool:
        """Whether a member of the entity itself is answered."""
        if self.pick is not None and name not in self.pick.names:
            return False
        return self.omit is None or name not in self.omit.names or name in self.omit.nested

    def beyond(self, name: str) -> "View":
        """The view of what a relationship points to."""
        pick = self.pick.nested.get(name) if self.pick else None
        omit = self.omit.nested.get(name) if self.omit else None
        return changed(self, attrs=None, pick=pick, omit=omit, join_level=self.join_level - 1)


@dataclass(frozen=True, slots=True)
class Linked:
    """The entities that relationships may point to, by id."""

    entities: Mapping[str, Entity] = field(default_factory=dict)


NOTHING_LINKED = Linked()


def represent(entity: Entity, context: Context, view: View, linked: Linked = NOTHING_LINKED) -> dict[str, Any]:
    """The entity as a JSON object, without @context."""
    body: dict[str, Any] = {}
    if view.wants_member("id"):
        body["id"] = entity.id
    body.update(_head(entity, context, view))
    body.update(_attributes(entity, context, view, linked))
    return body


def represent_feature(entity: Entity, context: Context, view: View, linked: Linked = NOTHING_LINKED) -> dict[str, Any]:
    """The entity as a GeoJSON feature."""
    properties = dict(_head(entity, context, view))
    properties.update(_attributes(entity, context, view, linked))
    place = find_instance(entity.attributes.get(view.geometry_property, ()), view.geometry_dataset)
    geometry = place.get("value") if place is not None and place["type"] == Kind.GEO_PROPERTY else None
    return {"id": entity.id, "type": "Feature", "geometry": geometry, "properties": properties}


def represent_features(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features as a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def with_context(body: dict[str, Any], context: Context) -> dict[str, Any]:
    """A body that carries its @context."""
    return {**body, "@context": context.member}


def linked_ids(entity: Entity, view: View) -> Iterator[tuple[str, str]]:
    """What the relationships of an entity that are answered point to: (attribute, id)."""
    for name, instances in entity.attributes.items():
        if view.wants(name):
            for one in instances:
                if view.datasets is None or one.get("datasetId", "@none") in view.datasets:
                    yield from ((name, target) for target in targets(one) if target not in view.contained_by)


def targets(instance: Instance) -> list[str]:
    """The ids that an instance points to; none if it is no relationship."""
    kind = instance["type"]
    if kind == Kind.RELATIONSHIP:
        value = instance["object"]
        return value if isinstance(value, list) else [value]
    return instance["objectList"] if kind == Kind.LIST_RELATIONSHIP else []


def _head(entity: Entity, context: Context, view: View) -> Iterator[tuple[str, Any]]:
    if view.wants_member("type"):
        yield "type", _one_or_many([context.compact(one) for one in entity.types])
    if entity.scopes and view.wants_member("scope"):
        yield "scope", _one_or_many(list(entity.scopes))
    if entity.expires_at and view.wants_member("expiresAt"):
        yield "expiresAt", show_moment(entity.expires_at)
    if view.sys_attrs and view.form is not Form.SIMPLIFIED:
        for member, moment in (("createdAt", entity.created_at), ("modifiedAt", entity.modified_at)):
            if moment:
                yield member, show_moment(moment)
    if entity.deleted_at:
        yield "deletedAt", show_moment(entity.deleted_at)


def _attributes(entity: Entity, context: Context, view: View, linked: Linked) -> Iterator[tuple[str, Any]]:
    writer = _Writer(context, view, linked, entity.id)
    for name, instances in entity.attributes.items():
        if view.wants(name):
            if view.datasets is not None:
                instances = [one for one in instances if one.get("datasetId", "@none") in view.datasets]
            if instances:
                yield context.compact(name), writer.attribute(name, instances)


class _Writer:
    """Writes attributes in the form of one view."""

    def __init__(self, context: Context, view: View, linked: Linked, owner: str) -> None:
        self._context = context
        self._view = view
        self._linked = linked
        self._owner = owner

    def attribute(self, name: str, instances: list[Instance]) -> Any:
        if self._view.form is Form.SIMPLIFIED:
            if len(instances) == 1:
                return self._simple(name, instances[0])
            return {"dataset": {one.get("datasetId", "@none"): self._simple(name, one) for one in instances}}
        if self._view.form is Form.CONCISE:
            return _one_or_many([self._concise(name, one, is_alone=len(instances) == 1) for one in instances])
        return _one_or_many([self._members(name, one, is_concise=False) for one in instances])

    def _concise(self, name: str, instance: Instance, *, is_alone: bool) -> Any:
        body = self._members(name, instance, is_concise=True)
        kind = body.pop("type")
        if len(body) == 1 and is_alone:
            value = body.get("value")
            if kind == Kind.GEO_PROPERTY or (kind == Kind.PROPERTY and _reads_as_value(value)):
                return value
        if kind == Kind.PROPERTY and is_geometry(body.get("value")):
            return {"type": kind, **body}
        return body

    def _members(self, name: str, instance: Instance, *, is_concise: bool) -> dict[str, Any]:
        view, kind = self._view, instance["type"]
        body: dict[str, Any] = {}
        for key, value in instance.items():
            if ":" in key:
                body[self._context.compact(key)] = self.attribute(key, value)
            elif key in _MOMENTS:
                if view.sys_attrs or key not in _SYSTEM:
                    body[key] = show_moment(value)
            elif key in _NAMED:
                body[key] = self._compacted(value)
            elif key == "objectList" and not is_concise:
                body[key] = [{"object": one} for one in value]
            else:
                body[key] = value
        if kind == Kind.LANGUAGE_PROPERTY and view.lang is not None and not _is_deleted(instance):
            return self._in_language(body)
        if view.join is Join.INLINE and view.join_level > 0:
            body.update(self._inline(name, instance))
        return body

    def _in_language(self, body: dict[str, Any]) -> dict[str, Any]:
        tag, text = choose_language(body["languageMap"], self._view.lang or "*")
        rest = {key: value for key, value in body.items() if key not in ("type", "languageMap")}
        return {"type": "Property", "value": text, "lang": tag, **rest}

    def _inline(self, name: str, instance: Instance) -> Iterator[tuple[str, Any]]:
        found = [self._entity(name, target) for target in targets(instance)]
        there = [one for one in found if one is not None]
        if there:
            is_list = instance["type"] == Kind.LIST_RELATIONSHIP
            yield ("entityList", there) if is_list else ("entity", _one_or_many(there))

    def _entity(self, name: str, target: str) -> dict[str, Any] | None:
        entity = self._linked.entities.get(target)
        if entity is None or target in self._view.contained_by:
            return None
        beyond = changed(self._view.beyond(name), contained_by=self._view.contained_by | {self._owner})
        return represent(entity, self._context, beyond, self._linked)

    def _simple(self, name: str, instance: Instance) -> Any:
        kind = instance["type"]
        value = instance.get(VALUE_MEMBER[kind])
        if kind == Kind.LANGUAGE_PROPERTY:
            if self._view.lang is None or _is_deleted(instance):
                return {"languageMap": value}
            return choose_language(instance["languageMap"], self._view.lang)[1]
        if kind == Kind.VOCAB_PROPERTY:
            return {"vocab": self._compacted(value)}
        if kind == Kind.JSON_PROPERTY:
            return {"json": value}
        if self._view.join is Join.INLINE and self._view.join_level > 0 and targets(instance):
            joined = [self._entity(name, target) or target for target in targets(instance)]
            return joined if kind == Kind.LIST_RELATIONSHIP else _one_or_many(joined)
        return value

    def _compacted(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._context.compact(one) for one in value]
        return value if value == NULL else self._context.compact(value)


def _is_deleted(instance: Instance) -> bool:
    return instance.get("languageMap") == {"@none": NULL}


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _reads_as_value(value: Any) -> bool:
    """Whether a bare value would be read as that of a Property again."""
    if isinstance(value, dict):
        return not (is_geometry(value) or is_kind(value.get("type", value.get("@type"))) or _has_members(value))
    if isinstance(value, list):
        return not value or not all(isinstance(one, dict) for one in value)
    return True


def _has_members(value: dict[str, Any]) -> bool:
    return any(key in INSTANCE_META or key in KIND_BY_MEMBER for key in value)
