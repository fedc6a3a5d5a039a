"""How entities evolved (clauses 5.6.11 to 5.6.16, 5.7.3, 5.7.4; 6.18 to 6.24)."""

from collections.abc import Mapping
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
from yuzhou.capabilities.sense.http.ngsild.writes import checked_urn
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_entity, read_fragment, read_name
from yuzhou.capabilities.sense.rules.ngsild.representation import View
from yuzhou.capabilities.sense.rules.ngsild.temporal import TemporalForm
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment

_TIME = names("timerel timeAt endTimeAt timeproperty lastN aggrMethods aggrPeriodDuration")
_VIEW = names("attrs pick omit datasetId lang options format local")
_FORMS = ("temporalValues", "aggregatedValues")


class _Asked:
    """What a request wants to see of evolutions."""

    def __init__(self, given: Parameters, call: Call) -> None:
        options = given.options("sysAttrs", *_FORMS)
        form = given.text("format")
        chosen = next((one for one in (form, *sorted(options)) if one in _FORMS), None)
        self.form = TemporalForm(chosen) if chosen else TemporalForm.NORMALISED
        plain = Parameters({name: value for name, value in given.given.items() if not (name == "format" and value in _FORMS)})
        self.view: View = read_view(plain, call.context, *_FORMS)
        if not chosen and {"simplified", "keyValues"} & {form, *options}:
            self.form = TemporalForm.SIMPLIFIED
        told = {name: ",".join(given.many(name)) for name in ("attrs", "datasetId") if name in given}
        if isinstance(given.value("lastN"), int):
            given.given["lastN"] = str(given.value("lastN"))
        told |= {name: text for name in _TIME if (text := given.text(name)) is not None}
        self.ask: TemporalAsk = read_temporal_ask(told, call.context, self.form)

    def body(self, call: Call, evolution: Evolution) -> dict[str, Any]:
        return evolution_body(evolution, self.ask, call.told, self.view, self.form)


def get_evolution(call: Call, urn: str) -> HttpResponse:
    """GET /temporal/entities/{entityId}."""
    asked = _Asked(call.given, call)
    found = api.get_evolution(actor=call.actor, urn=checked_urn(urn), ask=asked.ask, tenant=call.tenant)
    return call.tell(asked.body(call, found), **_range([found]))


def query_evolutions(call: Call) -> HttpResponse:
    """GET /temporal/entities."""
    return _tell_page(call, call.given)


def query_by_body(call: Call) -> HttpResponse:
    """POST /temporal/entityOperations/query."""
    return _tell_page(call, Parameters({**of_body(call.body(), is_temporal=True), **call.given.given}))


def _tell_page(call: Call, given: Parameters) -> HttpResponse:
    asked = _Asked(given, call)
    if asked.ask.query is None:
        raise bad_data("time-missing", member="timerel")
    limit, offset = given.limit(), given.offset()
    query = EntityQuery(
        **{**read_query(given, call.context), "attributes": ()}, tenant=call.tenant, limit=limit, offset=offset,
        after=given.text("after"), with_count=given.flag("count"),
    )  # fmt: skip
    page = api.find_entities(actor=call.actor, query=query)
    urns = [one.id for one in page.entities]
    found = api.read_evolutions(actor=call.actor, urns=urns, ask=asked.ask, tenant=call.tenant)
    counted = {} if page.count is None else {"NGSILD-Results-Count": str(page.count)}
    links = page_links(call.request, after=page.next, offset=offset, limit=limit)
    return call.tell([asked.body(call, one) for one in found], links=links, **counted, **_range(found))


def _range(found: list[Evolution]) -> dict[str, Any]:
    """206 and which range is told, where there is more in the range that was asked for (6.3.10)."""
    cut = [one for one in found if one.truncated]
    if not cut:
        return {}
    low = min(one.first or "" for one in cut)
    high = max(one.last or "" for one in cut)
    return {"status": 206, "Content-Range": f"date-time {show_moment(low)}-{show_moment(high)}/*"}


def upsert_evolution(call: Call) -> HttpResponse:
    """POST /temporal/entities."""
    entity = read_entity(call.body(), call.context, Purpose.TEMPORAL)
    is_new = api.upsert_evolution(actor=call.actor, entity=entity, tenant=call.tenant)
    return created("temporal", "entities", entity.id) if is_new else nothing()


def delete_evolution(call: Call, urn: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}."""
    api.delete_evolution(actor=call.actor, urn=checked_urn(urn), tenant=call.tenant)
    return nothing()


def append_instances(call: Call, urn: str) -> HttpResponse:
    """POST /temporal/entities/{entityId}/attrs."""
    body = call.body()
    fragment = read_fragment(body, call.context, Purpose.TEMPORAL)
    if not isinstance(body, Mapping) or fragment.id not in (None, urn):
        raise bad_data("other-entity", id=str(fragment.id)[:100])
    api.append_instances(actor=call.actor, urn=checked_urn(urn), attributes=fragment.attributes, tenant=call.tenant)
    return nothing()


def delete_attribute(call: Call, urn: str, name: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}."""
    dataset = call.given.text("datasetId")
    api.delete_attribute_history(
        actor=call.actor,
        urn=checked_urn(urn),
        name=read_name(name, call.context),
        dataset=checked_uri(dataset, "datasetId") if dataset and dataset != "@none" else None,
        delete_all=call.given.flag("deleteAll"),
        tenant=call.tenant,
    )
    return nothing()


def modify_instance(call: Call, urn: str, name: str, instance: str) -> HttpResponse:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    body = call.body()
    iri = read_name(name, call.context)
    inner = body[0] if isinstance(body, list) and len(body) == 1 else body
    [given] = read_attribute(inner, iri, call.context, Purpose.PARTIAL)
    api.modify_instance(
        actor=call.actor, urn=checked_urn(urn), name=iri, instance_id=instance, instance=given, tenant=call.tenant
    )
    return nothing()


def delete_instance(call: Call, urn: str, name: str, instance: str) -> HttpResponse:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    iri = read_name(name, call.context)
    api.delete_instance(actor=call.actor, urn=checked_urn(urn), name=iri, instance_id=instance, tenant=call.tenant)
    return nothing()


_LOCAL = names("local")
evolutions = resource(
    GET=Operation(query_evolutions, names(FILTERS, PAGE, _TIME, _VIEW), JSON_OR_LD), POST=Operation(upsert_evolution, _LOCAL)
)
evolution = resource(GET=Operation(get_evolution, names(_TIME, _VIEW), JSON_OR_LD), DELETE=Operation(delete_evolution, _LOCAL))
attributes = resource(POST=Operation(append_instances, _LOCAL))
attribute = resource(DELETE=Operation(delete_attribute, names("datasetId deleteAll local")))
instance = resource(PATCH=Operation(modify_instance, _LOCAL), DELETE=Operation(delete_instance, _LOCAL))
query = resource(POST=Operation(query_by_body, names(PAGE, _TIME, "options format local"), JSON_OR_LD))
