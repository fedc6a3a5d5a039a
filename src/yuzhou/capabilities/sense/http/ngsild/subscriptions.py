"""Subscriptions (clauses 5.8.1 to 5.8.5; 6.10, 6.11)."""

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.ngsild.answers import created, nothing, page_links
from yuzhou.capabilities.sense.http.ngsild.negotiation import JSON_OR_LD
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.http.ngsild.subscription_bodies import subscription_body
from yuzhou.capabilities.sense.http.ngsild.writes import checked_urn


def create_subscription(call: Call) -> HttpResponse:
    """POST /subscriptions."""
    body = call.body()
    made = api.create_subscription(actor=call.actor, body=body, context=call.context, tenant=call.tenant)
    return created("subscriptions", made.urn)


def list_subscriptions(call: Call) -> HttpResponse:
    """GET /subscriptions."""
    sys_attrs = "sysAttrs" in call.given.options("sysAttrs")
    limit, offset = call.given.limit(), call.given.offset()
    found = api.list_subscriptions(actor=call.actor, limit=limit + 1, offset=offset, tenant=call.tenant)
    counted = {}
    if call.given.flag("count"):
        counted["NGSILD-Results-Count"] = str(api.count_subscriptions(actor=call.actor, tenant=call.tenant))
    is_more = limit > 0 and len(found) > limit
    links = page_links(call.request, offset=offset, limit=limit, is_more=is_more)
    bodies = [subscription_body(one, call.told, sys_attrs=sys_attrs) for one in found[:limit]]
    return call.tell(bodies, links=links, **counted)


def get_subscription(call: Call, urn: str) -> HttpResponse:
    """GET /subscriptions/{subscriptionId}."""
    sys_attrs = "sysAttrs" in call.given.options("sysAttrs")
    found = api.get_subscription(actor=call.actor, urn=checked_urn(urn), tenant=call.tenant)
    return call.tell(subscription_body(found, call.told, sys_attrs=sys_attrs))


def update_subscription(call: Call, urn: str) -> HttpResponse:
    """PATCH /subscriptions/{subscriptionId}."""
    body = call.body()
    api.update_subscription(actor=call.actor, urn=checked_urn(urn), body=body, context=call.context, tenant=call.tenant)
    return nothing()


def delete_subscription(call: Call, urn: str) -> HttpResponse:
    """DELETE /subscriptions/{subscriptionId}."""
    api.delete_subscription(actor=call.actor, urn=checked_urn(urn), tenant=call.tenant)
    return nothing()


_LOCAL = names("local")
subscriptions = resource(
    GET=Operation(list_subscriptions, names("limit offset count options local"), JSON_OR_LD),
    POST=Operation(create_subscription, _LOCAL),
)
subscription = resource(
    GET=Operation(get_subscription, names("options local"), JSON_OR_LD),
    PATCH=Operation(update_subscription, _LOCAL),
    DELETE=Operation(delete_subscription, _LOCAL),
)
