"""Reads of the outbox for people who look after it."""

from datetime import datetime
from typing import Any

from django.db import connection

from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.events.contracts import DeadDelivery, DeliveryCounts

DEAD = """
SELECT dead.id, dead.event_id, event.name, dead.subject, dead.subscriber, dead.attempts, dead.last_error, event.emitted_at,
  dead.due_at, (SELECT count(*) FROM kernel_events_delivery AS held WHERE held.subscriber = dead.subscriber
    AND held.subject = dead.subject AND held.state = 'waiting')
FROM kernel_events_delivery AS dead JOIN kernel_events_event AS event ON event.id = dead.event_id
WHERE dead.state = 'dead' ORDER BY dead.id LIMIT %s OFFSET %s
"""
COUNTS = """
SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'dead'),
  coalesce(extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE state = 'ready' AND due_at < clock_timestamp())), 0)
FROM kernel_events_delivery WHERE state IN ('waiting', 'ready', 'dead')
"""


def list_dead(*, actor: Actor, limit: int = 200, offset: int = 0) -> list[DeadDelivery]:
    """Deliveries out of attempts, oldest first. Raises PermissionDenied without `kernel.events:repair` over the city."""
    actor.require("kernel.events:repair", place_path=CITY_PATH)
    with connection.cursor() as cursor:
        cursor.execute(DEAD, [limit, offset])
        return [_dead(row) for row in cursor.fetchall()]


def get_dead(*, actor: Actor, delivery: int) -> DeadDelivery:
    """One delivery out of attempts. Raises PermissionDenied; NotFound if it is not dead."""
    for found in list_dead(actor=actor, limit=10_000):
        if found.id == delivery:
            return found
    raise NotFound("kernel.delivery-not-dead", delivery=delivery)


def _dead(row: tuple[Any, ...]) -> DeadDelivery:
    identifier, event, name, subject, subscriber, attempts, error, occurred, died, held = row
    died_at: datetime | None = died
    return DeadDelivery(identifier, event, name, subject, subscriber, attempts, error, occurred, died_at, held)


def count_open() -> DeliveryCounts:
    """How the outbox stands, for health and metrics."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        waiting, ready, dead, oldest = cursor.fetchone()
    return DeliveryCounts(waiting, ready, dead, float(oldest))
