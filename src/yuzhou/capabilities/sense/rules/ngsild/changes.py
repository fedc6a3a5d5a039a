"""What a fragment makes of an entity: append, update, partial update, merge, replace, delete (clauses 5.5.8, 5.5.12, 5.6).

Every function gives back a new entity and leaves the old one as it was. `now` is a moment as the store keeps it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Fragment, Instance, find_instance
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, not_found
from yuzhou.capabilities.sense.rules.ngsild.reading import is_null
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL, VALUE_MEMBER


class ChangeKind(StrEnum):
    """What became of an instance of an attribute."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One instance before and after."""

    name: str
    dataset: str | None
    kind: ChangeKind
    before: Instance | None
    after: Instance | None


@dataclass(frozen=True, slots=True)
class Changed:
    """The entity as it is now, what changed, and which attributes (IRIs) could not be changed and why."""

    entity: Entity
    changes: tuple[Change, ...] = ()
    not_updated: tuple[tuple[str, Problem], ...] = ()

    @property
    def updated(self) -> tuple[str, ...]:
        """The attributes (IRIs) that changed, each once."""
        return tuple(dict.fromkeys(change.name for change in self.changes))

    @property
    def kinds(self) -> dict[str, ChangeKind]:
        """What became of each attribute: `updated` where its instances fared differently."""
        kinds: dict[str, ChangeKind] = {}
        for change in self.changes:
            kinds[change.name] = change.kind if kinds.get(change.name, change.kind) is change.kind else ChangeKind.UPDATED
        return kinds


def create(entity: Entity, now: str) -> Changed:
    """A new entity: everything in it bears the moment."""
    attributes = {name: [_stamped(one, None, now) for one in instances] for name, instances in entity.attributes.items()}
    changes = tuple(
        Change(name, one.get("datasetId"), ChangeKind.CREATED, None, one) for name, every in attributes.items() for one in every
    )
    return Changed(replace(entity, attributes=attributes, created_at=now, modified_at=now), changes)


def append(entity: Entity, fragment: Fragment, now: str, *, overwrite: bool = True) -> Changed:
    """Adds attributes; those that are there are replaced, or left and reported (clause 5.6.3)."""
    work = _Work(entity, now)
    for name, one in _each(fragment.attributes):
        if work.find(name, one) is None or overwrite:
            work.put(name, one)
        else:
            work.refuse(name, Problem(ProblemKind.ALREADY_EXISTS, "attribute-exists", name=name))
    scopes = _scopes(entity, fragment, overwrite=overwrite)
    return work.done(fragment, scopes)


def update(entity: Entity, fragment: Fragment, now: str) -> Changed:
    """Replaces attributes, adds those that are not there, removes what is Null (clause 5.6.2)."""
    work = _Work(entity, now)
    for name, one in _each(fragment.attributes):
        if not is_null(one):
            work.put(name, one)
        elif work.find(name, one) is not None:
            work.drop(name, one.get("datasetId"))
        else:
            work.refuse(name, not_found("attribute-unknown", name=name))
    scopes = entity.scopes if fragment.scopes is None or not entity.scopes else fragment.scopes
    return work.done(fragment, scopes)


def merge(entity: Entity, fragment: Fragment, now: str, *, observed_at: str | None = None, overwrite: bool = True) -> Changed:
    """Merges to any depth, into the JSON of values as well (clauses 5.5.12, 5.6.17).

    `observed_at` is given to attributes that have a time and bring none. Raises Problem where a new attribute has no value.
    """
    work = _Work(entity, now)
    for name, one in _each(fragment.attributes):
        before = work.find(name, one)
        if before is None:
            if not is_null(one):
                work.put(name, _without_nulls(_whole(name, one)))
        elif overwrite:
            if is_null(one):
                work.drop(name, one.get("datasetId"))
            else:
                work.put(name, _merged(name, before, one, now, observed_at))
    return work.done(fragment, _scopes(entity, fragment, overwrite=overwrite))


