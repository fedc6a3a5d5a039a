"""Lanes: the open deliveries of one subscriber and subject, of which only the first may run.

Emitting holds the subject's lock until its commit. Whoever closes a delivery promotes the next one in a transaction of its own
and under the same lock; so it sees every delivery emitted before, and every later emitter sees the lane as it left it.
"""

from collections.abc import Iterable

from django.db import connection

from yuzhou.kernel.events.outbox import CHANNEL, LOCK_SPACE, bucket

Lane = tuple[str, str]

PROMOTE = """
UPDATE kernel_events_delivery AS delivery SET state = 'ready', due_at = clock_timestamp()
FROM (SELECT DISTINCT ON (open.subscriber, open.subject) open.id, open.state
      FROM unnest(%s::text[], %s::text[]) AS lane (subscriber, subject)
      JOIN kernel_events_delivery AS open ON open.subscriber = lane.subscriber AND open.subject = lane.subject
        AND open.state IN ('waiting', 'ready', 'dead')
      ORDER BY open.subscriber, open.subject, open.id) AS first
WHERE delivery.id = first.id AND first.state = 'waiting'
"""
TRY_LOCK = "SELECT bucket, pg_try_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket"
STALLED = """
SELECT DISTINCT subscriber, subject FROM kernel_events_delivery AS waiting WHERE state = 'waiting' AND NOT EXISTS (
  SELECT 1 FROM kernel_events_delivery AS head
  WHERE head.subscriber = waiting.subscriber AND head.subject = waiting.subject AND head.state IN ('ready', 'dead'))
LIMIT %s
"""


def promote(lanes: Iterable[Lane]) -> set[Lane]:
    """Make the first waiting delivery of each lane ready; returns the lanes that an emitter holds, to be tried again.

    Runs in the caller's transaction and keeps the lanes' locks to its end.
    """
    wanted = set(lanes)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [LOCK_SPACE, sorted({bucket(subject) for _, subject in wanted})])
        held = {number for number, taken in cursor.fetchall() if taken}
        free = {lane for lane in wanted if bucket(lane[1]) in held}
        cursor.execute(PROMOTE, [[lane[0] for lane in free], [lane[1] for lane in free]])
    return wanted - free


def promote_waiting(lane: Lane) -> None:
    """Promote one lane, waiting for its emitters; for a person's act on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, ''), pg_advisory_xact_lock(%s, %s)", [CHANNEL, LOCK_SPACE, bucket(lane[1])])
        cursor.execute(PROMOTE, [[lane[0]], [lane[1]]])


def stalled(limit: int = 1000) -> set[Lane]:
    """Lanes that nobody promoted, because a dispatcher died between closing a delivery and promoting the next."""
    with connection.cursor() as cursor:
        cursor.execute(STALLED, [limit])
        return set(cursor.fetchall())
