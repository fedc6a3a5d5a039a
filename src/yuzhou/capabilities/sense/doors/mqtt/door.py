"""The MQTT door: lets devices in at the bus, takes what they publish, tells them what is asked of them."""

import asyncio
import logging
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiomqtt

from yuzhou.capabilities.sense.contracts import QuarantinedFrame
from yuzhou.capabilities.sense.doors.intake import metrics as intake_metrics
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.process import run_doors
from yuzhou.capabilities.sense.doors.intake.store import note_links
from yuzhou.capabilities.sense.doors.mqtt import metrics
from yuzhou.capabilities.sense.doors.mqtt.core import MqttCore, MqttLink
from yuzhou.capabilities.sense.doors.mqtt.gate import Gate, Verdict
from yuzhou.capabilities.sense.doors.mqtt.items import BusItem
from yuzhou.capabilities.sense.doors.mqtt.own import OwnCore
from yuzhou.capabilities.sense.doors.mqtt.presence import Presence
from yuzhou.capabilities.sense.doors.mqtt.settings import SEED_SETTING, MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.sparkplug import commands
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.core import SparkplugCore
from yuzhou.capabilities.sense.doors.mqtt.violations import Violation, ViolationLog
from yuzhou.capabilities.sense.doors.mqtt.wire import Wire
from yuzhou.kernel.nkeys import AccountKey

log = logging.getLogger(__name__)
NAME = "mqtt-door"
HOST_USER = "host"
ANNOUNCE_AGAIN = 5.0


