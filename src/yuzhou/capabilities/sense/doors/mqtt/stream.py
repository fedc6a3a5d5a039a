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

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from yuzhou.capabilities.sense.doors.mqtt.topics import topic_of

STREAM, PREFIX = "$MQTT_msgs", "$MQTT.msgs."
QOS = "Nmqtt-Pub"
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
        self._inbox = ""
        self.passed_by = 0  # of QoS 0, while the queue was full
        self.is_open = False

    async def open(self, client: Client) -> None:
        """Make stream and consumer if they are not there, and begin."""
        self._client = client
        await self._ensure()
        self._inbox = client.new_inbox()
        await client.subscribe(self._inbox, cb=self._stored, pending_msgs_limit=-1, pending_bytes_limit=-1)
        for subject in self.subjects:
            await client.subscribe(subject, cb=self._passing)
        self.is_open = True
        await self.ask()

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

    async def ask(self, *, anew: bool = False) -> None:
        """Ask the bus for more, if there is room; `anew` where what was asked before is surely over."""
        if not self.is_open or self._client is None:
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
        with contextlib.suppress(NatsError):
            await self._client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self.name}", request, reply=self._inbox)

    async def _stored(self, msg: Msg) -> None:
        """A message from the stream, or the end of a request for them."""
        self._heard = time.monotonic()
        if not msg.reply:
            headers = msg.headers or {}
            self._asked = max(0, self._asked - int(headers.get("Nats-Pending-Messages", self._asked)))
            if headers.get("Status") in ("409", "503") and "Exceeded" not in str(headers):
                await asyncio.sleep(1)
                with contextlib.suppress(NatsError, TimeoutError):
                    await self._ensure()
            await self.ask()
            return
        self._asked = max(0, self._asked - 1)
        number, at = _place(msg.reply)
        if number not in self._held:
            self._held.add(number)
            self._take(Message(topic_of(msg.subject.removeprefix(PREFIX)), msg.data, at, msg.reply, number))
        if self._asked < self._window // 4:
            await self.ask()

    async def _passing(self, msg: Msg) -> None:
        """A message as it passes by: taken where it is of QoS 0, as the others come from the stream."""
        if msg.headers and msg.headers.get(QOS, "0") != "0":
            return
        if not self._may_take():
            self.passed_by += 1
            return
        self._take(Message(topic_of(msg.subject), msg.data, time.time_ns() // 1000))

    async def acknowledge(self, messages: Iterable[tuple[str, int]]) -> None:
        """These are durable: the bus may forget them. Where the word is lost, they come again and change nothing."""
        assert self._client is not None  # noqa: S101 - they came through it
        for reply, number in messages:
            with contextlib.suppress(NatsError):
                await self._client.publish(reply, b"+ACK")
            self._held.discard(number)
        await self.ask()


def _place(reply: str) -> tuple[int, int]:
    """Number in the stream, and moment in microseconds, from the address that an acknowledgement goes to."""
    parts = reply.split(".")
    first = 2 if len(parts) == 9 else 4
    return int(parts[first + 3]), int(parts[first + 5]) // 1000
