"""Commands down to vehicles: taken from the queue of sense, one at a time for each vehicle, followed to its own word.

A command is marked as sent before it is written to the wire: after a crash it may be unsent and expire, but it is not sent
twice. Only one whose repetition does no harm is sent again when no word comes.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command, CommandType, Direction, RawFrame
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.book import LinkT
from yuzhou.capabilities.sense.doors.intake.core import DoorCore
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.store import CommandQueue
from yuzhou.capabilities.sense.doors.vehicles.talk import Word
from yuzhou.kernel.errors import YuzhouError

NO_ANSWER = "no-answer"
MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as a frame: `reference` is what the answer names, `kind` the protocol's own word for it.

    An answer that names nothing is one to the `kind`.
    """

    reference: str
    frame: bytes
    kind: str


@dataclass(slots=True, eq=False)
class Exchange(Generic[LinkT]):
    """One command under way."""

    command: Command
    link: LinkT
    asked: Asked
    may_repeat: bool
    deadline: float = 0.0
    sent: int = 0
    accepted: bool = False


class CommandDesk(Generic[LinkT]):
    """All commands of one door. Lives on the event loop; the queue is asked in a thread, in order."""

    def __init__(
        self,
        door: DoorCore[LinkT],
        types: Mapping[str, CommandType],
        write: Callable[[Command, LinkT], Asked],
        queue: CommandQueue | None = None,
    ) -> None:
        self._door = door
        self._types = types
        self._write = write
        self._queue = queue or CommandQueue(door.protocol)
        self._waiting: dict[UUID, deque[Command]] = {}
        self._under_way: dict[UUID, Exchange[LinkT]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    async def send_requested(self, links: Mapping[UUID, LinkT]) -> None:
        """Claim what is queued for connected vehicles that have nothing else to do, and send the first of each."""
        idle = [device_id for device_id in links if device_id not in self._under_way and device_id not in self._waiting]
        for command in await self._door.run(self._queue.claim, idle) if idle else ():
            self._waiting.setdefault(command.device_id, deque(maxlen=MOST_WAITING)).append(command)
        for device_id in list(self._waiting):
            if device_id in links and device_id not in self._under_way:
                await self._next(links[device_id])

    async def _next(self, link: LinkT) -> None:
        """Begin the first that may still go to the vehicle."""
        device_id = link.entry.device_id
        waiting = self._waiting[device_id]
        while waiting and device_id not in self._under_way:
            command = waiting.popleft()
            if command.expires_at > datetime.now(UTC):
                await self._begin(command, link)
        if not waiting:
            del self._waiting[device_id]

    async def _begin(self, command: Command, link: LinkT) -> None:
        kind = self._types.get(command.name)
        try:
            asked = self._write(command, link)
        except YuzhouError as error:
            await self._door.run(self._queue.finished, command, False, error.code, {})
            return
        exchange = Exchange(command, link, asked, kind is not None and kind.may_repeat)
        self._under_way[command.device_id] = exchange
        may_go = False
        try:
            may_go = await self._door.run(self._queue.sent, command, asked.reference)
        finally:
            if not may_go:
                del self._under_way[command.device_id]
        if may_go:
            self._send(exchange, time.monotonic())

    def _send(self, exchange: Exchange[LinkT], now: float) -> None:
        exchange.deadline = now + self._door.settings.answer_seconds
        exchange.sent += 1
        link, asked = exchange.link, exchange.asked
        if link.connection is None:
            return
        link.connection.send(asked.frame)
        raw = RawFrame(link.entry.device_id, datetime.now(UTC), asked.frame, asked.kind, Direction.DOWN)
        self._door.batcher.add(Item(None, len(asked.frame), link, raw=raw))

    def told(self, word: Word) -> None:
        """A vehicle's word: one that belongs to no command under way says nothing."""
        exchange = self._under_way.get(word.link.entry.device_id)
        if exchange is None or word.reference not in (exchange.asked.reference, exchange.asked.kind):
            return
        if word.done is None:
            self._accept(exchange, word.code)
        else:
            self._finish(exchange, word.done, word.code, word.answer)

    def _accept(self, exchange: Exchange[LinkT], code: str) -> None:
        if not exchange.accepted:
            exchange.accepted = True
            exchange.deadline = time.monotonic() + self._door.settings.answer_seconds
            self._door.background(self._queue.accepted, exchange.command, code)

    def _finish(self, exchange: Exchange[LinkT], done: bool, code: str, answer: Mapping[str, Any]) -> None:
        del self._under_way[exchange.command.device_id]
        metrics.COMMANDS.labels(self._door.protocol, "done" if done else "failed").inc()
        self._door.background(self._queue.finished, exchange.command, done, code, answer)

    def look_after(self, now: float) -> None:
        """Send again what may be repeated and got no word, and give up the rest."""
        for exchange in [one for one in self._under_way.values() if now >= one.deadline]:
            if exchange.may_repeat and not exchange.accepted and exchange.sent <= self._door.settings.retries:
                self._send(exchange, now)
            else:
                self._finish(exchange, False, NO_ANSWER, {})
