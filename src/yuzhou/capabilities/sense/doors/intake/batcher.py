"""Gathers items into batches, stores them in order in a thread of their own, and has them answered after the commit.

While one batch is stored the next one is gathered and handed to the same thread, which goes on with it at once.

A store that fails for a while is tried again until it works: the queue fills, the connections stop reading, and the
devices wait; nothing acknowledged is lost and nothing is dropped. A batch that the store refuses for its content is halved
until the one bad frame stands alone, which goes to the quarantine.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from yuzhou.capabilities.sense.contracts import QuarantinedFrame
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.items import Item, Receiver
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket
from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings
from yuzhou.kernel.errors import YuzhouError

log = logging.getLogger(__name__)

REFUSED = (DataError, IntegrityError, YuzhouError, ValueError, OverflowError)
"""Errors of the content: trying again would not help."""
AWAY = (OperationalError, InterfaceError)
"""The database is away: only trying again helps."""
DOUBTFUL_PAUSES = (0.5, 1.5, 3.0, 5.0)
"""What fails for no reason that we know is tried again for ten seconds before a frame is blamed for it."""
LONGEST_PAUSE = 5.0
MOST_ITEMS = 5000
KEPT_PER_SECOND, KEPT_AT_ONCE = 200, 5000

Store = Callable[[Sequence[Item], dict[UUID, datetime]], Any]


class _NotItsTurn(Exception):
    """The batch before is not stored yet: it failed, and is tried again."""


@dataclass(slots=True, eq=False)
class _Batch:
    """What goes into the store at one go. `is_over` is set by the writer thread, so that the next may follow at once."""

    items: list[Item]
    seen: dict[UUID, datetime]
    began: float = field(default_factory=time.monotonic)
    is_over: bool = False


class Batcher:
    """The queue before the store. Lives on the event loop; only `store` runs in the writer thread."""

    def __init__(self, store: Store, settings: IntakeSettings, protocol: str) -> None:
        self._store = store
        self._settings = settings
        self.protocol = protocol
        self._queue: deque[Item] = deque()
        self._waiting = asyncio.Event()
        self._enough = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"{protocol}-writer")
        self._kept = TokenBucket.full(KEPT_PER_SECOND, KEPT_AT_ONCE, time.monotonic())
        self._closing = False
        self.seen: dict[UUID, datetime] = {}
        self._since = 0.0  # when the first of the queue came
        self._queued = 0
        self._under_way = 0
        self.readings = 0
        self.bytes = 0
        self.on_room: Callable[[], None] = lambda: None
        self.stored_frames = 0
        self.stored_readings = 0

    @property
    def is_full(self) -> bool:
        """Whether connections should stop reading."""
        return self.readings >= self._settings.queue_readings or self.bytes >= self._settings.queue_bytes

    @property
    def has_room(self) -> bool:
        """Whether they may read again."""
        return self.readings * 2 <= self._settings.queue_readings and self.bytes * 2 <= self._settings.queue_bytes

    def add(self, item: Item) -> None:
        """Queue an item; it will be answered after the commit."""
        if item.quarantined is not None:
            metrics.QUARANTINED.labels(self.protocol, item.quarantined.code).inc()
            if self._kept.charge(1, time.monotonic()):
                metrics.NOT_KEPT.labels(self.protocol).inc()
                item.quarantined = None
        self._note_first()
        rows = item.rows
        self._queue.append(item)
        self._queued += rows
        self.readings += rows
        self.bytes += item.size
        if self._is_enough:
            self._enough.set()

    def note_alive(self, device_id: UUID) -> None:
        """Note that a device was heard without readings; stored with the next batch."""
        self._note_first()
        self.seen[device_id] = datetime.now(UTC)

    def _note_first(self) -> None:
        if not self._queue and not self.seen:
            self._since = time.monotonic()
            self._waiting.set()

    async def run(self) -> None:
        """Store batch after batch until closed and empty."""
        batch: _Batch | None = None
        storing: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as group:
            while await self._gather():
                before, batch = batch, self._take()
                former, storing = storing, group.create_task(self._make_durable(batch, before, storing))
                if former is not None:
                    await former  # no more than two at a time

    async def close(self) -> None:
        """Let `run` end once the queue is empty."""
        self._closing = True
        self._waiting.set()
        self._enough.set()

    async def release(self, call: Callable[[], None]) -> None:
        """Run a last call in the writer thread, and let the thread go."""
        await asyncio.get_running_loop().run_in_executor(self._writer, call)
        self._writer.shutdown(wait=False)

    @property
    def _is_enough(self) -> bool:
        return self._queued >= self._settings.batch_readings or len(self._queue) >= MOST_ITEMS

    async def _gather(self) -> bool:
        """Wait for the first item, then for more: while the batch before is stored, and until the first waited its time.

        Returns False when there will be none any more.
        """
        if not self._queue and not self.seen:
            if self._closing:
                return False
            self._waiting.clear()
            await self._waiting.wait()
        while not (self._closing or self._is_enough):
            left = None if self._under_way else self._since + self._settings.batch_milliseconds / 1000 - time.monotonic()
            if left is not None and left <= 0:
                break
            self._enough.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._enough.wait()
        return bool(self._queue or self.seen)

    def _take(self) -> _Batch:
        """The next batch, in order."""
        items: list[Item] = []
        rows = 0
        while self._queue and rows < self._settings.batch_readings and len(items) < MOST_ITEMS:
            item = self._queue.popleft()
            rows += item.rows
            items.append(item)
        self._queued -= rows
        batch, self.seen = _Batch(items, self.seen), {}
        self._under_way += 1
        return batch

    async def _make_durable(self, batch: _Batch, before: _Batch | None, storing: "asyncio.Task[None] | None") -> None:
        """Store a batch behind the one before, and have it answered. `storing`: the same for the one before."""
        items = batch.items
        rows, size = sum(item.rows for item in items), sum(item.size for item in items)
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._writer, self._in_turn, batch, before)
        except Exception as error:
            if storing is not None:
                await storing
            await self._store_all(items, batch.seen, None if isinstance(error, _NotItsTurn) else error)
            batch.is_over = True
        else:
            self._count(items, result)
        metrics.COMMIT.labels(self.protocol).observe(time.monotonic() - batch.began)
        self.readings -= rows
        self.bytes -= size
        self._under_way -= 1
        self._enough.set()
        self._answer(items)
        metrics.QUEUED.labels(self.protocol).set(self.readings)
        if self.has_room:
            self.on_room()

    def _in_turn(self, batch: _Batch, before: _Batch | None) -> Any:
        """In the writer thread: store a batch at the first try, but never before the one that came before it."""
        if before is not None and not before.is_over:
            raise _NotItsTurn
        result = self._store(batch.items, batch.seen)
        batch.is_over = True
        return result

    async def _store_all(
        self, items: list[Item], seen: dict[UUID, datetime], failed: Exception | None = None, *, patient: bool = True
    ) -> None:
        """Store items; returns only when all that can be stored are. `failed`: what a first try ended with.

        Parts of a batch that had its ten seconds get no more.
        """
        pause = 0.05
        doubts = list(DOUBTFUL_PAUSES) if patient else []
        while True:
            if failed is not None:  # what was taken in waits here; what is no failure of the database is tried a few times
                if isinstance(failed, AWAY):
                    wait, pause = pause, min(pause * 2, LONGEST_PAUSE)
                elif doubts and not isinstance(failed, REFUSED):
                    wait = doubts.pop(0)
                else:
                    await self._halve(items, seen, failed)
                    return
                log.warning("the store failed, trying again in %.1f s: %s", wait, failed)
                metrics.RETRIES.labels(self.protocol).inc()
                await asyncio.sleep(wait)
            try:
                result = await asyncio.get_running_loop().run_in_executor(self._writer, self._store, items, seen)
            except Exception as error:
                failed = error
            else:
                self._count(items, result)
                return

    async def _halve(self, items: list[Item], seen: dict[UUID, datetime], error: Exception) -> None:
        if len(items) > 1:
            middle = len(items) // 2
            await self._store_all(items[:middle], seen, patient=False)
            await self._store_all(items[middle:], {}, patient=False)
        elif items:
            await self._refuse(items[0], seen, error)

    async def _refuse(self, item: Item, seen: dict[UUID, datetime], error: Exception) -> None:
        """The one frame that the store will not have goes to the quarantine."""
        log.error("the store refused a frame of %s: %s", item.link.entry.identity if item.link else "nobody", error)
        if item.raw is None:  # it stood in the quarantine already, or held nothing: there is nothing left to keep
            item.quarantined = None
            item.answer, item.refused = b"", True
            return
        self._to_quarantine(item, error)
        await self._store_all([item], seen)

    def _to_quarantine(self, item: Item, error: Exception) -> None:
        """Turn an item into the quarantined frame that it must be; its data are not acknowledged."""
        raw, link = item.raw, item.link
        assert raw is not None and link is not None  # noqa: S101, PT018 - checked by the caller
        if item.key is not None:
            link.forget(item.key)
        if item.fate is not None:
            item.fate.refused = True
        item.quarantined = QuarantinedFrame(
            protocol=self.protocol,
            code=f"{self.protocol}.store-refused",
            content=raw.content,
            received_at=raw.received_at,
            identity=link.entry.identity,
            device_id=link.entry.device_id,
            params={"error": type(error).__name__},
        )
        item.raw, item.readings, item.answer, item.refused = None, None, b"", True

    def _count(self, items: list[Item], result: Any) -> None:
        frames = Counter(item.raw.kind for item in items if item.raw is not None)
        for kind, number in frames.items():
            metrics.FRAMES.labels(self.protocol, kind).inc(number)
        rows = sum(item.rows for item in items)
        metrics.READINGS.labels(self.protocol).inc(rows)
        metrics.REPEATED.labels(self.protocol).inc(sum(item.raw is None and item.quarantined is None for item in items))
        metrics.ALARMS.labels(self.protocol).inc(len(getattr(result, "alarms_raised", ())))
        self.stored_frames += sum(frames.values())
        self.stored_readings += rows

    @staticmethod
    def _answer(items: list[Item]) -> None:
        by_receiver: dict[Receiver, list[Item]] = {}
        for item in items:
            if item.fate is not None and item.fate.refused:  # it repeats a frame that is not stored: no word of it either
                item.answer, item.refused = b"", True
            if item.receiver is not None:
                by_receiver.setdefault(item.receiver, []).append(item)
        for receiver, answered in by_receiver.items():
            receiver.stored(answered)
