"""What a notification says of an entity: its state, what changed in it, what is gone (clauses 4.5.4, 4.5.5, 5.3.1, 5.8.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.endpoint import GEO_JSON, JSON_LD
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Instance
from yuzhou.capabilities.sense.rules.ngsild.interest import Happened
from yuzhou.capabilities.sense.rules.ngsild.query.projection import Projection
from yuzhou.capabilities.sense.rules.ngsild.representation import Form, Join, View, represent, represent_feature
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL, PREVIOUS_MEMBER, VALUE_MEMBER, Kind

LINK = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
_FORMS = {"keyValues": Form.SIMPLIFIED, "simplified": Form.SIMPLIFIED, "concise": Form.CONCISE}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one instance of an attribute."""

    name: str
    event: Happened
    dataset: str
    before: Mapping[str, Any] | None


def view_of(document: Mapping[str, Any]) -> View:
    """How a subscription wants entities to be told of."""
    notification = document["notification"]
    attributes, datasets, join = notification.get("attributes"), document.get("datasetId"), notification.get("join", "@none")
    return View(
        form=_FORMS.get(notification.get("format", ""), Form.NORMALISED),
        sys_attrs=notification.get("sysAttrs", False),
        lang=document.get("lang"),
        attrs=None if attributes is None else frozenset(attributes),
        pick=_projection(notification.get("pick")),
        omit=_projection(notification.get("omit")),
        datasets=None if datasets is None else frozenset(datasets),
        join=None if join == "@none" else Join(join),
        join_level=notification.get("joinLevel", 1),
    )


def tell(
    entity: Entity, told: Iterable[Told], view: View, context: Context, *, accept: str, shows_changes: bool
) -> dict[str, Any]:
    """The entity with what changed in it."""
    shown = changed(entity, attributes=_with_changes(entity, told, view, shows_changes))
    write = represent_feature if accept == GEO_JSON else represent
    return write(shown, context, view)


def tell_of_gone(entity: Entity, view: View, context: Context, *, accept: str, shows_changes: bool, at: str) -> dict[str, Any]:
    """An entity that was deleted: every attribute is null."""
    told = [
        Told(name, Happened.DELETED, one.get("datasetId", ""), one) for name, many in entity.attributes.items() for one in many
    ]
    bare = changed(entity, attributes={}, deleted_at=at)
    return tell(bare, told, view, context, accept=accept, shows_changes=shows_changes)


def merge_told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The later of two tellings of an entity, with what was previous in the earlier one."""
    members = frozenset(PREVIOUS_MEMBER.values())
    merged = dict(after)
    for name, value in after.items():
        earlier = before.get(name)
        if isinstance(value, dict) and isinstance(earlier, dict):
            merged[name] = value | {member: earlier[member] for member in members if member in earlier}
    return merged


def link_of(context: Context) -> str | None:
    """The address of a context, where there is a single one that a header can name."""
    if context.url is not None:
        return context.url
    own = [one for one in context.member[:-1] if isinstance(one, str)] if isinstance(context.member, list) else []
    return own[0] if len(own) == 1 == len(context.member) - 1 else None


def body_of(*, urn: str, subscription: str, at: str, data: list[dict[str, Any]], accept: str, context: Context) -> dict[str, Any]:
    """The notification as it is sent."""
    whole: dict[str, Any] = {
        "id": urn,
        "type": "Notification",
        "subscriptionId": subscription,
        "notifiedAt": at,
        "data": {"type": "FeatureCollection", "features": data} if accept == GEO_JSON else data,
    }
    return whole | {"@context": context.member} if accept == JSON_LD else whole


def headers_of(*, accept: str, context: Context, tenant: str | None) -> dict[str, str]:
    """What stands above it."""
    headers = {"Content-Type": accept}
    link = link_of(context)
    if accept != JSON_LD and link is not None:
        headers["Link"] = LINK.format(url=link)
    return headers | ({"NGSILD-Tenant": tenant} if tenant else {})


def _projection(names: list[str] | None) -> Projection | None:
    return None if names is None else Projection(frozenset(names))


def _with_changes(entity: Entity, told: Iterable[Told], view: View, shows_changes: bool) -> Attributes:
    attributes = {name: list(many) for name, many in entity.attributes.items()}
    for one in told:
        many = attributes.setdefault(one.name, [])
        place = next((n for n, each in enumerate(many) if each.get("datasetId", "") == one.dataset), None)
        if one.event is Happened.DELETED:
            if place is None and one.before is not None:
                many.append(_null(one.before, view, entity, shows_changes))
        elif place is not None and shows_changes and one.before is not None:
            many[place] = many[place] | _previous(one.before)
        if not many:
            del attributes[one.name]
    return attributes


def _null(before: Mapping[str, Any], view: View, entity: Entity, shows_changes: bool) -> Instance:
    kind = before["type"]
    member = VALUE_MEMBER[kind]
    gone: Instance = {"type": kind, member: {"@none": NULL} if kind == Kind.LANGUAGE_PROPERTY else NULL}
    kept = ("datasetId", "createdAt", "modifiedAt") if view.sys_attrs else ("datasetId",)
    gone |= {name: before[name] for name in kept if name in before}
    if view.sys_attrs:
        gone |= {"deletedAt": entity.deleted_at or before.get("deletedAt") or entity.modified_at}
    return gone | (_previous(before) if shows_changes else {})


def _previous(before: Mapping[str, Any]) -> Instance:
    member = VALUE_MEMBER[before["type"]]
    return {PREVIOUS_MEMBER[member]: before[member]} if member in before else {}
