"""Entities: made, read, merged, replaced, deleted, purged (clauses 5.6.1, 5.6.6, 5.6.17, 5.6.18, 5.6.21, 5.7.1; 6.4, 6.5)."""

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import EntityQuery
from yuzhou.capabilities.sense.http.ngsild.answers import created, nothing
from yuzhou.capabilities.sense.http.ngsild.negotiation import WITH_GEO
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.queries import FILTERS, QUERY_PARAMETERS, query_entities, read_query
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.http.ngsild.views import VIEW_PARAMETERS, read_view, tell_entity
from yuzhou.capabilities.sense.http.ngsild.writes import checked_urn, fragment_for, guard_type, updated
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, not_found
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_name
from yuzhou.capabilities.sense.rules.ngsild.times import read_date_time


def create_entity(call: Call) -> HttpResponse:
    """POST /entities."""
    call.given.flag("local")
    entity = read_entity(call.body(), call.context)
    api.create_entity(actor=call.actor, entity=entity, tenant=call.tenant)
    return created("entities", entity.id)


def purge_entities(call: Call) -> HttpResponse:
    """DELETE /entities."""
    given = call.given
    if "keep" in given and "drop" in given:
        raise bad_data("keep-and-drop")
    query = EntityQuery(**read_query(given, call.context), tenant=call.tenant)
    keep, drop = (tuple(read_name(name, call.context) for name in given.many(member)) for member in ("keep", "drop"))
    api.purge_entities(actor=call.actor, query=query, keep=keep, drop=drop)
    return nothing()


def get_entity(call: Call, urn: str) -> HttpResponse:
    """GET /entities/{entityId}."""
    view = read_view(call.given, call.context)
    guard_type(call, checked_urn(urn))
    entity = api.get_entity(actor=call.actor, urn=urn, tenant=call.tenant)
    if view.attrs is not None and view.attrs.isdisjoint(entity.attributes):
        raise not_found("attributes-unknown", id=urn)
    return tell_entity(call, entity, view)


def merge_entity(call: Call, urn: str) -> HttpResponse:
    """PATCH /entities/{entityId}."""
    call.given.form()
    observed = call.given.text("observedAt")
    moment = read_date_time(observed, "observedAt") if observed else None
    fragment = fragment_for(call, urn, Purpose.MERGE)
    return updated(call, api.merge_entity(actor=call.actor, urn=urn, fragment=fragment, observed_at=moment, tenant=call.tenant))


def replace_entity(call: Call, urn: str) -> HttpResponse:
    """PUT /entities/{entityId}."""
    fragment = fragment_for(call, urn, Purpose.REPLACE)
    return updated(call, api.replace_entity(actor=call.actor, urn=urn, fragment=fragment, tenant=call.tenant))


def delete_entity(call: Call, urn: str) -> HttpResponse:
    """DELETE /entities/{entityId}."""
    guard_type(call, checked_urn(urn))
    api.delete_entity(actor=call.actor, urn=urn, tenant=call.tenant)
    return nothing()


entities = resource(
    GET=Operation(query_entities, QUERY_PARAMETERS, WITH_GEO),
    POST=Operation(create_entity, names("local")),
    DELETE=Operation(purge_entities, names(FILTERS, "keep drop")),
)
entity = resource(
    GET=Operation(get_entity, names(VIEW_PARAMETERS, "type"), WITH_GEO),
    PATCH=Operation(merge_entity, names("options format observedAt type local")),
    PUT=Operation(replace_entity, names("type local")),
    DELETE=Operation(delete_entity, names("type local")),
)
