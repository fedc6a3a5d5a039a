"""Subscriptions within the actor's reach, and what waits to be delivered to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from yuzhou.capabilities.sense.contracts.subscriptions import (
    DeliveryStatus,
    Subscription,
    SubscriptionStatus,
    WaitingNotification,
)
from yuzhou.capabilities.sense.models import NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.problems import not_found
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.scoping import scoped

SUBSCRIBE = "sense.entity:subscribe"


def visible_subscriptions(actor: Actor, *, tenant: UUID | None = None) -> QuerySet[SubscriptionRecord]:
    """The actor's own, and those that are made for places or organisations where the actor may subscribe."""
    scope = actor.scope(SUBSCRIBE)
    found = SubscriptionRecord.objects.all()
    if not scope.everywhere:
        within = scoped(found, scope, place="place_path", organisation="organisation_id")
        own = Q(owner_id=actor.id) if actor.id and not scope.is_empty else Q(pk__in=[])
        found = found.filter(Q(pk__in=within.values("pk")) | own)
    return found if tenant is None else found.filter(tenant_id=tenant)


def get_subscription(*, actor: Actor, urn: str | UUID, tenant: UUID | None = None) -> Subscription:
    """One subscription; raises Problem (ResourceNotFound)."""
    return subscription_of(find_record(actor=actor, urn=urn, tenant=tenant), waiting=True)


def find_record(*, actor: Actor, urn: str | UUID, tenant: UUID | None = None, lock: bool = False) -> SubscriptionRecord:
    """The row of a subscription, by its URN or its own id; raises Problem (ResourceNotFound)."""
    actor.require(SUBSCRIBE)
    found = visible_subscriptions(actor, tenant=tenant).filter(**{"id" if isinstance(urn, UUID) else "urn": urn})
    record = (found.select_for_update() if lock else found).first()
    if record is None:
        raise not_found("subscription-unknown", id=str(urn)[:200])
    return record


def list_subscriptions(
    *,
    actor: Actor,
    limit: int = 20,
    offset: int = 0,
    after: tuple[datetime, UUID] | None = None,
    tenant: UUID | None = None,
) -> list[Subscription]:
    """Subscriptions in the order in which they were made; `after`: those behind this one (created_at, id)."""
    actor.require(SUBSCRIBE)
    found = visible_subscriptions(actor, tenant=tenant).order_by("created_at", "id")
    if after is not None:
        found = found.filter(Q(created_at__gt=after[0]) | Q(created_at=after[0], id__gt=after[1]))
    rows: Sequence[SubscriptionRecord] = list(found[offset : offset + limit])
    counts = dict(
        NotificationRecord.objects.filter(subscription__in=[row.id for row in rows])
        .order_by()
        .values_list("subscription")
        .annotate(Count("id"))
    )
    return [subscription_of(row, count=counts.get(row.id, 0)) for row in rows]


def count_subscriptions(*, actor: Actor, tenant: UUID | None = None) -> int:
    """How many there are."""
    actor.require(SUBSCRIBE)
    return visible_subscriptions(actor, tenant=tenant).count()


def list_waiting(*, actor: Actor, urn: str | UUID, limit: int = 20) -> list[WaitingNotification]:
    """The newest notifications of a subscription that are not delivered yet."""
    record = find_record(actor=actor, urn=urn)
    rows = NotificationRecord.objects.filter(subscription=record).order_by("-id")[:limit]
    return [
        WaitingNotification(
            id=row.id,
            urn=f"urn:ngsi-ld:Notification:{row.uuid}",
            made_at=row.made_at,
            due_at=row.due_at,
            attempts=row.attempts,
            entities=tuple(row.data),
            body=row.data,
        )
        for row in rows
    ]


def status_of(record: SubscriptionRecord, moment: datetime) -> SubscriptionStatus:
    """Whether notifications are made at a moment."""
    if record.expires_at is not None and record.expires_at <= moment:
        return SubscriptionStatus.EXPIRED
    return SubscriptionStatus.ACTIVE if record.is_active else SubscriptionStatus.PAUSED


def subscription_of(record: SubscriptionRecord, *, waiting: bool = False, count: int = 0) -> Subscription:
    """As its owner sees it."""
    delivery = None
    if record.last_notification is not None:
        delivery = DeliveryStatus.FAILED if record.failures else DeliveryStatus.OK
    return Subscription(
        id=record.id,
        urn=record.urn,
        name=record.name,
        description=record.description,
        document=record.document,
        context=record.context,
        status=status_of(record, now()),
        owner=record.owner_name,
        created_at=record.created_at,
        modified_at=record.modified_at,
        expires_at=record.expires_at,
        organisation_id=record.organisation_id,
        delivery=delivery,
        times_sent=record.times_sent,
        times_failed=record.times_failed,
        dropped=record.dropped,
        waiting=NotificationRecord.objects.filter(subscription=record).count() if waiting else count,
        last_notification=record.last_notification,
        last_success=record.last_success,
        last_failure=record.last_failure,
        failure=record.failure,
        next_try_at=record.next_try_at,
    )
