"""The dispatcher: claims due deliveries, counts each attempt as its work begins, runs the handlers.

The count commits before the work, so that an attempt which kills the process is counted, and those that wait behind it are not.
The work holds the row's lock and closes the delivery in the handler's own transaction: what the handler wrote and the fact that
it ran stand or fall together.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.events.catalogue import catalogue
from yuzhou.kernel.events.contracts import ReceivedEvent
from yuzhou.kernel.events.events import DeliveryDied
from yuzhou.kernel.events.lanes import Lane, promote, stalled
from yuzhou.kernel.events.outbox import CHANNEL, emit
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import acting_as

MAX_ATTEMPTS = 8
LEASE_SECONDS = 30.0  # a claimed delivery whose worker died comes back after this
LONGEST_PAUSE_SECONDS = 600.0
SWEEP_SECONDS = 10.0
POLL_SECONDS = 1.0
BATCH = 100

log = structlog.get_logger(__name__)

CLAIM = """
UPDATE kernel_events_delivery SET due_at = clock_timestamp() + make_interval(secs => %s)
WHERE id IN (SELECT id FROM kernel_events_delivery WHERE state = 'ready' AND due_at <= clock_timestamp()
             ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, attempts, subscriber, subject
"""
BEGIN = """
UPDATE kernel_events_delivery SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND attempts = %s AND state = 'ready' RETURNING attempts
"""
TAKE = """
SELECT event.id, event.name, event.subject, event.payload::text, event.emitted_at
FROM kernel_events_delivery AS delivery JOIN kernel_events_event AS event ON event.id = delivery.event_id
WHERE delivery.id = %s AND delivery.attempts = %s AND delivery.state = 'ready' FOR UPDATE OF delivery
"""
CLOSE = "UPDATE kernel_events_delivery SET state = 'done', finished_at = clock_timestamp(), last_error = '' WHERE id = %s"
GIVE_BACK = """
UPDATE kernel_events_delivery AS delivery SET due_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::int[]) AS claim (id, attempts)
WHERE delivery.id = claim.id AND delivery.attempts = claim.attempts AND delivery.state = 'ready'
"""
FAIL = """
UPDATE kernel_events_delivery
SET state = %s, last_error = %s, due_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND attempts = %s AND state = 'ready' RETURNING event_id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this dispatcher may work on, as long as nobody counted another attempt."""

    id: int
    attempts: int
    subscriber: str
    subject: str

    @property
    def lane(self) -> Lane:
        """Its subscriber and subject."""
        return self.subscriber, self.subject


def pause_after(attempts: int) -> float:
    """Seconds to wait after so many attempts: 2, 4, 8 … at most ten minutes."""
    return min(2.0**attempts, LONGEST_PAUSE_SECONDS)


class Dispatcher:
    """Delivers events until told to stop; any number may run, each in a thread of its own, in any number of processes."""

    def __init__(self, batch: int = BATCH) -> None:
        self.batch = batch
        self.stop = threading.Event()
        self._to_promote: set[Lane] = set()
        self._swept = float("-inf")
        self._listening: object = None

    def run_once(self) -> int:
        """Deliver one batch; returns how many deliveries were tried.

        What slow handlers leave no time for is given back before its lease ends.
        """
        claims = self._claim()
        since = time.monotonic()
        for done, claim in enumerate(claims):
            if self.stop.is_set() or (done and time.monotonic() - since > LEASE_SECONDS / 2):
                self._give_back(claims[done:])
                return done
            begun = self._begin(claim)
            if begun is not None:
                self._work(begun)
        return len(claims)

    def drain(self, limit: int = 100_000) -> int:
        """Deliver until nothing is due, for tests and commands; returns how many deliveries were tried."""
        total = 0
        while total < limit:
            done = self.run_once()
            total += done
            if not done and not self._to_promote:
                break
        return total

    def run(self) -> None:
        """Deliver until `stop` is set; wakes at each emission. Raises OperationalError if the database goes away."""
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._listening = connection.connection
        while not self.stop.is_set():
            if time.monotonic() - self._swept > SWEEP_SECONDS:
                self._swept = time.monotonic()
                self._to_promote |= stalled()
            if not self.run_once():
                self._wait()

    def _wait(self) -> None:
        """Wait for a notification, or for the next time to look."""
        seconds = 0.05 if self._to_promote else POLL_SECONDS
        for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
            break

    def _is_connected(self) -> bool:
        """Whether the connection is still the one that listens, and works."""
        return connection.is_usable() and self._listening in (None, connection.connection)

    def _claim(self) -> list[Claim]:
        with transaction.atomic():
            left = promote(self._to_promote)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
                cursor.execute(CLAIM, [LEASE_SECONDS, self.batch])
                claims = [Claim(*row) for row in cursor.fetchall()]
        self._to_promote = left
        return claims

    def _begin(self, claim: Claim) -> Claim | None:
        """Count the attempt; None where somebody else began it, whose lease it is now."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")  # only a crash of the server itself may forget an attempt
            cursor.execute(BEGIN, [LEASE_SECONDS, claim.id, claim.attempts])
            row = cursor.fetchone()
        return replace(claim, attempts=row[0]) if row else None

    def _give_back(self, claims: list[Claim]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, [[claim.id for claim in claims], [claim.attempts for claim in claims]])

    def _work(self, claim: Claim) -> None:
        if claim.attempts > MAX_ATTEMPTS:
            self._fail(claim, "the worker ended during the last attempt")
            return
        try:
            if self._deliver(claim):
                self._to_promote.add(claim.lane)
        except (InterfaceError, OperationalError):
            if not self._is_connected():
                raise
            self._failed(claim)
        except Exception:  # whatever a handler raises is its failed attempt
            self._failed(claim)

    def _deliver(self, claim: Claim) -> bool:
        """Run the handler and close the delivery; False if somebody else has it now.

        Waits for the row: another's claim may hold it for a moment while finding that it is not due.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TAKE, [claim.id, claim.attempts])
            row = cursor.fetchone()
            if row is None:
                return False
            self._handle(claim, received(*row))
            cursor.execute(CLOSE, [claim.id])
        return True

    def _handle(self, claim: Claim, event: ReceivedEvent) -> None:
        subscriber = catalogue().subscriber(claim.subscriber, event.name)
        handler: Callable[[ReceivedEvent], Any] = registry.resolve(subscriber.name)
        with acting_as(Actor.system(subscriber.part)):
            handler(event)

    def _failed(self, claim: Claim) -> None:
        import traceback

        log.warning("delivery failed", delivery=claim.id, subscriber=claim.subscriber, attempt=claim.attempts, exc_info=True)
        self._fail(claim, traceback.format_exc(limit=-6))

    def _fail(self, claim: Claim, error: str) -> None:
        is_last = claim.attempts >= MAX_ATTEMPTS
        with transaction.atomic(), connection.cursor() as cursor:
            state = "dead" if is_last else "ready"
            cursor.execute(FAIL, [state, error[-4000:], pause_after(claim.attempts), claim.id, claim.attempts])
            row = cursor.fetchone()
            if row is not None and is_last:
                self._alarm(claim, row[0], error)

    def _alarm(self, claim: Claim, event_id: UUID, error: str) -> None:
        """Publish the death, unless it is the death of a message about deaths."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM kernel_events_event WHERE id = %s", [event_id])
            name = cursor.fetchone()[0]
        log.error("delivery dead", delivery=claim.id, event_id=str(event_id), name=name, subscriber=claim.subscriber)
        if name != DeliveryDied.name:
            emit(
                DeliveryDied(
                    subject=urn("delivery", claim.id),
                    delivery=claim.id,
                    event=event_id,
                    event_name=name,
                    subscriber=claim.subscriber,
                    error=error[-500:],
                )
            )


def received(identifier: UUID, name: str, subject: str, payload: str, occurred_at: Any) -> ReceivedEvent:
    """The event as a handler gets it; raises pydantic's ValidationError if its payload no longer fits the declared schema."""
    import json

    kind = catalogue().types[name].kind
    kind.model_validate_json(payload)
    return ReceivedEvent(id=identifier, name=name, subject=subject, payload=json.loads(payload), occurred_at=occurred_at)
