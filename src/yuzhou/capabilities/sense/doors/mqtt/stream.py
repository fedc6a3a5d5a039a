"""Messages of devices as the bus hands them over: from its stream where they came with QoS 1, as they pass by with QoS 0.

What a device publishes with QoS 1 the bus keeps in its stream `$MQTT_msgs` before it acknowledges; a durable consumer of
ours hands it to us until we acknowledge in turn, after the commit. What comes with QoS 0 passes by on its subject.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from secrets import token_hex

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from yuzhou.capabilities.sense.doors.mqtt.bus_line import BusLine
from yuzhou.capabilities.sense.doors.mqtt.bus_protocol import header, publish, status
from yuzhou.capabilities.sense.doors.mqtt.topics import topic_of

STREAM, PREFIX = "$MQTT_msgs", "$MQTT.msgs."
QOS = b"Nmqtt-Pub"
DONE = b"+ACK"
ACK_SECONDS = 10.0
PULL_SECONDS = 5.0


@dataclass(slots=True)
class Message:
    """What a device published. `at`: when the bus took it (µs); `number`: its place in the stream; QoS 0 has no `reply`."""

    topic: str
    content: bytes
    at: int
    reply: str = ""
    number: int = 0


Take = Callable[[Message], None]


class Intake:
    """One durable consumer with the subjects of QoS 0 beside it."""

    def __init__(self, name: str, subjects: Iterable[str], take: Take, may_take: Callable[[], bool], window: int) -> None:
        self.name = name
        self.subjects = tuple(subjects)
        self._take = take
        self._may_take = may_take
        self._window = window
        self._held: set[int] = set()
        self._asked = 0
        self._heard = 0.0
        self._client: Client | None = None
        self._line: BusLine | None = None
        self._inbox = f"_INBOX.{token_hex(11)}"
        self._mending: asyncio.Task[None] | None = None
        self.passed_by = 0  # of QoS 0, while the queue was full
        self.is_open = False

    async def open(self, client: Client, line: BusLine) -> None:
        """Make stream and consumer if they are not there, and begin. `client` is asked, `line` brings the messages."""
        self._client, self._line = client, line
        await self._ensure()
        line.subscribe(self._inbox, self._stored)
        for subject in self.subjects:
            line.subscribe(subject, self._passing)
        self.is_open = True
        self.ask()

    async def _ensure(self) -> None:
        assert self._client is not None  # noqa: S101 - set by open()
        manager = self._client.jsm()
        try:
            await manager.stream_info(STREAM)
        except NotFoundError:  # the bus makes it when the first client comes over MQTT; nothing may come before we listen
            stream = StreamConfig(STREAM, subjects=[PREFIX + ">"], retention=RetentionPolicy.INTEREST, storage=StorageType.FILE)
            await manager.add_stream(stream)
        await manager.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=self.name,
                filter_subjects=[PREFIX + subject for subject in self.subjects],
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_SECONDS,
                max_ack_pending=self._window,
            ),
        )

    def ask(self, *, anew: bool = False) -> None:
        """Ask the bus for more, if there is room; `anew` where what was asked before is surely over."""
        if not self.is_open or self._line is None or not self._line.is_up:
            return
        silent = time.monotonic() - self._heard > PULL_SECONDS + 1
        if anew or silent:
            self._asked = 0
        wanted = self._window - len(self._held) - self._asked
        if wanted < self._window // 2 or not self._may_take():
            return
        self._asked += wanted
        self._heard = time.monotonic()
        request = json.dumps({"batch": wanted, "expires": int(PULL_SECONDS * 1e9)}).encode()
        self._line.say(publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self.name}", request, self._inbox))

    def _stored(self, subject: str, reply: str, head: bytes, content: bytes) -> None:
        """A message from the stream, or the end of a request for them."""
        self._heard = time.monotonic()
        if not reply:
            self._ended(head)
            return
        self._asked = max(0, self._asked - 1)
        number, at = _place(reply)
        if number not in self._held:
            self._held.add(number)
            self._take(Message(_topic_of(subject.removeprefix(PREFIX)), content, at, reply, number))
        if self._asked < self._window // 4:
            self.ask()

    def _ended(self, head: bytes) -> None:
        """A request is over; where the consumer or its stream is gone they are made anew."""
        code, words = status(head)
        self._asked = max(0, self._asked - int(header(head, b"Nats-Pending-Messages") or self._asked))
        if code in ("409", "503") and "Exceeded" not in words:
            if self._mending is None or self._mending.done():
                self._mending = asyncio.create_task(self._mend())
        else:
            self.ask()

    async def _mend(self) -> None:
        await asyncio.sleep(1)
        with contextlib.suppress(NatsError, TimeoutError):
            await self._ensure()
        self.ask()

    def _passing(self, subject: str, _reply: str, head: bytes, content: bytes) -> None:
        """A message as it passes by: taken where it is of QoS 0, as the others come from the stream."""
        if head and header(head, QOS) not in ("", "0"):
            return
        if not self._may_take():
            self.passed_by += 1
            return
        self._take(Message(_topic_of(subject), content, time.time_ns() // 1000))

    def acknowledge(self, messages: Iterable[tuple[str, int]]) -> None:
        """These are durable: the bus may forget them. Where the word is lost, they come again and change nothing."""
        assert self._line is not None  # noqa: S101 - they came through it
        messages = list(messages)
        self._line.say(b"".join([publish(reply, DONE) for reply, _ in messages]), keep=True)
        self._held.difference_update(number for _, number in messages)
        self.ask()


_topic_of = lru_cache(65_536)(topic_of)


def _place(reply: str) -> tuple[int, int]:
    """Number in the stream, and moment in microseconds, from the address that an acknowledgement goes to."""
    parts = reply.split(".")
    first = 2 if len(parts) == 9 else 4
    return int(parts[first + 3]), int(parts[first + 5]) // 1000
