"""The bus as the door uses it: questions about callers, news of connections, words down to devices, births that are kept."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig

from yuzhou.capabilities.sense.doors.mqtt.bus_line import BusLine
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.stream import Intake
from yuzhou.capabilities.sense.doors.mqtt.topics import subject_of, topic_of

log = logging.getLogger(__name__)
BIRTHS, BIRTHS_PREFIX = "SPARKPLUG_BIRTHS", "births."
QUESTION = "$SYS.REQ.USER.AUTH"


class Wire:
    """The connections to the bus: one for questions and words, one that messages come through, one of the system account."""

    def __init__(self, settings: MqttSettings) -> None:
        self.settings = settings
        self.intakes: list[Intake] = []
        self.client: Client | None = None
        self.line = BusLine(settings.urls, "mqtt-door-intake")
        self.line.on_back = self._back
        self.system: Client | None = None
        self.on_question: Callable[[bytes], str | None] = lambda _: None
        self.on_connection: Callable[[dict[str, Any], bool], None] = lambda _news, _is_there: None
        self.on_survey: Callable[[list[dict[str, Any]]], None] = lambda _: None
        self.before_intake: Callable[[], Awaitable[None]] = _nothing
        self._tasks: list[asyncio.Task[Any]] = []

    async def open(self) -> None:
        """Connect, waiting for a bus that is not there yet; then listen."""
        self.client = await self._connect(self.settings.urls, _nothing)
        await self._patiently(self._ensure_births)
        await self.before_intake()
        await self.client.subscribe(QUESTION, cb=self._asked)
        self.line.open()
        for intake in self.intakes:
            await self._patiently(partial(intake.open, line=self.line))
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

    def _back(self) -> None:
        """The bus is back: what was asked of it before is over."""
        for intake in self.intakes:
            intake.ask(anew=True)

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
            intake.ask()

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
        await self.line.close()
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
