"""The core @context of the standard (annex B), kept as tables: nothing is fetched to know it."""

import re
from typing import Any

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
GEOJSON = "https://purl.org/geojson/vocab#"
DEFAULT_VOCAB = NGSI_LD + "default-context/"
CORE_URL = NGSI_LD + "v1/ngsi-ld-core-context-v1.8.jsonld"
_CORE_FORM = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v\d+(\.\d+)*)?\.jsonld")

_PLAIN = """Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime
EntityType EntityTypeInfo EntityTypeList GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship Notification
Property Relationship Subscription TemporalProperty Time VocabProperty accept attrs cacheDuration collation contextSourceAlias
contextSourceInfo contextSourceUptime cooldown csf data detail endpoint entities entity entityCount error errors expandValues
format geoQ geoproperty georel idPattern information isActive join jsonKeys lang linkedMaps localOnly location management
managementInterval mode notFound notification notificationTrigger notifierInfo notUpdated observationInterval observationSpace
omit operationSpace operations ordering pick q reason receiverInfo refreshRate registrationId registrationName scope scopeQ
showChanges status subscriptionName sysAttrs temporalQ throttling timeInterval timeout timeproperty timerel timesFailed timesSent
triggerReason unchanged unitCode updated uri"""
_GEOJSON = """Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon
geometry properties"""
_DATE_TIMES = """contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure lastNotification lastSuccess
lastUsedAt modifiedAt notifiedAt observedAt startAt timeAt"""
_IDS = "datasetId entityId instanceId subscriptionId success tenant"
_VOCABS = """attributeList attributeName attributeNames attributeTypes attributes propertyNames relationshipNames typeList
typeName typeNames watchedAttributes"""
_LISTS = (
    "avg distinctCount entityList jsons languageMaps max min objectLists orderBy stddev sum sumsq totalCount valueLists vocabs"
)


def _ngsi_ld(names: str, **more: str) -> dict[str, Any]:
    return {name: {"@id": f"ngsi-ld:{name}", **more} if more else f"ngsi-ld:{name}" for name in names.split()}


_IRREGULAR: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "attributeCount": "attributeCount",
    "attributeDetails": "attributeDetails",
    "bbox": {"@id": "geojson:bbox", "@container": "@list"},
    "containedBy": "ngsi-ld:isContainedBy",
    "contextSourceExtras": {"@id": "ngsi-ld:contextSourceExtras", "@type": "@json"},
    "coordinates": {"@id": "geojson:coordinates", "@container": "@list"},
    "dataset": {"@id": "ngsi-ld:hasDataset", "@container": "@index"},
    "description": "http://purl.org/dc/terms/description",
    "entityMap": "ngsi-ld:hasEntityMap",
    "features": {"@id": "geojson:features", "@container": "@set"},
    "joinLevel": "ngsi-ld:hasJoinLevel",
    "json": {"@id": "ngsi-ld:hasJSON", "@type": "@json"},
    "key": "ngsi-ld:hasKey",
    "languageMap": {"@id": "ngsi-ld:hasLanguageMap", "@container": "@language"},
    "object": {"@id": "ngsi-ld:hasObject", "@type": "@id"},
    "objectList": {"@id": "ngsi-ld:hasObjectList", "@container": "@list"},
    "objectType": {"@id": "ngsi-ld:hasObjectType", "@type": "@vocab"},
    "objects": {"@id": "ngsi-ld:hasObjects", "@container": "@list"},
    "previousJson": {"@id": "ngsi-ld:hasPreviousJson", "@type": "@json"},
    "previousLanguageMap": {"@id": "ngsi-ld:hasPreviousLanguageMap", "@container": "@language"},
    "previousObject": {"@id": "ngsi-ld:hasPreviousObject", "@type": "@id"},
    "previousObjectList": {"@id": "ngsi-ld:hasPreviousObjectList", "@container": "@list"},
    "previousValue": "ngsi-ld:hasPreviousValue",
    "previousValueList": {"@id": "ngsi-ld:hasPreviousValueList", "@container": "@list"},
    "previousVocab": {"@id": "ngsi-ld:hasPreviousVocab", "@type": "@vocab"},
    "title": "http://purl.org/dc/terms/title",
    "value": "ngsi-ld:hasValue",
    "valueList": {"@id": "ngsi-ld:hasValueList", "@container": "@list"},
    "values": {"@id": "ngsi-ld:hasValues", "@container": "@list"},
    "valueType": {"@id": "ngsi-ld:hasValueType", "@type": "@vocab"},
    "vocab": {"@id": "ngsi-ld:hasVocab", "@type": "@vocab"},
}

CORE: dict[str, Any] = {
    "@version": 1.1,
    "@protected": True,
    "ngsi-ld": NGSI_LD,
    "geojson": GEOJSON,
    **_ngsi_ld(_PLAIN),
    **{name: f"geojson:{name}" for name in _GEOJSON.split()},
    **_ngsi_ld(_DATE_TIMES, **{"@type": "DateTime"}),
    **_ngsi_ld(_IDS, **{"@type": "@id"}),
    **_ngsi_ld(_VOCABS, **{"@type": "@vocab"}),
    **_ngsi_ld(_LISTS, **{"@container": "@list"}),
    **_IRREGULAR,
    "@vocab": DEFAULT_VOCAB,
}


def is_core(url: str) -> bool:
    """Whether an address is that of a core context, of whichever version: ours stands for it."""
    return _CORE_FORM.fullmatch(url) is not None


def core_document() -> dict[str, Any]:
    """The core context as a JSON-LD document."""
    return {"@context": dict(CORE)}
