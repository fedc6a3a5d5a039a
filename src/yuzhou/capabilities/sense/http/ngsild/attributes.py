"""Attributes of an entity (clauses 5.6.2 to 5.6.5, 5.6.19; 6.6, 6.7)."""

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.ngsild.answers import nothing
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.http.ngsild.writes import checked_urn, fragment_for, guard_type, updated
from yuzhou.capabilities.sense.rules.ngsild.entity import Instance
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_name


def append_attributes(call: Call, urn: str) -> HttpResponse:
    """POST /entities/{entityId}/attrs."""
    overwrite = "noOverwrite" not in call.given.options("noOverwrite")
    fragment = fragment_for(call, urn, Purpose.APPEND)
    written = api.append_attributes(actor=call.actor, urn=urn, fragment=fragment, overwrite=overwrite, tenant=call.tenant)
    return updated(call, written)


def update_attributes(call: Call, urn: str) -> HttpResponse:
    """PATCH /entities/{entityId}/attrs."""
    fragment = fragment_for(call, urn, Purpose.UPDATE)
    return updated(call, api.update_attributes(actor=call.actor, urn=urn, fragment=fragment, tenant=call.tenant))


def partial_update(call: Call, urn: str, name: str) -> HttpResponse:
    """PATCH /entities/{entityId}/attrs/{attrId}."""
    iri, instances = _instances(call, urn, name, Purpose.PARTIAL)
    written = api.partial_update_attribute(actor=call.actor, urn=urn, name=iri, instances=instances, tenant=call.tenant)
    return updated(call, written)


def replace_attribute(call: Call, urn: str, name: str) -> HttpResponse:
    """PUT /entities/{entityId}/attrs/{attrId}."""
    iri, instances = _instances(call, urn, name, Purpose.REPLACE)
    written = api.replace_attribute(actor=call.actor, urn=urn, name=iri, instances=instances, tenant=call.tenant)
    return updated(call, written)


def delete_attribute(call: Call, urn: str, name: str) -> HttpResponse:
    """DELETE /entities/{entityId}/attrs/{attrId}."""
    iri = read_name(name, call.context)
    dataset = call.given.text("datasetId")
    delete_all = call.given.flag("deleteAll")
    guard_type(call, checked_urn(urn))
    api.delete_attribute(
        actor=call.actor,
        urn=urn,
        name=iri,
        dataset=checked_uri(dataset, "datasetId") if dataset and dataset != "@none" else None,
        delete_all=delete_all,
        tenant=call.tenant,
    )
    return nothing()


def _instances(call: Call, urn: str, name: str, purpose: Purpose) -> tuple[str, list[Instance]]:
    body = call.body()
    iri = read_name(name, call.context)
    guard_type(call, checked_urn(urn))
    return iri, read_attribute(body, iri, call.context, purpose)


attributes = resource(
    POST=Operation(append_attributes, names("options type local")),
    PATCH=Operation(update_attributes, names("type local")),
)
attribute = resource(
    PATCH=Operation(partial_update, names("type local")),
    PUT=Operation(replace_attribute, names("type local")),
    DELETE=Operation(delete_attribute, names("datasetId deleteAll type local")),
)
