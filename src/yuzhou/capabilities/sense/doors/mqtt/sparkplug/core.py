"""The talk in Sparkplug B: births and deaths become states, metrics become readings, lost messages ask for a birth."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from yuzhou.capabilities.sense.contracts import DataFlag, Mark, Source
from yuzhou.capabilities.sense.doors.intake.items import Readings
from yuzhou.capabilities.sense.doors.mqtt import metrics
from yuzhou.capabilities.sense.doors.mqtt.commands import SparkplugDesk
from yuzhou.capabilities.sense.doors.mqtt.core import MqttCore, MqttLink
from yuzhou.capabilities.sense.doors.mqtt.items import BusItem
from yuzhou.capabilities.sense.doors.mqtt.presence import Presence
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.sparkplug import commands
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.node import EdgeNode, NotSparkplug, Told, Value
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import parse
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.proposing import Proposals, property_of
from yuzhou.capabilities.sense.doors.mqtt.stream import Intake, Message
from yuzhou.capabilities.sense.doors.mqtt.topics import (
    FROM_DEVICE,
    FROM_NODE,
    SPARKPLUG,
    SparkplugTopic,
    Word,
    read_topic,
    subject_of,
)
from yuzhou.capabilities.sense.doors.mqtt.wire import Wire
from yuzhou.capabilities.sense.doors.payloads.meanings import BEYOND, NO_NUMBER, is_beyond
from yuzhou.capabilities.sense.doors.payloads.readings import check_time
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused

log = logging.getLogger(__name__)
PROTOCOL = "sparkplug"
ROOT = subject_of(SPARKPLUG)
SUBJECTS = (*(f"{ROOT}.*.{word}.*" for word in FROM_NODE), *(f"{ROOT}.*.{word}.*.*" for word in FROM_DEVICE))
LIVE = 300_000_000
BIRTHS = (Word.NBIRTH, Word.DBIRTH)


class SparkplugCore(MqttCore):
    """Edge nodes (`group/node`, which connect) and their devices (`group/node/device`, which they speak for)."""

    def __init__(self, settings: MqttSettings, wire: Wire, presence: Presence) -> None:
        super().__init__(PROTOCOL, settings, wire, presence)
        self.intake = Intake("mqtt-door-sparkplug", SUBJECTS, self.take, self.may_take, settings.window)
        self.nodes: dict[str, EdgeNode] = {}
        self.desk = SparkplugDesk(PROTOCOL, self.run, self.background, wire.publish, self.batcher.add)
        self.desk.nodes = self.nodes
        self.metric_names: dict[str, dict[str, str]] = {}
        self.proposals = Proposals(PROTOCOL, self.background)

    async def opened(self) -> None:
        """Know the commands that are under way."""
        await super().opened()
        await self.guarded(self.desk.restore(self.book))

    async def send_requested(self, links: Mapping[Any, MqttLink]) -> None:
        """Claim what is queued for connected devices, and send it."""
        await self.desk.send_requested(links)

    async def _load_profiles(self) -> None:
        await super()._load_profiles()
        self.metric_names = {
            key: {str(spec.source["metric"]): spec.name for spec in profile.properties if "metric" in spec.source}
            for key, profile in self.profiles.items()
        }

    def ticked(self, count: int, now: float) -> None:
        """Ask nodes to be born again of which something was lost."""
        super().ticked(count, now)
        self.desk.look_after()
        for identity in self.proposals.let_in(lambda identity: self.book.get(identity) is not None):
            node = self.nodes.get("/".join(identity.split("/")[:2]))
            if node is not None:
                node.wants_birth = "let-in"
        for node in self.nodes.values():
            self._ask_for_birth(node, now)

    def restore(self, births: Iterable[tuple[str, bytes]]) -> None:
        """Take on the births that were told before we started, nodes before devices."""
        for topic_text, content in sorted(births, key=lambda birth: birth[0].count("/")):
            topic = read_topic(topic_text)
            if isinstance(topic, SparkplugTopic) and topic.word in BIRTHS and self.book.get(topic.node_identity):
                try:
                    self._node(topic).restore(topic, parse(content))
                except (ValueError, NotSparkplug) as error:
                    log.warning("a kept birth of %s cannot be read: %s", topic.identity, error)

    # --- messages -------------------------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """A message of an edge node."""
        topic = read_topic(message.topic)
        identity = topic.identity if isinstance(topic, SparkplugTopic) else ""
        link = self.book.get(identity)
        try:
            if not isinstance(topic, SparkplugTopic):
                raise Refused("mqtt.unknown-topic")
            speaker = self.book.get(topic.node_identity)
            if speaker is None:
                raise Refused("sparkplug.unknown-node")
            if len(message.content) > self.settings.max_payload:
                raise Refused("payload.too-large", most=self.settings.max_payload)
            items = self.flooded(speaker, message) if self.charge(speaker, message) else []
            items += self._read(topic, link, message)
        except Refused as error:
            items = [self.refused(message, error.refusal, identity, link)]
        self.hand_over(message, items)

    def _read(self, topic: SparkplugTopic, link: MqttLink | None, message: Message) -> list[BusItem]:
        node = self._node(topic)
        now = time.monotonic()
        try:
            payload = parse(message.content)
            told = node.take(topic, payload, received_at=message.at, now=now)
        except UnicodeDecodeError:
            raise Refused("payload.not-utf8") from None
        except NotSparkplug as error:
            self._ask_for_birth(node, now)
            raise Refused(f"{PROTOCOL}.{error.code}", 0, "", **error.params) from None
        except ValueError:
            raise Refused(f"{PROTOCOL}.not-sparkplug") from None
        self._ask_for_birth(node, now)
        if topic.word in BIRTHS:
            self.wire.soon(self.wire.keep_birth(message.topic, message.content))
            if topic.word is Word.NBIRTH:
                self.desk.born(node.identity)
        items = self._came_and_went(told, message)
        if link is None:
            if topic.word is Word.DBIRTH:
                self._propose(topic, payload)
            return [*items, self.refused(message, Refused(f"{PROTOCOL}.unknown-device").refusal, topic.identity, None)]
        self.desk.saw(link.entry.device_id, told.values)
        return items + self._values(topic, link, message, told)

    def _propose(self, topic: SparkplugTopic, payload: Any) -> None:
        speaker = self.book.get(topic.node_identity)
        if speaker is not None:
            self.proposals.born(topic.identity, speaker.entry.device_id, payload)

    def _node(self, topic: SparkplugTopic) -> EdgeNode:
        return self.nodes.setdefault(topic.node_identity, EdgeNode(topic.node_identity))

    def _came_and_went(self, told: Told, message: Message) -> list[BusItem]:
        items: list[BusItem] = []
        for identity, is_up in [(one, False) for one in told.offline] + [(one, True) for one in told.online]:
            link = self.book.get(identity)
            if link is not None:
                items += self.turned(link, is_up, message.at, "birth" if is_up else "death")
        return items

    def _values(self, topic: SparkplugTopic, link: MqttLink, message: Message, told: Told) -> list[BusItem]:
        refusals = Refusals()
        live = [value for value in told.values if not value.is_historical]
        kept = [value for value in told.values if value.is_historical]
        items: list[BusItem] = []
        for values, source in ((live, Source.REAL_TIME), (kept, Source.REISSUED)):
            items += self._block(values, source, link, message, told.marks, refusals)
        carrier = items[0] if items else BusItem(self, 0, link)
        if refusals:
            told.marks.add("refused-in-part")
        carrier.raw = self.raw(link, message, topic.word, sorted(told.marks))
        return (items or [carrier]) + self.refused_parts(message, refusals, link)

    def _block(
        self, values: list[Value], source: Source, link: MqttLink, message: Message, marks: set[str], refusals: Refusals
    ) -> list[BusItem]:
        """Values of one standing as readings."""
        names: list[str] = []
        numbers: list[float] = []
        ats: list[int] = []
        flags = bytearray()
        own = self.metric_names.get(link.entry.profile, {})
        properties = self.properties.get(link.entry.profile, {})
        for value in values:
            name = own.get(value.name) or property_of(value.name)
            if not name:
                marks.add("property-name")
                continue
            try:
                check_time(value.at, message.at)
            except Refused as error:
                refusals.note(error.refusal)
                continue
            names.append(name)
            numbers.append(value.number)
            ats.append(value.at)
            flags.append(_flag(value, is_beyond(value.number, properties.get(name))))
        if not names:
            return []
        if source is Source.REAL_TIME and message.at - max(ats) > LIVE:
            source = Source.REISSUED
        readings = Readings(self.shapes.of(tuple(names)), numbers, bytes(flags), ats[0], ats if len(set(ats)) > 1 else None)
        try:
            return [self.readings(link, message, readings, source)]
        except Refused as error:
            refusals.note(error.refusal, len(names))
            return []

    # --- births ---------------------------------------------------------------------------------------------------------

    def _ask_for_birth(self, node: EdgeNode, now: float) -> None:
        why = node.rebirth_due(now)
        if not why:
            return
        metrics.REBIRTHS.labels(why).inc()
        topic = commands.command_topic(node.identity)
        content = commands.rebirth(at=time.time_ns() // 1_000_000)
        self.wire.soon(self.wire.publish(subject_of(str(topic)), content))

    def lost(self, identity: str, at: int, cause: str) -> None:
        """An edge node's connection ended without a word: it is gone, and its devices with it."""
        told = Told(offline=[identity])
        if identity in self.nodes:
            self.nodes[identity].lose(told)
        for one in told.offline:
            link = self.book.get(one)
            if link is not None:
                for item in self.turned(link, False, at, cause):
                    self.batcher.add(item)


def _flag(value: Value, is_impossible: bool) -> int:
    if value.number != value.number or value.number in (float("inf"), float("-inf")):
        return NO_NUMBER if value.flag == DataFlag.NORMAL else value.flag | int(Mark.SUSPECT)
    if is_impossible:
        return BEYOND if value.flag == DataFlag.NORMAL else value.flag | int(Mark.SUSPECT)
    return value.flag
