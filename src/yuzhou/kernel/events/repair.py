"""What a person may do about a dead delivery, and what time does about finished ones."""

from datetime import timedelta

from django.db import connection

from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.events.lanes import promote_waiting
from yuzhou.kernel.events.models import Delivery, EventRecord
from yuzhou.kernel.events.outbox import CHANNEL
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

PERMISSION = "kernel.events:repair"


@transaction_required
def retry(*, actor: Actor, delivery: int) -> None:
    """Give a dead delivery its attempts again. Raises PermissionDenied; NotFound if it is not dead."""
    record = _dead(actor, delivery)
    record.state, record.attempts, record.due_at = "ready", 0, now()
    record.save(update_fields=["state", "attempts", "due_at"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    acts.record(actor=actor, act="kernel.events:retry", subject=urn("delivery", delivery), details=_details(record))


@transaction_required
def skip(*, actor: Actor, delivery: int) -> None:
    """Give up a dead delivery and let those behind it run. Raises PermissionDenied; NotFound if it is not dead."""
    record = _dead(actor, delivery)
    record.state, record.finished_at = "skipped", now()
    record.save(update_fields=["state", "finished_at"])
    promote_waiting((record.subscriber, record.subject))
    acts.record(actor=actor, act="kernel.events:skip", subject=urn("delivery", delivery), details=_details(record))


def purge(*, done_after: timedelta = timedelta(days=7), events_after: timedelta = timedelta(days=90)) -> int:
    """Delete finished deliveries and events that owe nothing, once they are old; returns how many rows went."""
    deliveries, _ = Delivery.objects.filter(finished_at__lt=now() - done_after).delete()
    old = EventRecord.objects.filter(emitted_at__lt=now() - events_after, deliveries__isnull=True)
    events, _ = old.delete()
    return deliveries + events


def purge_finished() -> None:
    """The daily purge, as a job."""
    purge()


def _dead(actor: Actor, delivery: int) -> Delivery:
    actor.require(PERMISSION, place_path=CITY_PATH)
    record = Delivery.objects.select_for_update().filter(id=delivery, state="dead").first()
    if record is None:
        raise NotFound("kernel.delivery-not-dead", delivery=delivery)
    return record


def _details(record: Delivery) -> dict[str, str]:
    return {"event": str(record.event_id), "subscriber": record.subscriber, "subject": record.subject}
