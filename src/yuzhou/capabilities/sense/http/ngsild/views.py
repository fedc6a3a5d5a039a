"""In what form entities are answered: `options`, `attrs`, `pick`, `omit`, `lang`, GeoJSON, linked entities (4.5, 4.21)."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, EntityQuery, EntitySelector
from yuzhou.capabilities.sense.http.ngsild.answers import answer, context_link, told_in
from yuzhou.capabilities.sense.http.ngsild.negotiation import Media, prefers_plain_geojson
from yuzhou.capabilities.sense.http.ngsild.parameters import Parameters, names
from yuzhou.capabilities.sense.http.ngsild.resource import Call
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.languages import read_preferences
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data
from yuzhou.capabilities.sense.rules.ngsild.query.projection import MEMBERS, Projection, parse_projection
from yuzhou.capabilities.sense.rules.ngsild.reading import read_name
from yuzhou.capabilities.sense.rules.ngsild.representation import (
    Join,
    Linked,
    View,
    linked_ids,
    represent,
    represent_feature,
    represent_features,
)

VIEW_PARAMETERS = names("attrs pick omit lang options format geometryProperty datasetId join joinLevel containedBy local")
DEEPEST_JOIN = 5


def read_view(given: Parameters, context: Context, *options: str) -> View:
    """The view that parameters ask for; raises Problem."""
    if "attrs" in given and ("pick" in given or "omit" in given):
        raise bad_data("attrs-and-pick")
    given.flag("local")
    lang = given.text("lang")
    if lang is not None:
        read_preferences(lang)
    form = given.form(*options)
    geometry = given.text("geometryProperty")
    join = _join(given)
    return View(
        form=form,
        sys_attrs="sysAttrs" in given.options("sysAttrs", *options),
        lang=lang,
        attrs=frozenset(read_attrs(given, context)) if "attrs" in given else None,
        pick=_projection(given, "pick", context),
        omit=_projection(given, "omit", context),
        datasets=frozenset(given.many("datasetId")) if "datasetId" in given else None,
        join=join,
        join_level=given.integer("joinLevel", 1, 1) if join else 1,
        contained_by=frozenset(given.uris("containedBy")),
        **({"geometry_property": read_name(geometry, context)} if geometry else {}),
    )


def read_attrs(given: Parameters, context: Context) -> tuple[str, ...]:
    """The attributes (IRIs) of `attrs`; members of the entity itself, which are answered anyway, are passed over."""
    return tuple(read_name(name, context) for name in given.many("attrs") if name not in MEMBERS)


def _projection(given: Parameters, member: str, context: Context) -> Projection | None:
    if member not in given:
        return None
    return parse_projection(",".join(given.many(member)), context, member)


def _join(given: Parameters) -> Join | None:
    value = given.text("join")
    if value is None and "joinLevel" in given:
        raise bad_data("join-level")
    if value is not None and value not in {*Join, "@none"}:
        raise bad_data("join", value=value[:40])
    if given.integer("joinLevel", 1, 1) > DEEPEST_JOIN:
        raise Problem(ProblemKind.TOO_COMPLEX_QUERY, "join-deep", most=DEEPEST_JOIN)
    return Join(value) if value in set(Join) else None


def tell_entity(call: Call, entity: Entity, view: View) -> HttpResponse:
    """One entity, with what it points to if that is asked for."""
    if view.join is Join.FLAT and call.accept is not Media.GEO:
        return tell_entities(call, [entity], view)
    linked, _ = find_linked(call, [entity], view)
    if call.accept is Media.GEO:
        feature = represent_feature(entity, _geo_context(call), view, linked)
        return _tell_geo(call, feature)
    return call.tell(represent(entity, call.told, view, linked))


def tell_entities(call: Call, entities: Iterable[Entity], view: View, links: Iterable[str] = (), **headers: Any) -> HttpResponse:
    """Entities as an array or a collection of features; joined flat, what they point to comes behind them."""
    page = list(entities)
    linked, views = find_linked(call, page, view)
    if call.accept is Media.GEO:
        features = represent_features(represent_feature(one, _geo_context(call), view, linked) for one in page)
        return _tell_geo(call, features, links, **headers)
    bodies = [represent(one, call.told, view, linked) for one in page]
    if view.join is Join.FLAT:
        there = {one.id for one in page}
        bodies += [represent(one, call.told, views[urn]) for urn, one in linked.entities.items() if urn not in there]
    return call.tell(bodies, links=links, **headers)


def find_linked(call: Call, entities: list[Entity], view: View) -> tuple[Linked, dict[str, View]]:
    """The entities that relationships lead to, level by level, and how each is seen; raises Problem (TooManyResults)."""
    found: dict[str, Entity] = {}
    views: dict[str, View] = {}
    edge = [(one, view) for one in entities] if view.join is not None else []
    for _ in range(view.join_level):
        targets = {target: seen.beyond(name) for one, seen in edge for name, target in linked_ids(one, seen)}
        missing = [target for target in targets if target not in found]
        if len(missing) + len(found) > MOST_ENTITIES:
            raise Problem(ProblemKind.TOO_MANY_RESULTS, "join-large", most=MOST_ENTITIES)
        if not missing:
            break
        query = EntityQuery((EntitySelector(ids=tuple(missing)),), tenant=call.tenant, limit=MOST_ENTITIES)
        new = {one.id: one for one in api.find_entities(actor=call.actor, query=query).entities}
        found |= new
        views |= {urn: targets[urn] for urn in new}
        edge = [(one, targets[urn]) for urn, one in new.items()]
    return Linked(found), views


def _geo_context(call: Call) -> Context:
    return told_in(call.context) if prefers_plain_geojson(call.request) else call.context


def _tell_geo(call: Call, body: dict[str, Any], links: Iterable[str] = (), **headers: Any) -> HttpResponse:
    """GeoJSON with its @context, or with a Link where `Prefer: body=json` (6.3.15)."""
    if prefers_plain_geojson(call.request):
        return answer(body, media=Media.GEO, links=[context_link(told_in(call.context)), *links], **headers)
    return answer({**body, "@context": call.context.member}, media=Media.GEO, links=links, **headers)
