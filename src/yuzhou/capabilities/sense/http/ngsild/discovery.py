"""Which types and attributes there are (clauses 5.7.5 to 5.7.10; 6.25 to 6.28)."""

from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import AttributeInfo, TypeInfo
from yuzhou.capabilities.sense.http.ngsild.negotiation import JSON_OR_LD
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.rules.ngsild.reading import read_name
from yuzhou.kernel.ids import uuid7


def list_types(call: Call) -> HttpResponse:
    """GET /types."""
    detailed = call.given.flag("details")
    found = api.list_types(actor=call.actor, tenant=call.tenant)
    if detailed:
        return call.tell([_type(call, one) for one in found])
    every = [call.told.compact(one.type) for one in found]
    return call.tell({"id": f"urn:ngsi-ld:EntityTypeList:{uuid7()}", "type": "EntityTypeList", "typeList": every})


def get_type(call: Call, name: str) -> HttpResponse:
    """GET /types/{type}."""
    found = api.get_type(actor=call.actor, type=read_name(name, call.context), tenant=call.tenant)
    return call.tell(
        {
            "id": found.type,
            "type": "EntityTypeInfo",
            "typeName": call.told.compact(found.type),
            "entityCount": found.count,
            "attributeDetails": [_attribute(call, one) | {"attributeTypes": list(one.kinds)} for one in found.attributes],
        }
    )


def list_attributes(call: Call) -> HttpResponse:
    """GET /attributes."""
    detailed = call.given.flag("details")
    found = api.list_attributes(actor=call.actor, tenant=call.tenant)
    if detailed:
        return call.tell([_attribute(call, one) | {"typeNames": _names(call, one)} for one in found])
    every = [call.told.compact(one.name) for one in found]
    return call.tell({"id": f"urn:ngsi-ld:AttributeList:{uuid7()}", "type": "AttributeList", "attributeList": every})


def get_attribute(call: Call, name: str) -> HttpResponse:
    """GET /attributes/{attrId}."""
    found = api.get_attribute(actor=call.actor, name=read_name(name, call.context), tenant=call.tenant)
    more = {"attributeCount": found.count, "attributeTypes": list(found.kinds), "typeNames": _names(call, found)}
    return call.tell(_attribute(call, found) | more)


def _type(call: Call, one: TypeInfo) -> dict[str, Any]:
    attributes = [call.told.compact(each.name) for each in one.attributes]
    return {"id": one.type, "type": "EntityType", "typeName": call.told.compact(one.type), "attributeNames": attributes}


def _attribute(call: Call, one: AttributeInfo) -> dict[str, Any]:
    return {"id": one.name, "type": "Attribute", "attributeName": call.told.compact(one.name)}


def _names(call: Call, one: AttributeInfo) -> list[str]:
    return [call.told.compact(each) for each in one.types]


_LIST, _ONE = names("details local"), names("local")
types = resource(GET=Operation(list_types, _LIST, JSON_OR_LD))
type_ = resource(GET=Operation(get_type, _ONE, JSON_OR_LD))
attributes = resource(GET=Operation(list_attributes, _LIST, JSON_OR_LD))
attribute = resource(GET=Operation(get_attribute, _ONE, JSON_OR_LD))
