"""How entities evolved: asked for, told, changed, removed (clauses 5.6.11 to 5.6.16, 5.7.3, 5.7.4; 6.18 to 6.22, 6.24)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import EntityQuery
from yuzhou.capabilities.sense.contracts.evolution import Evolution, TemporalAsk, evolution_body, read_temporal_ask
from yuzhou.capabilities.sense.http.ngsild.answers import created, nothing, page_links
from yuzhou.capabilities.sense.http.ngsild.negotiation import JSON_OR_LD
from yuzhou.capabilities.sense.http.ngsild.parameters import Parameters, names
from yuzhou.capabilities.sense.http.ngsild.queries import FILTERS, PAGE, of_body, read_query
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.http.ngsild.views import read_view
from yuzhou.capabilities.sense.http.ngsild.writes import checked_urn, fragment_for, guard_type
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Instance
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, bad_request
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TimeRelation
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_entity, read_name
from yuzhou.capabilities.sense.rules.ngsild.representation import Form, View
from yuzhou.capabilities.sense.rules.ngsild.temporal import TemporalForm
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment

WHEN = names("timerel timeAt endTimeAt timeproperty")
AMOUNT = names("lastN aggrMethods aggrPeriodDuration")
FORM = names("attrs pick omit lang options format datasetId local")
_OPTIONS = (TemporalForm.SIMPLIFIED.value, TemporalForm.AGGREGATED.value, "audit")


def query_evolutions(call: Call) -> HttpResponse:
    """GET /temporal/entities."""
    return _tell_page(call, call.given)


def query_by_body(call: Call) -> HttpResponse:
    """POST /temporal/entityOperations/query."""
    body = call.body()
    more: dict[str, Any] = {}
    if isinstance(body, Mapping):
        more = _members(body.get("aggrParams"), "aggrParams", AMOUNT)
        body = {name: value for name, value in body.items() if name != "aggrParams"}
    return _tell_page(call, Parameters({**of_body(body, is_temporal=True), **more, **call.given.given}))


def get_evolution(call: Call, urn: str) -> HttpResponse:
    """GET /temporal/entities/{entityId}."""
    checked_urn(urn)
    ask, view, form = _read(call.given, call.context)
    evolution = api.get_evolution(actor=call.actor, urn=urn, ask=ask, tenant=call.tenant)
    return _tell(call, evolution_body(evolution, ask, call.told, view, form), [evolution], ask)


def upsert_evolution(call: Call) -> HttpResponse:
    """POST /temporal/entities."""
    entity = read_entity(call.body(), call.context, Purpose.TEMPORAL)
    is_new = api.upsert_evolution(actor=call.actor, entity=entity, tenant=call.tenant)
    return created("temporal", "entities", entity.id) if is_new else nothing()


def delete_evolution(call: Call, urn: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}."""
    guard_type(call, checked_urn(urn))
    api.delete_evolution(actor=call.actor, urn=urn, tenant=call.tenant)
    return nothing()


def append_instances(call: Call, urn: str) -> HttpResponse:
    """POST /temporal/entities/{entityId}/attrs."""
    fragment = fragment_for(call, urn, Purpose.TEMPORAL)
    api.append_instances(actor=call.actor, urn=urn, attributes=fragment.attributes, tenant=call.tenant)
    return nothing()