def partial_update(entity: Entity, name: str, instances: Iterable[Instance], now: str) -> Changed:
    """Changes the members of an attribute that the fragment has, and leaves the others (clause 5.6.4); raises Problem."""
    work = _Work(entity, now)
    for one in instances:
        before = work.find(name, one)
        if before is None:
            raise not_found("attribute-unknown", name=name)
        _check_same_kind(name, before, one)
        if is_null(one):
            raise bad_data("ngsild-null", name=name)
        after = {**before, **one}
        work.put(name, {key: value for key, value in after.items() if value != NULL and not _is_gone(key, value)})
    return work.done(Fragment())


def replace_entity(entity: Entity, fragment: Fragment, now: str) -> Changed:
    """All attributes and scopes anew; the id stays, and the types if the body brings none (clause 5.6.18)."""
    old = {(name, one.get("datasetId")): one for name, one in _each(entity.attributes)}
    attributes = {
        name: [_stamped(one, old.get((name, one.get("datasetId"))), now) for one in instances]
        for name, instances in fragment.attributes.items()
    }
    changes = [_change(name, old.pop((name, one.get("datasetId")), None), one) for name, one in _each(attributes)]
    changes += [_change(name, before, None) for (name, _), before in old.items()]
    fresh = replace(
        entity, types=fragment.types or entity.types, attributes=attributes, scopes=fragment.scopes or (),
        modified_at=now, expires_at=fragment.expires_at,
    )  # fmt: skip
    return Changed(fresh, tuple(changes))


def replace_attribute(entity: Entity, name: str, instances: Iterable[Instance], now: str) -> Changed:
    """Instances of an attribute anew, those with other datasets left (clause 5.6.19); raises Problem."""
    work = _Work(entity, now)
    for one in instances:
        if work.find(name, one) is None:
            raise not_found("attribute-unknown", name=name)
        work.put(name, one)
    return work.done(Fragment())


def delete(entity: Entity, name: str, now: str, *, dataset: str | None = None, delete_all: bool = False) -> Changed:
    """Removes one instance of an attribute, or all of them (clause 5.6.5); raises Problem."""
    if delete_all:
        doomed = [one.get("datasetId") for one in entity.attributes.get(name, ())]
    else:
        doomed = [dataset] if entity.instance(name, dataset) is not None else []
    if not doomed:
        raise not_found("attribute-unknown", name=name)
    work = _Work(entity, now)
    for one in doomed:
        work.drop(name, one)
    return work.done(Fragment())


class _Work:
    """An entity while it is being changed."""

    def __init__(self, entity: Entity, now: str) -> None:
        self._entity = entity
        self._now = now
        self._attributes: Attributes = dict(entity.attributes)
        self._changes: list[Change] = []
        self._refused: list[tuple[str, Problem]] = []

    def find(self, name: str, like: Mapping[str, Any]) -> Instance | None:
        return find_instance(self._attributes.get(name, ()), like.get("datasetId"))

    def put(self, name: str, instance: Instance) -> None:
        before = self.find(name, instance)
        after = _stamped(instance, before, self._now)
        others = [one for one in self._attributes.get(name, ()) if one is not before]
        self._attributes[name] = [after, *others] if after.get("datasetId") is None else [*others, after]
        self._changes.append(_change(name, before, after))

    def drop(self, name: str, dataset: str | None) -> None:
        before = find_instance(self._attributes[name], dataset)
        others = [one for one in self._attributes[name] if one is not before]
        if others:
            self._attributes[name] = others
        else:
            del self._attributes[name]
        self._changes.append(_change(name, before, None))

    def refuse(self, name: str, problem: Problem) -> None:
        self._refused.append((name, problem))

    def done(self, fragment: Fragment, scopes: tuple[str, ...] | None = None) -> Changed:
        old = self._entity
        types = tuple(dict.fromkeys((*old.types, *fragment.types)))
        scopes = old.scopes if scopes is None else scopes
        expires = old.expires_at if fragment.expires_at is None else None if fragment.expires_at == NULL else fragment.expires_at
        is_same = not self._changes and (types, scopes, expires) == (old.types, old.scopes, old.expires_at)
        modified = old.modified_at if is_same else self._now
        entity = replace(old, types=types, attributes=self._attributes, scopes=scopes, expires_at=expires, modified_at=modified)
        return Changed(entity, tuple(self._changes), tuple(self._refused))


