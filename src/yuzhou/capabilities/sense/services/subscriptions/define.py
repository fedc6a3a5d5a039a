"""Subscriptions come, change, pause and go (ETSI GS CIM 009, clauses 5.8.1, 5.8.2, 5.8.5)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yuzhou.capabilities.sense.contracts.subscriptions import Subscription, SubscriptionStatus
from yuzhou.capabilities.sense.models import NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.endpoint import masked, unmasked
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.subscription import DEFAULT_TRIGGERS, expires, merge, read_fragment, read_subscription
from yuzhou.capabilities.sense.selectors.subscriptions import SUBSCRIBE, find_record, status_of, subscription_of
from yuzhou.capabilities.sense.services.entities.contexts import context_for
from yuzhou.capabilities.sense.services.subscriptions.endpoints import check_target, open_endpoint, seal
from yuzhou.capabilities.sense.services.subscriptions.noticing import SUBSCRIPTIONS, wake
from yuzhou.capabilities.sense.services.subscriptions.reach import reach_of
from yuzhou.capabilities.sense.services.versions import bump, version_of
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.transactions import transaction_required

Document = dict[str, Any]


@transaction_required
def create_subscription(*, actor: Actor, body: Any, context: Context, tenant: UUID | None = None) -> Subscription:
    """Subscribe. Raises PermissionDenied; Problem (BadRequestData, AlreadyExists, OperationNotSupported)."""
    actor.require(SUBSCRIBE)
    document = read_subscription(body, context)
    moment, identifier = now(), uuid7()
    urn = document.pop("id", None) or f"urn:ngsi-ld:Subscription:{identifier}"
    record = SubscriptionRecord(id=identifier, urn=urn, created_at=moment, modified_at=moment, context=context.source)
    _own(record, actor, tenant)
    _take(record, document, ends=True)
    _insert(record)
    _changed(record, actor, "create")
    return subscription_of(record)


@transaction_required
def update_subscription(
    *, actor: Actor, urn: str | UUID, body: Any, context: Context, tenant: UUID | None = None
) -> Subscription:
    """Change the members that are given; the reach becomes the actor's. Raises PermissionDenied, Problem."""
    record = find_record(actor=actor, urn=urn, tenant=tenant, lock=True)
    fragment = read_fragment(body, context)
    fragment.pop("id", None)
    endpoint = open_endpoint(record)
    whole = {**record.document, "notification": {**record.document["notification"], "endpoint": endpoint}}
    given = (fragment.get("notification") or {}).get("endpoint")
    if given:
        fragment["notification"]["endpoint"] = unmasked(given, endpoint)
    was = status_of(record, now())
    if was is SubscriptionStatus.EXPIRED and fragment.get("expiresAt") and "isActive" not in fragment:
        fragment["isActive"] = True
    _take(record, merge(whole, fragment), ends="expiresAt" in fragment or fragment.get("isActive") is True)
    if not record.owner_id or record.owner_id != actor.id:
        _own(record, actor, tenant or record.tenant_id)
    record.reach = reach_of(actor)
    record.modified_at = now()
    record.next_try_at = None
    record.save()
    if not record.is_active:
        NotificationRecord.objects.filter(subscription=record).delete()
    _changed(record, actor, "update")
    return subscription_of(record)


@transaction_required
def pause_subscription(*, actor: Actor, urn: str | UUID, paused: bool) -> Subscription:
    """Pause, or go on; what happens in a pause is not told later."""
    record = find_record(actor=actor, urn=urn, lock=True)
    record.is_active = not paused
    record.document = {**record.document, "isActive": not paused}
    record.modified_at, record.next_try_at, record.failures = now(), None, 0
    record.next_interval_at = _next(record)
    record.save()
    if paused:
        NotificationRecord.objects.filter(subscription=record).delete()
    _changed(record, actor, "pause" if paused else "resume")
    return subscription_of(record)


@transaction_required
def delete_subscription(*, actor: Actor, urn: str | UUID, tenant: UUID | None = None) -> None:
    """End a subscription, with what still waits. Raises PermissionDenied; Problem (ResourceNotFound)."""
    record = find_record(actor=actor, urn=urn, tenant=tenant, lock=True)
    _changed(record, actor, "delete")
    record.delete()


def _own(record: SubscriptionRecord, actor: Actor, tenant: UUID | None) -> None:
    """It is the actor's, and belongs where the actor may subscribe."""
    scope = actor.scope(SUBSCRIBE)
    record.owner_kind, record.owner_id, record.owner_name = actor.kind, actor.id, actor.name[:200]
    record.reach = reach_of(actor)
    record.tenant_id = tenant
    record.organisation_id = tenant or (next(iter(scope.organisations)) if len(scope.organisations) == 1 else None)
    record.place_path = next(iter(scope.place_paths)) if len(scope.place_paths) == 1 else ""


def _take(record: SubscriptionRecord, document: Document, *, ends: bool) -> None:
    """Everything that follows from the definition."""
    endpoint = document["notification"]["endpoint"]
    check_target(endpoint["uri"])
    if "jsonldContext" in document:
        context_for(document["jsonldContext"])
    seal(record, endpoint)
    record.accept = endpoint["accept"]
    record.document = {**document, "notification": {**document["notification"], "endpoint": masked(endpoint)}}
    record.name = document.get("subscriptionName", "")[:200]
    record.description = document.get("description", "")
    record.entities = document.get("entities", [])
    record.watched = document.get("watchedAttributes", [])
    record.triggers = document.get("notificationTrigger") or list(DEFAULT_TRIGGERS)
    record.shows_changes = document["notification"].get("showChanges", False)
    record.throttling = document.get("throttling")
    record.time_interval = document.get("timeInterval")
    record.is_active = document.get("isActive", True)
    record.expires_at = expires(document, now()) if ends else record.expires_at
    record.next_interval_at = _next(record)


def _next(record: SubscriptionRecord) -> datetime | None:
    """When a periodic one is due next."""
    if record.time_interval is None or not record.is_active:
        return None
    return now() + timedelta(seconds=record.time_interval)


def _insert(record: SubscriptionRecord) -> None:
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError as error:
        raise Problem(ProblemKind.ALREADY_EXISTS, "subscription-taken", id=record.urn[:200]) from error


def _changed(record: SubscriptionRecord, actor: Actor, what: str) -> None:
    bump(SUBSCRIPTIONS)
    SubscriptionRecord.objects.filter(id=record.id).update(version=version_of(SUBSCRIPTIONS))
    acts.record(actor=actor, act=f"sense.subscription:{what}", subject=record.urn, details={"name": record.name})
    wake()