def delete_attribute_history(call: Call, urn: str, name: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}."""
    iri, dataset = read_name(name, call.context), call.given.text("datasetId")
    delete_all = call.given.flag("deleteAll")
    guard_type(call, checked_urn(urn))
    api.delete_attribute_history(
        actor=call.actor,
        urn=urn,
        name=iri,
        dataset=checked_uri(dataset, "datasetId") if dataset and dataset != "@none" else None,
        delete_all=delete_all,
        tenant=call.tenant,
    )
    return nothing()


def modify_instance(call: Call, urn: str, name: str, instance: str) -> HttpResponse:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    body, iri = call.body(), read_name(name, call.context)
    fragment = _one_instance(body, iri, call.context)
    guard_type(call, checked_urn(urn))
    api.modify_instance(
        actor=call.actor,
        urn=urn,
        name=iri,
        instance_id=checked_uri(instance, "instanceId"),
        instance=fragment,
        tenant=call.tenant,
    )
    return nothing()


def delete_instance(call: Call, urn: str, name: str, instance: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    iri, number = read_name(name, call.context), checked_uri(instance, "instanceId")
    guard_type(call, checked_urn(urn))
    api.delete_instance(actor=call.actor, urn=urn, name=iri, instance_id=number, tenant=call.tenant)
    return nothing()


def _tell_page(call: Call, given: Parameters) -> HttpResponse:
    """A page of entities by what they are now, each as it was; those with nothing in the range are passed over."""
    ask, view, form = _read(given, call.context)
    if ask.query is None:
        raise bad_data("time-missing", member="timerel")
    query = read_query(given, call.context)
    if query["q"] or query["geo"] or any(one.types is not None for one in query["selectors"]):
        query["attributes"] = ()  # what an entity had in the range need not be there any more
    limit, offset = given.limit(), given.offset()
    wanted = EntityQuery(
        **query, tenant=call.tenant, limit=limit, offset=offset, after=given.text("after"), with_count=given.flag("count")
    )
    page = api.find_entities(actor=call.actor, query=wanted)
    urns = [one.id for one in page.entities]
    found = api.read_evolutions(actor=call.actor, urns=urns, ask=ask, tenant=call.tenant)
    counted = {} if page.count is None else {"NGSILD-Results-Count": str(page.count)}
    links = page_links(call.request, after=page.next, offset=offset, limit=limit)
    return _tell(call, [evolution_body(one, ask, call.told, view, form) for one in found], found, ask, links=links, **counted)


def _tell(call: Call, body: Any, told: Sequence[Evolution], ask: TemporalAsk, **more: Any) -> HttpResponse:
    """200, or 206 with the range of time that is told where there is more in the one asked for (6.3.10)."""
    moments = [moment for one in told for moment in (one.first, one.last) if moment]
    if any(one.truncated for one in told) and moments:
        more |= {"status": 206, "Content-Range": _content_range(ask, min(moments), max(moments))}
    return call.tell(body, **more)


def _content_range(ask: TemporalAsk, first: str, last: str) -> str:
    """From the bound of the question, where it has one, to the last that is told; backwards where the newest are asked for."""
    query = ask.query
    if ask.last_n is None:
        start = query.at if query and query.relation is not TimeRelation.BEFORE else first
        return f"date-time {show_moment(start)}-{show_moment(last)}/*"
    high = query and (query.end_at or (query.at if query.relation is TimeRelation.BEFORE else None))
    return f"date-time {show_moment(high or last)}-{show_moment(first)}/{ask.last_n}"


def _read(given: Parameters, context: Context) -> tuple[TemporalAsk, View, TemporalForm]:
    """What is asked for, and how it is told; raises Problem."""
    options = given.options("sysAttrs", *_OPTIONS)
    named = given.text("format")
    forms = options & set(TemporalForm) | ({named} if named in set(TemporalForm) else set())
    forms -= {TemporalForm.NORMALISED.value}
    if len(forms) > 1:
        raise bad_request("option", value=",".join(sorted(forms)))
    plain = Parameters({name: value for name, value in given.given.items() if name != "format" or named not in _OPTIONS})
    view = read_view(plain, context, *_OPTIONS)
    form = TemporalForm(next(iter(forms))) if forms else TemporalForm.NORMALISED
    if view.form is Form.SIMPLIFIED and form is TemporalForm.NORMALISED:
        form = TemporalForm.SIMPLIFIED
    ask = read_temporal_ask(_texts(given), context, form)
    return ask, _audited(view) if "audit" in options else view, form


def _audited(view: View) -> View:
    """With the times at which each instance was made and changed."""
    return View(view.form, True, view.lang, view.attrs, view.pick, view.omit, view.datasets)


def _texts(given: Parameters) -> dict[str, str]:
    """The parameters of time as texts, also those that a body has as numbers and arrays; raises Problem."""
    found = {name: ",".join(given.many(name)) for name in ("attrs", "datasetId", "aggrMethods") if name in given}
    found |= {name: str(given.text(name)) for name in (*WHEN, "aggrPeriodDuration") if name in given}
    if "lastN" in given:
        found["lastN"] = str(given.integer("lastN", 1, 1))
    return found


def _members(part: Any, member: str, allowed: frozenset[str]) -> dict[str, Any]:
    if part is None:
        return {}
    if not isinstance(part, Mapping) or not part.keys() <= allowed:
        raise bad_data("query-member", member=member)
    return dict(part)


def _one_instance(body: Any, iri: str, context: Context) -> Instance:
    """The one instance of a fragment, which may stand under the name of its attribute; raises Problem."""
    if not isinstance(body, dict):
        raise bad_request("no-object")
    told = next((value for name, value in body.items() if len(body) == 1 and context.expand(name) == iri), body)
    told = told[0] if isinstance(told, list) and len(told) == 1 else told
    if not isinstance(told, dict):
        raise bad_data("attribute-value", name=context.compact(iri)[:100], member="value")
    instance = read_attribute(told, iri, context, Purpose.PARTIAL)[0]
    for member, value in instance.items():
        if value in (NULL, [NULL], {"@none": NULL}):
            raise bad_data("null", name=member[:100])
    return instance


evolutions = resource(
    GET=Operation(query_evolutions, names(FILTERS, PAGE, WHEN, AMOUNT, FORM), JSON_OR_LD),
    POST=Operation(upsert_evolution, names("local")),
)
evolution = resource(
    GET=Operation(get_evolution, names(WHEN, AMOUNT, FORM), JSON_OR_LD),
    DELETE=Operation(delete_evolution, names("type local")),
)
attributes = resource(POST=Operation(append_instances, names("type local")))
attribute = resource(DELETE=Operation(delete_attribute_history, names("datasetId deleteAll type local")))
instance = resource(
    PATCH=Operation(modify_instance, names("type local")),
    DELETE=Operation(delete_instance, names("type local")),
)
query = resource(POST=Operation(query_by_body, names(PAGE, WHEN, AMOUNT, "options format local"), JSON_OR_LD))