class MqttDoor:
    """Both kinds of talk over one bus."""

    def __init__(self, settings: MqttSettings) -> None:
        self.settings = settings
        self.presence = Presence()
        self.wire = Wire(settings)
        self.own = OwnCore(settings, self.wire, self.presence)
        self.sparkplug = SparkplugCore(settings, self.wire, self.presence)
        self.wire.intakes = [self.own.intake, self.sparkplug.intake]
        self.wire.on_question = self.asked
        self.wire.on_connection = self.connection
        self.wire.on_survey = self.survey
        self.gate = Gate(
            settings.issuer,
            settings.account,
            self.find,
            self.presence.clients,
            self.held_for,
            settings.max_payload,
            self.own.provisioning.knows,
        )
        self.violations = ViolationLog(Path(os.environ.get("YUZHOU_DATA", "var/data")) / "logs" / "bus.log")
        self._is_surveyed = False
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Know the devices, then listen to the bus."""
        await asyncio.gather(self.own.open(), self.sparkplug.open())
        self.wire.before_intake = self._restore
        await self.wire.open()
        self._tasks = [asyncio.create_task(self._tick())]
        if self.settings.port:
            self._tasks.append(asyncio.create_task(self._announce()))
        log.info("mqtt: %s devices, %s of sparkplug known", len(self.own.book), len(self.sparkplug.book))

    async def _restore(self) -> None:
        self.sparkplug.restore(await self.wire.kept_births())

    async def close(self) -> None:
        """Take nothing in any more; store and acknowledge what was taken in."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.wire.stop()
        await asyncio.gather(self.own.close(), self.sparkplug.close())
        await self.wire.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.wire.ticked()
            for violation in self.violations.read():
                self._note_violation(violation)
            intake_metrics.CONNECTIONS.labels("mqtt").set(sum(len(held) for held in self.presence.users.values()))

    # --- who comes in -------------------------------------------------------------------------------------------------

    def core_of(self, identity: str) -> MqttCore:
        """Which talk a user speaks: an edge node is called `group/node`."""
        return self.sparkplug if "/" in identity else self.own

    def find(self, identity: str) -> MqttLink | None:
        """The device of a user name."""
        return self.core_of(identity).book.get(identity)

    def held_for(self, link: DeviceLink) -> float:
        """Seconds that a device must still wait because it sent too much."""
        return max(0.0, MqttCore.debt(link, time.time()) - self.settings.flood_seconds / 2)

    def asked(self, question: bytes) -> str | None:
        """The bus asks whether a client may come in."""
        try:
            verdict = self.gate.decide(question)
        except ValueError as error:
            log.warning("a question that is none: %s", error)
            return None
        metrics.CALLERS.labels(verdict.code or ("asks" if verdict.asks_only else "let-in")).inc()
        if verdict.code:
            self._refuse(verdict)
        elif verdict.asks_only:
            self.own.provisioning.let_in(verdict.caller.client_id, verdict.caller.host)
        return verdict.answer

    def _refuse(self, verdict: Verdict) -> None:
        caller, link = verdict.caller, verdict.link
        core = self.core_of(caller.user)
        frame = QuarantinedFrame(
            protocol=core.protocol,
            code=f"mqtt.{verdict.code}",
            content=caller.shown[:1000],
            received_at=datetime.now(UTC),
            peer=caller.host[:64],
            identity=caller.user[:128],
            device_id=link.entry.device_id if link else None,
            params={"per_minute": link.entry.frames_per_minute} if link else {},
        )
        core.batcher.add(BusItem(None, 200, quarantined=frame))

    def _note_violation(self, violation: Violation) -> None:
        """A device tried to use another's name: the bus let nothing through; it is counted and kept."""
        metrics.VIOLATIONS.labels(violation.kind).inc()
        user = self.presence.clients.get(violation.client_id, violation.client_id)
        core, link = self.core_of(user), self.find(user)
        frame = QuarantinedFrame(
            protocol=core.protocol,
            code="mqtt.not-its-own",
            content=f"{violation.kind} {violation.topic}".encode()[:1000],
            received_at=datetime.now(UTC),
            peer=violation.peer[:64],
            identity=user[:128],
            device_id=link.entry.device_id if link else None,
            params={"topic": violation.topic[:200]},
        )
        core.batcher.add(BusItem(None, 200, quarantined=frame))

    # --- who is there -------------------------------------------------------------------------------------------------

    def connection(self, news: dict[str, Any], is_there: bool) -> None:
        """A client of the bus came or went."""
        now = time.time_ns() // 1000
        if is_there:
            self._there(self.presence.came(news), now)
            return
        user = self.presence.went(news)
        if user:
            self._gone(user, now, str(news.get("reason") or "gone"))

    def survey(self, connections: list[dict[str, Any]]) -> None:
        """Who is connected, told at the start and when the bus is back. Who was there has a while to come again."""
        gone = self.presence.survey(connections)
        for user in self.presence.users:
            self._there(user, time.time_ns() // 1000)
        if not self._is_surveyed:
            self._is_surveyed = True
            gone |= {link.entry.identity for link in self.own.book}
        asyncio.get_running_loop().call_later(self.settings.return_seconds, self._miss, gone)

    def _miss(self, users: set[str]) -> None:
        """Users that were there, or may have been before we started, and did not come (again)."""
        now = time.time_ns() // 1000
        strangers = []
        for user in users - set(self.presence.users):
            link = self.find(user)
            if link is None or link.is_up:
                self._gone(user, now, "bus-restarted")
            elif link.is_up is None:
                strangers.append(link.entry.device_id)
        if strangers:
            self.own.background(note_links, {}, strangers)

    def _there(self, user: str, at: int) -> None:
        link = self.find(user)
        if link is not None and "/" not in user:  # an edge node is there when it is born
            for item in self.own.turned(link, True, at, "connected"):
                self.own.batcher.add(item)

    def _gone(self, user: str, at: int, cause: str) -> None:
        if "/" in user:
            self.sparkplug.lost(user, at, cause)
            return
        link = self.own.book.get(user)
        if link is not None:
            for item in self.own.turned(link, False, at, cause):
                self.own.batcher.add(item)

    # --- we are there -------------------------------------------------------------------------------------------------

    async def _announce(self) -> None:
        """Publish our state as a Sparkplug host, retained, with its end as last will; as long as we live."""
        topic = commands.state_topic(self.settings.host_id)
        while True:
            at = time.time_ns() // 1_000_000
            will = aiomqtt.Will(topic, commands.state(online=False, at=at), qos=1, retain=True)
            try:
                async with aiomqtt.Client(
                    self.settings.announce_at,
                    self.settings.port,
                    username=HOST_USER,
                    password=self.settings.password,
                    identifier=f"{HOST_USER}-{self.settings.host_id}",
                    will=will,
                    keepalive=30,
                ) as client:
                    try:  # also while this is under way: who heard that we are there must hear that we went
                        await client.publish(topic, commands.state(online=True, at=at), qos=1, retain=True)
                        async for _ in client.messages:
                            pass
                    except asyncio.CancelledError:
                        await client.publish(topic, commands.state(online=False, at=at), qos=1, retain=True)
                        raise
            except (aiomqtt.MqttError, OSError) as error:
                log.info("our state cannot be announced: %s", error)
            await asyncio.sleep(ANNOUNCE_AGAIN)


def new_issuer() -> int:
    """Print a new issuer's key: what the bus is configured with, and what the door is given."""
    key = AccountKey.new()
    print(f"MQTT_ISSUER={key.public}\n{SEED_SETTING}={key.seed}")
    return 0


def run(arguments: list[str]) -> int:
    """`yuzhou mqtt-door`: the door as a process. With `--new-issuer` it prints a key for an external bus, and ends."""
    if arguments == ["--new-issuer"]:
        return new_issuer()
    if not os.environ.get("NATS_URL"):
        print("NATS_URL is not set", file=sys.stderr)
        return 1
    return run_doors([MqttDoor(MqttSettings.from_environment("mqtt"))], name=NAME)
