"""Addresses of NGSI-LD (clause 6.2). Ids and names may have any sign, slashes too; a slash at the end is allowed."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path

from yuzhou.capabilities.sense.http.ngsild import (
    attributes,
    batch,
    contexts,
    discovery,
    entities,
    others,
    subscriptions,
    temporal,
)


def _at(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    return [path(route, view, name=name), path(route + "/", view, name=f"{name}/")]


EVOLUTION = "^temporal/entities/(?P<urn>.+)/attrs/(?P<name>.+)"
app_name = "ngsi-ld"
urlpatterns = [
    *_at("entities", entities.entities, "entities"),
    *_at("entities/<path:urn>/attrs", attributes.attributes, "attributes-of"),
    path("entities/<path:urn>/attrs/<path:name>", attributes.attribute, name="attribute-of"),
    path("entities/<path:urn>", entities.entity, name="entity"),
    *_at("entityOperations/create", batch.create, "batch-create"),
    *_at("entityOperations/upsert", batch.upsert, "batch-upsert"),
    *_at("entityOperations/update", batch.update, "batch-update"),
    *_at("entityOperations/merge", batch.merge, "batch-merge"),
    *_at("entityOperations/delete", batch.delete, "batch-delete"),
    *_at("entityOperations/query", batch.query, "batch-query"),
    *_at("types", discovery.types, "types"),
    path("types/<path:name>", discovery.type_, name="type"),
    *_at("attributes", discovery.attributes, "attributes"),
    path("attributes/<path:name>", discovery.attribute, name="attribute"),
    *_at("jsonldContexts", contexts.contexts, "contexts"),
    path("jsonldContexts/<path:name>", contexts.context, name="context"),
    *_at("subscriptions", subscriptions.subscriptions, "subscriptions"),
    path("subscriptions/<path:urn>", subscriptions.subscription, name="subscription"),
    *_at("temporal/entities", temporal.evolutions, "evolutions"),
    *_at("temporal/entityOperations/query", temporal.query, "evolution-query"),
    *_at("temporal/entities/<path:urn>/attrs", temporal.attributes, "evolution-attributes"),
    re_path(f"{EVOLUTION}/(?P<instance>urn:[^/]+)$", temporal.instance, name="evolution-instance"),
    path("temporal/entities/<path:urn>/attrs/<path:name>", temporal.attribute, name="evolution-attribute"),
    path("temporal/entities/<path:urn>", temporal.evolution, name="evolution"),
    path("info/sourceIdentity", others.identity, name="identity"),
    *_at("csourceRegistrations", others.federation, "registrations"),
    path("csourceRegistrations/<path:rest>", others.federation, name="registration"),
    *_at("csourceSubscriptions", others.federation, "registration-subscriptions"),
    path("csourceSubscriptions/<path:rest>", others.federation, name="registration-subscription"),
    path("entityMaps/<path:rest>", others.federation, name="entity-map"),
    path("<path:rest>", others.nowhere, name="nowhere"),
]
