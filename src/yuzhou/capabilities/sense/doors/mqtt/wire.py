"""The bus as the door uses it: messages of devices, questions about callers, news of connections, words down to devices.

What a device publishes with QoS 1 the bus keeps in its stream `$MQTT_msgs` before it acknowledges; a durable consumer of
ours hands it to us until we acknowledge in turn, after the commit. What comes with QoS 0 passes by on its subject.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.topics import subject_of, topic_of

log = logging.getLogger(__name__)
STREAM, PREFIX = "$MQTT_msgs", "$MQTT.msgs."
QOS = "Nmqtt-Pub"
ACK_SECONDS = 10.0
PULL_SECONDS = 5.0
BIRTHS, BIRTHS_PREFIX = "SPARKPLUG_BIRTHS", "births."
QUESTION = "$SYS.REQ.USER.AUTH"


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


class Wire:
    """Both connections to the bus."""

    def __init__(self, settings: MqttSettings) -> None:
        self.settings = settings
        self.intakes: list[Intake] = []
        self.client: Client | None = None
        self.system: Client | None = None
        self.on_question: Callable[[bytes], str | None] = lambda _: None
        self.on_connection: Callable[[dict[str, Any], bool], None] = lambda _news, _is_there: None
        self.on_survey: Callable[[list[dict[str, Any]]], None] = lambda _: None
        self.before_intake: Callable[[], Awaitable[None]] = _nothing
        self._tasks: list[asyncio.Task[Any]] = []

    async def open(self) -> None:
        """Connect, waiting for a bus that is not there yet; then listen."""
        self.client = await self._connect(self.settings.urls, self._back)
        await self._patiently(self._ensure_births)
        await self.before_intake()
        await self.client.subscribe(QUESTION, cb=self._asked)
        for intake in self.intakes:
            await self._patiently(intake.open)
        if self.settings.system_urls:
            self.system = await self._connect(self.settings.system_urls, self._survey)
            await self.system.subscribe("$SYS.ACCOUNT.*.CONNECT", cb=self._came)
            await self.system.subscribe("$SYS.ACCOUNT.*.DISCONNECT", cb=self._went)
            await self._survey()

    async def _connect(self, urls: list[str], back: Callable[[], Awaitable[None]]) -> Client:
        return await nats.connect(
            urls,
            name="mqtt-door",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            connect_timeout=5,
            allow_reconnect=True,
            reconnected_cb=back,
            error_cb=_note,
            disconnected_cb=_gone,
        )

    async def _patiently(self, opening: Callable[[Client], Awaitable[None]]) -> None:
        assert self.client is not None  # noqa: S101 - connected before
        while True:
            try:
                return await opening(self.client)
            except (NatsError, TimeoutError) as error:
                log.warning("the bus is not ready for MQTT: %s: %s", type(error).__name__, error)
                await asyncio.sleep(1)

    # --- births of edge nodes -----------------------------------------------------------------------------------------

    async def _ensure_births(self, client: Client) -> None:
        """The stream that keeps the newest birth of each node and device, so that their aliases outlive us."""
        await client.jetstream().add_stream(
            StreamConfig(BIRTHS, subjects=[f"{BIRTHS_PREFIX}>"], max_msgs_per_subject=1, storage=StorageType.FILE)
        )

    async def keep_birth(self, topic: str, content: bytes) -> None:
        """Keep a birth in the place of the one before."""
        assert self.client is not None  # noqa: S101 - it came through it
        try:
            await self.client.jetstream().publish(BIRTHS_PREFIX + subject_of(topic), content)
        except (NatsError, TimeoutError) as error:
            log.warning("a birth could not be kept: %s", error)

    async def kept_births(self) -> list[tuple[str, bytes]]:
        """Topics and contents of all births that are kept."""
        assert self.client is not None  # noqa: S101 - connected before
        found: list[tuple[str, bytes]] = []
        stream = self.client.jetstream()
        waiting = (await stream.stream_info(BIRTHS)).state.messages
        if not waiting:
            return found
        reading = await stream.subscribe(f"{BIRTHS_PREFIX}>", stream=BIRTHS, ordered_consumer=True)
        try:
            while len(found) < waiting:
                msg = await reading.next_msg(timeout=2)
                found.append((topic_of(msg.subject.removeprefix(BIRTHS_PREFIX)), msg.data))
        except (NatsError, TimeoutError):
            log.warning("of %s births that are kept only %s came", waiting, len(found))
        await reading.unsubscribe()
        return found

    # --- news ---------------------------------------------------------------------------------------------------------

    async def _back(self) -> None:
        """The bus is back: what was asked of it before is over."""
        for intake in self.intakes:
            await intake.ask(anew=True)

    async def _asked(self, msg: Msg) -> None:
        answer = self.on_question(msg.data)
        if answer:
            await msg.respond(answer.encode())

    async def _came(self, msg: Msg) -> None:
        self._news(msg, True)

    async def _went(self, msg: Msg) -> None:
        self._news(msg, False)

    def _news(self, msg: Msg, is_there: bool) -> None:
        news = json.loads(msg.data)
        client = news.get("client", {})
        if client.get("client_type") == "mqtt" and client.get("acc") == self.settings.account:
            self.on_connection({**client, "server": news["server"]["id"], "reason": news.get("reason", "")}, is_there)

    async def _survey(self) -> None:
        """Who is connected now, page by page."""
        assert self.system is not None  # noqa: S101 - connected before
        found: list[dict[str, Any]] = []
        size = 1024
        while True:
            about = {"auth": True, "filter_account": self.settings.account, "limit": size, "offset": len(found)}
            try:
                answer = await self.system.request("$SYS.REQ.SERVER.PING.CONNZ", json.dumps(about).encode(), timeout=5)
            except (NatsError, TimeoutError) as error:
                log.warning("the bus does not say who is connected: %s", error)
                return
            said = json.loads(answer.data)
            page = said.get("data", {}).get("connections") or []
            found += [{**one, "server": said["server"]["id"]} for one in page]
            if len(page) < size:
                break
        self.on_survey([one for one in found if one.get("type") == "mqtt"])

    async def publish(self, subject: str, content: bytes) -> None:
        """Say something to a device."""
        if self.client is not None:
            await self.client.publish(subject, content)

    async def send_away(self, server: str, number: int) -> None:
        """Close a client's connection."""
        if self.system is not None:
            with contextlib.suppress(NatsError, TimeoutError):
                await self.system.request(f"$SYS.REQ.SERVER.{server}.KICK", json.dumps({"cid": number}).encode(), timeout=2)

    def ticked(self) -> None:
        """A second went by: ask for more where nothing is under way."""
        for intake in self.intakes:
            self.soon(intake.ask())

    def soon(self, work: Any) -> None:
        """Do some work without waiting for it."""
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def stop(self) -> None:
        """Take nothing in any more."""
        for intake in self.intakes:
            intake.is_open = False

    async def close(self) -> None:
        """Say what is still to be said, and let go."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=2)
        for client in (self.client, self.system):
            if client is not None:
                with contextlib.suppress(NatsError, TimeoutError):
                    await asyncio.wait_for(client.flush(), 2)
                await client.close()


async def _nothing() -> None:
    return


async def _note(error: Exception) -> None:
    log.info("bus: %s: %s", type(error).__name__, error)


async def _gone() -> None:
    log.info("the bus is gone")
