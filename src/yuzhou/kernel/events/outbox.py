"""Writing events: one row for the event and one for each subscriber, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from uuid import UUID
from zlib import crc32

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.events.catalogue import catalogue
from yuzhou.kernel.events.contracts import Event
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.transactions import transaction_required

CHANNEL = "yuzhou_events"
LOCK_SPACE = 0x59_5A_45_56
LOCK_BUCKETS = 2048  # bounds the locks of one large batch: PostgreSQL holds about 6,400 in all by default

LOCK = "SELECT pg_notify(%s, ''), pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket"
INSERT_EVENTS = """
INSERT INTO kernel_events_event (id, name, subject, payload, emitted_at)
SELECT *, %s FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::jsonb[])
"""
INSERT_DELIVERIES = """
INSERT INTO kernel_events_delivery (event_id, subscriber, subject, state, attempts, due_at, last_error)
SELECT event, subscriber, subject, CASE WHEN nth = 1 AND NOT EXISTS (
    SELECT 1 FROM kernel_events_delivery AS earlier
    WHERE earlier.subscriber = fresh.subscriber AND earlier.subject = fresh.subject
      AND earlier.state IN ('waiting', 'ready', 'dead')) THEN 'ready' ELSE 'waiting' END, 0, clock_timestamp(), ''
FROM (SELECT *, row_number() OVER (PARTITION BY subscriber, subject ORDER BY position) AS nth
      FROM unnest(%s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY AS owed (event, subscriber, subject, position)) AS fresh
ORDER BY position
"""


def emit(event: Event) -> UUID:
    """Publish an event with the running transaction; returns its id.

    Emitters of the same subject queue from here to the end of their transactions, which keeps each subject's order. One that
    emits several events passes them together to `emit_many`, so that two of them cannot wait for each other.
    Raises YuzhouError outside a transaction, or for an event that no part declares.
    """
    return emit_many([event])[0]


@transaction_required
def emit_many(events: Sequence[Event]) -> list[UUID]:
    """Publish events, in their order, with the running transaction; returns their ids."""
    if not events:
        return []
    declared = catalogue()
    for event in events:
        if event.name not in declared.types:
            raise YuzhouError("kernel.event-undeclared", event=event.name)
    ids = [uuid7() for _ in events]
    owed = [
        (identifier, subscriber.name, event.subject)
        for identifier, event in zip(ids, events, strict=True)
        for subscriber in declared.subscribers.get(event.name, [])
    ]
    _write(ids, events, owed)
    return ids


def bucket(subject: str) -> int:
    """The lock that stands for a subject."""
    return crc32(subject.encode()) % LOCK_BUCKETS


def _write(ids: list[UUID], events: Sequence[Event], owed: list[tuple[UUID, str, str]]) -> None:
    names = [event.name for event in events]
    subjects = [event.subject for event in events]
    payloads = [Jsonb(event.model_dump(mode="json")) for event in events]
    with connection.cursor() as cursor:
        if owed:
            _lock(cursor, {subject for _, _, subject in owed})
        cursor.execute(INSERT_EVENTS, [now(), ids, names, subjects, payloads])
        if owed:
            event_ids, subscribers, lanes = (list(column) for column in zip(*owed, strict=True))
            cursor.execute(INSERT_DELIVERIES, [event_ids, subscribers, lanes])


def _lock(cursor: CursorWrapper, subjects: Iterable[str]) -> None:
    """Take the subjects' locks in one fixed order, and wake the dispatcher at commit."""
    cursor.execute(LOCK, [CHANNEL, LOCK_SPACE, sorted({bucket(subject) for subject in subjects})])
