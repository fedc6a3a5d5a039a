"""Gives notifications to whoever sends them, in their order for each subscription, and notes how it went.

Who sends for a subscription holds it for some seconds and says so again while it sends, so that no two send for it at once. What
was delivered is noted afterwards: after a death in between it is delivered once more, and never lost.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F

from yuzhou.capabilities.sense.contracts.subscriptions import ClaimedDelivery, DeliveryOutcome, ReadyNotification
from yuzhou.capabilities.sense.models import NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.services.subscriptions.endpoints import open_endpoint
from yuzhou.capabilities.sense.services.subscriptions.listening import notified_context
from yuzhou.capabilities.sense.services.subscriptions.matching import NOTIFIER
from yuzhou.capabilities.sense.services.subscriptions.reach import SUBSCRIBE, current_reach
from yuzhou.kernel import live
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.transactions import acting_as

LEASE_SECONDS = 20.0
AT_ONCE = 50  # notifications that are given out together
_CLAIM = """
UPDATE sense_subscription SET claimed_by = %(worker)s, claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = (
  SELECT s.id FROM sense_subscription s
  WHERE (s.claimed_until IS NULL OR s.claimed_until < clock_timestamp()) AND s.is_active
    AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
    AND (s.next_try_at IS NULL OR s.next_try_at <= clock_timestamp())
    AND EXISTS (SELECT 1 FROM sense_notification n WHERE n.subscription_id = s.id AND n.due_at <= clock_timestamp())
  ORDER BY s.last_notification NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def claim_delivery() -> ClaimedDelivery | None:
    """The subscription that waits longest, with what is due; None where none is. Opens its own transaction."""
    with acting_as(NOTIFIER):
        worker = uuid7()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute(_CLAIM, {"worker": worker, "lease": LEASE_SECONDS})
            row = cursor.fetchone()
        if row is None:
            return None
        record = SubscriptionRecord.objects.get(id=row[0])
        return ClaimedDelivery(
            worker=worker,
            subscription=record.id,
            urn=record.urn,
            endpoint=open_endpoint(record),
            accept=record.accept,
            context=notified_context(record),
            tenant=str(record.tenant_id) if record.tenant_id else None,
            notifications=_ready(record),
        )


def renew_deliveries(workers: Iterable[UUID]) -> None:
    """Keep hold of what is being sent."""
    held = list(workers)
    if held:
        with acting_as(NOTIFIER), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sense_subscription SET claimed_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE claimed_by = ANY(%s)",
                [LEASE_SECONDS, held],
            )


def note_delivery(claimed: ClaimedDelivery, outcome: DeliveryOutcome, *, release: bool = True) -> None:
    """Note what became of it, count it, and let go. What came to a notification while it was sent stays."""
    with acting_as(NOTIFIER):
        record = SubscriptionRecord.objects.select_for_update().filter(id=claimed.subscription, claimed_by=claimed.worker).first()
        if record is None:  # deleted, or somebody else took over: what was delivered is delivered again
            return
        _forget(record, outcome)
        _count(record, outcome)
        if release:
            record.claimed_by = record.claimed_until = None
        record.save()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        _tell_pages(record)


def drop_overdue(*, retention: timedelta, most: int) -> int:
    """Give up notifications that nobody took within the retention, or of which too many wait; returns how many."""
    with acting_as(NOTIFIER), connection.cursor() as cursor:
        cursor.execute(
            "WITH old AS (DELETE FROM sense_notification n USING ("
            "  SELECT id, made_at, row_number() OVER (PARTITION BY subscription_id ORDER BY id DESC) AS place"
            "  FROM sense_notification"
            ") x WHERE x.id = n.id AND (x.made_at < %s OR x.place > %s) RETURNING n.subscription_id),"
            " many AS (SELECT subscription_id, count(*) AS number FROM old GROUP BY 1),"
            " told AS (UPDATE sense_subscription s SET dropped = s.dropped + m.number FROM many m WHERE s.id = m.subscription_id)"
            " SELECT coalesce(sum(number), 0) FROM many",
            [now() - retention, most],
        )
        return int(cursor.fetchone()[0])


def _ready(record: SubscriptionRecord) -> list[ReadyNotification]:
    """What is due, without what the subscriber may not see any more."""
    reach = current_reach(record)
    found = []
    for row in NotificationRecord.objects.filter(subscription=record, due_at__lte=now()).order_by("id")[:AT_ONCE]:
        seen = [urn for urn, (place, owner) in row.reach.items() if reach.covers(place, UUID(owner) if owner else None)]
        data = [row.data[urn] for urn in row.data if urn in set(seen)]
        found.append(ReadyNotification(row.id, row.revision, f"urn:ngsi-ld:Notification:{row.uuid}", data))
    return found


def _forget(record: SubscriptionRecord, outcome: DeliveryOutcome) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sense_notification n USING unnest(%s::bigint[], %s::int[]) AS d(id, revision)"
            " WHERE n.id = d.id AND n.revision = d.revision",
            [[one for one, _ in outcome.delivered], [revision for _, revision in outcome.delivered]],
        )
    waiting = NotificationRecord.objects.filter(subscription=record)
    if record.throttling is not None and outcome.delivered:
        waiting.update(due_at=now() + timedelta(seconds=record.throttling), revision=F("revision"))
    if outcome.failure:
        first = waiting.order_by("id").values("id")[:1]
        NotificationRecord.objects.filter(id__in=first).update(attempts=F("attempts") + 1)


def _count(record: SubscriptionRecord, outcome: DeliveryOutcome) -> None:
    moment = now()
    record.times_sent += outcome.attempted
    if outcome.attempted:
        record.last_notification = moment
    if outcome.delivered and outcome.attempted:
        record.last_success, record.failures, record.next_try_at = moment, 0, None
    if outcome.failure:
        record.last_failure, record.failure = moment, outcome.failure[:500]
        record.next_try_at = _next_try(moment, record.failures, outcome)
        record.failures += 1
        record.times_failed += 1


def _next_try(moment: datetime, failures: int, outcome: DeliveryOutcome) -> datetime:
    pause = min(outcome.first_pause * 2.0 ** min(failures, 30), max(outcome.longest_pause, outcome.first_pause))
    return moment + timedelta(seconds=pause)


def _tell_pages(record: SubscriptionRecord) -> None:
    """Tell open pages that something was told; they look it up themselves."""
    live.publish(
        f"sense.subscription.{record.id}",
        {"subscription": record.id, "sent": record.times_sent, "failed": record.times_failed},
        permission=SUBSCRIBE,
        place_path=record.place_path or None,
        organisation=record.organisation_id,
    )
