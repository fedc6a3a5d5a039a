"""The names that the standard keeps for itself in entities and attributes (clauses 4.5 and 5.2)."""

from enum import StrEnum

from yuzhou.capabilities.sense.rules.ngsild.core_context import NGSI_LD

NULL = "urn:ngsi-ld:null"


class Kind(StrEnum):
    """The types of attributes."""

    PROPERTY = "Property"
    GEO_PROPERTY = "GeoProperty"
    RELATIONSHIP = "Relationship"
    LANGUAGE_PROPERTY = "LanguageProperty"
    JSON_PROPERTY = "JsonProperty"
    VOCAB_PROPERTY = "VocabProperty"
    LIST_PROPERTY = "ListProperty"
    LIST_RELATIONSHIP = "ListRelationship"


KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}


def is_kind(value: object) -> bool:
    """Whether a JSON value names a type of attributes."""
    return isinstance(value, str) and value in KINDS


VALUE_MEMBER: dict[str, str] = {
    Kind.PROPERTY: "value",
    Kind.GEO_PROPERTY: "value",
    Kind.RELATIONSHIP: "object",
    Kind.LANGUAGE_PROPERTY: "languageMap",
    Kind.JSON_PROPERTY: "json",
    Kind.VOCAB_PROPERTY: "vocab",
    Kind.LIST_PROPERTY: "valueList",
    Kind.LIST_RELATIONSHIP: "objectList",
}
KIND_BY_MEMBER: dict[str, Kind] = {
    "object": Kind.RELATIONSHIP,
    "languageMap": Kind.LANGUAGE_PROPERTY,
    "json": Kind.JSON_PROPERTY,
    "vocab": Kind.VOCAB_PROPERTY,
    "valueList": Kind.LIST_PROPERTY,
    "objectList": Kind.LIST_RELATIONSHIP,
    "value": Kind.PROPERTY,
}
PREVIOUS_MEMBER: dict[str, str] = {
    "value": "previousValue",
    "object": "previousObject",
    "languageMap": "previousLanguageMap",
    "json": "previousJson",
    "vocab": "previousVocab",
    "valueList": "previousValueList",
    "objectList": "previousObjectList",
}
SYSTEM_TIMES = ("createdAt", "modifiedAt", "deletedAt")
TIMES = frozenset((*SYSTEM_TIMES, "observedAt", "expiresAt"))
INSTANCE_META = frozenset((*TIMES, "unitCode", "datasetId", "objectType", "valueType", "instanceId"))
META = INSTANCE_META | {"type", "id", "scope"}
RESERVED = frozenset((*META, *KIND_BY_MEMBER, *PREVIOUS_MEMBER.values(), "entity", "entityList"))
_HAS = ("value", "object", "languageMap", "vocab", "valueList", "objectList", "objectType", "valueType")
_SAME = (*TIMES, "unitCode", "datasetId", "instanceId", "scope")
RESERVED_IRIS: dict[str, str] = {
    NGSI_LD + "hasJSON": "json",
    **{f"{NGSI_LD}has{name[0].upper()}{name[1:]}": name for name in _HAS},
    **{NGSI_LD + name: name for name in _SAME},
}

LOCATION = NGSI_LD + "location"
OBSERVATION_SPACE = NGSI_LD + "observationSpace"
OPERATION_SPACE = NGSI_LD + "operationSpace"
GEO_ATTRIBUTES = frozenset((LOCATION, OBSERVATION_SPACE, OPERATION_SPACE))
