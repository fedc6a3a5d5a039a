"""One TCP connection of a device: bytes in, answers out, and the brakes that keep it from starving the others."""

import asyncio
import math
import time
from collections.abc import Iterable
from typing import Any, Protocol

from yuzhou.capabilities.sense.doors.intake.batcher import Batcher
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.items import Item, Reply
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket
from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings

FAULTS_PER_SECOND, FAULTS_AT_ONCE = 5, 50
WRITE_BUFFER = 64 * 1024

FULL, AHEAD, RATE, WRITE = 1, 2, 4, 8
"""Why a connection is not read for now: the store's queue, too many of its own frames waiting, its rate, unread answers."""


class Splitter(Protocol):
    """Cuts a stream of bytes into what the session takes: frames, and what is none."""

    def feed(self, data: bytes) -> Iterable[Any]:
        """Take the next bytes; returns what they complete."""

    @property
    def held(self) -> int:
        """Bytes of a frame that is not complete yet."""

    @property
    def rest(self) -> bytes:
        """Those bytes, as many as are kept of a fault."""


class Talk(Protocol):
    """What becomes of each frame of one connection, without a socket.

    An outcome is an `Item` for the store, a `Reply` for the wire, or anything else, which the door's `told` gets.
    """

    links: set[Any]
    heard: bool

    def take(self, found: Any, now: float) -> list[Any]:
        """What becomes of a frame or a fault; `now` is the monotonic clock."""

    def give_up(self, now: float) -> list[Any]:
        """What waited in vain for the rest of its message; all of it where `now` is infinite, as the line is lost."""

    def incomplete(self, raw: bytes) -> Item:
        """A frame that was begun and never ended."""


class Keeper(Protocol):
    """What a connection asks of its door."""

    settings: IntakeSettings
    batcher: Batcher
    held: "set[Connection]"

    def make_splitter(self) -> Splitter:
        """What cuts the stream of a new connection."""

    def make_session(self, connection: "Connection", peer: str) -> Talk:
        """The talk of a new connection."""

    def told(self, outcome: Any) -> None:
        """Something that is neither for the store nor for the wire."""

    def connected(self, connection: "Connection") -> bool:
        """Take a new connection on, unless there are too many."""

    def lost(self, connection: "Connection") -> None:
        """Forget a connection."""

    def heard(self, connection: "Connection") -> None:
        """Devices proved themselves on a connection."""


class Connection(asyncio.Protocol):
    """Reads as long as nothing holds it. A slow, broken or greedy peer only ever holds itself."""

    def __init__(self, door: Keeper) -> None:
        self._door = door
        self._splitter = door.make_splitter()
        self._transport: Any = None
        self._holds = 0
        self._faults = TokenBucket.full(FAULTS_PER_SECOND, FAULTS_AT_ONCE, time.monotonic())
        self._partial_since = 0.0
        self.waiting = 0
        self.opened = self.last_bytes = time.monotonic()
        self.session: Talk = None  # type: ignore[assignment]  # made when the connection is

    # --- the event loop calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many connections already."""
        self._transport = transport
        self._transport.set_write_buffer_limits(WRITE_BUFFER)
        host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
        self.session = self._door.make_session(self, f"{host}:{port}")
        if not self._door.connected(self):
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it; what it sent is stored all the same. Messages that it left incomplete are given up, each with a trace."""
        now = time.monotonic()
        for outcome in self.session.give_up(math.inf):
            self._handle(outcome, now)
        self._door.lost(self)

    def pause_writing(self) -> None:
        """The peer does not read our answers: give it no reason for more."""
        self._hold(WRITE)

    def resume_writing(self) -> None:
        """It reads again."""
        self.release(WRITE)

    def data_received(self, data: bytes) -> None:
        """Take bytes in, then decide whether to read on."""
        now = self.last_bytes = time.monotonic()
        wait = 0.0
        for found in self._splitter.feed(data):
            for outcome in self.session.take(found, now):
                wait = max(wait, self._handle(outcome, now))
        if self.session.heard:
            self.session.heard = False
            self._door.heard(self)
        self._partial_since = (self._partial_since or now) if self._splitter.held else 0.0
        self._brake(wait)

    # --- what comes of it ----------------------------------------------------------------------------------------------

    def _handle(self, outcome: Any, now: float) -> float:
        """Pass an outcome on; returns the seconds that its device must wait."""
        if isinstance(outcome, Item):
            return self._queue(outcome, now)
        if isinstance(outcome, Reply):
            self._door.batcher.note_alive(outcome.link.entry.device_id)
            self.send(outcome.frame)
            return outcome.link.bucket.charge(1, now)
        self._door.told(outcome)
        return 0.0

    def _queue(self, item: Item, now: float) -> float:
        self.waiting += 1
        is_fault, link = item.quarantined is not None, item.link
        self._door.batcher.add(item)
        if is_fault:
            return self._faults.charge(1, now)
        return link.bucket.charge(1, now) if link is not None else 0.0

    def _brake(self, wait: float) -> None:
        if wait > 0:
            self._hold(RATE)
            asyncio.get_running_loop().call_later(wait, self.release, RATE)
        if self.waiting >= self._door.settings.connection_frames:
            self._hold(AHEAD)
        if self._door.batcher.is_full:
            self._hold(FULL)
            self._door.held.add(self)

    def _hold(self, reason: int) -> None:
        if not self._holds and not self._transport.is_closing():
            self._transport.pause_reading()
        self._holds |= reason

    def release(self, reason: int) -> None:
        """A reason to hold is gone; read on if it was the last."""
        if not self._holds & reason:
            return
        self._holds &= ~reason
        if not self._holds and not self._transport.is_closing():
            self._transport.resume_reading()

    def stored(self, items: list[Item]) -> None:
        """These items are durable: answer them."""
        self.waiting -= len(items)
        answers = b"".join(item.answer for item in items)
        if answers:
            self.send(answers)
        if self.waiting * 2 <= self._door.settings.connection_frames:
            self.release(AHEAD)

    def send(self, frame: bytes) -> None:
        """Write to the peer, if it is still there."""
        if frame and not self._transport.is_closing():
            self._transport.write(frame)

    def close(self) -> None:
        """Close after what is written."""
        self._transport.close()

    def look_after(self, now: float) -> None:
        """Close what stands still: a frame begun and not ended, a stranger who says nothing, a line that is dead."""
        if self._transport.is_closing():  # since last time, and the peer takes nothing more
            self._transport.abort()
            return
        settings = self._door.settings
        for outcome in self.session.give_up(now):
            self._handle(outcome, now)
        if self._partial_since and not self._holds and now - self._partial_since > settings.frame_seconds:
            self._handle(self.session.incomplete(self._splitter.rest), now)
            self._transport.close()
            return
        is_stranger = not self.session.links and now - self.opened > settings.stranger_seconds
        if is_stranger or now - self.last_bytes > settings.idle_seconds:
            self._transport.close()


def proves(session: Talk, link: DeviceLink) -> None:
    """Note in a session that a device proved itself on it."""
    if link not in session.links or link.connection is None:  # None: another connection of the device ended
        session.links.add(link)
        session.heard = True