def _each(attributes: Attributes) -> Iterable[tuple[str, Instance]]:
    return ((name, one) for name, instances in attributes.items() for one in instances)


def _change(name: str, before: Instance | None, after: Instance | None) -> Change:
    kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.UPDATED
    return Change(name, (after or before or {}).get("datasetId"), kind, before, after)


def _scopes(entity: Entity, fragment: Fragment, *, overwrite: bool) -> tuple[str, ...]:
    if fragment.scopes is None:
        return entity.scopes
    return fragment.scopes if overwrite else tuple(dict.fromkeys((*entity.scopes, *fragment.scopes)))


def _stamped(instance: Instance, before: Instance | None, now: str) -> Instance:
    """The instance with its times, and its sub-attributes with theirs."""
    if before is instance:
        return instance
    created = before.get("createdAt", now) if before else now
    stamped: Instance = {}
    for key, value in instance.items():
        if ":" in key:
            old = before.get(key, ()) if before else ()
            stamped[key] = [_stamped(one, find_instance(old, one.get("datasetId")), now) for one in value]
        else:
            stamped[key] = value
    return {**stamped, "createdAt": created, "modifiedAt": now}


def _check_same_kind(name: str, before: Instance, one: Instance) -> None:
    if "type" in one and one["type"] != before["type"]:
        raise bad_data("attribute-kind", name=name, kind=before["type"])
    member = VALUE_MEMBER[before["type"]]
    if any(key in one for key in VALUE_MEMBER.values() if key != member):
        raise bad_data("attribute-kind", name=name, kind=before["type"])


def _whole(name: str, instance: Instance) -> Instance:
    """An instance that can stand alone: with its type and value."""
    if "type" not in instance or VALUE_MEMBER[instance["type"]] not in instance:
        raise bad_data("attribute-value", name=name, member="value")
    return instance


def _merged(name: str, before: Instance, one: Instance, now: str, observed_at: str | None) -> Instance:
    if "type" in one and one["type"] != before["type"] and VALUE_MEMBER[one["type"]] in one:
        merged: Instance = {key: value for key, value in before.items() if key != VALUE_MEMBER[before["type"]]}
    else:
        merged = dict(before)
    for key, value in one.items():
        if value == NULL or _is_gone(key, value):
            merged.pop(key, None)
        elif ":" in key:
            merged[key] = _merged_instances(name, before.get(key, []), value, now)
        elif key in ("value", "languageMap", "json"):
            merged[key] = merge_json(merged.get(key), value)
        else:
            merged[key] = value
    if observed_at is not None and "observedAt" in before and "observedAt" not in one:
        merged["observedAt"] = observed_at
    return merged


def _merged_instances(name: str, before: list[Instance], fragment: list[Instance], now: str) -> list[Instance]:
    instances = list(before)
    for one in fragment:
        old = find_instance(instances, one.get("datasetId"))
        others = [other for other in instances if other is not old]
        if is_null(one):
            instances = others
        elif old is None:
            instances = [*others, _whole(name, one)]
        else:
            instances = [*others, _merged(name, old, one, now, None)]
    return sorted(instances, key=lambda one: "datasetId" in one)


def merge_json(target: Any, patch: Any) -> Any:
    """A JSON value with a patch merged into it (RFC 7396), NGSI-LD Null in the place of null."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    if result.get("type") != patch.get("type", result.get("type")) and "coordinates" in patch:
        return patch  # another kind of geometry
    for key, value in patch.items():
        if value == NULL:
            result.pop(key, None)
        else:
            result[key] = merge_json(result.get(key), value)
    return result


def _without_nulls(instance: Instance) -> Instance:
    """A new instance of a merge: what Null would remove is not there."""
    found: Instance = {}
    for key, value in instance.items():
        if value == NULL or _is_gone(key, value):
            continue
        found[key] = merge_json(None, value) if key in ("value", "languageMap", "json") else value
    return found


def _is_gone(key: str, value: Any) -> bool:
    """Whether a sub-attribute of a fragment says that it is to go."""
    return ":" in key and isinstance(value, list) and bool(value) and all(is_null(one) for one in value)
