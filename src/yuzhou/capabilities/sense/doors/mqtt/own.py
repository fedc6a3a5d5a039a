"""The talk on own topics: reports in JSON and CBOR, the device's state, its answers to commands."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import cbor2

from yuzhou.capabilities.sense.contracts import Source
from yuzhou.capabilities.sense.doors.mqtt.commands import Answer, OwnDesk
from yuzhou.capabilities.sense.doors.mqtt.core import MqttCore, MqttLink
from yuzhou.capabilities.sense.doors.mqtt.items import BusItem
from yuzhou.capabilities.sense.doors.mqtt.presence import Presence
from yuzhou.capabilities.sense.doors.mqtt.provisioning import ProvisionDesk
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.stream import Intake, Message
from yuzhou.capabilities.sense.doors.mqtt.topics import ROOT, Kind, OwnTopic, read_topic
from yuzhou.capabilities.sense.doors.mqtt.units import UnitDesk, UnitsUnknown, note_units, units_for
from yuzhou.capabilities.sense.doors.mqtt.wire import Wire
from yuzhou.capabilities.sense.doors.payloads.cbor import read_cbor
from yuzhou.capabilities.sense.doors.payloads.from_json import read_json
from yuzhou.capabilities.sense.doors.payloads.readings import readings_of
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import Report

PROTOCOL = "mqtt"
LIVE = 300_000_000
"""Reports that come later than this after their moment were kept by the device and reissued (补传); µs."""
SUBJECTS = (f"{ROOT}.*.up.*", f"{ROOT}.*.state", f"{ROOT}.*.down.*.answer", f"{ROOT}.*.provision.*")
KEYS_EVERY = 2
STATES = {"online": True, "offline": False}


class OwnCore(MqttCore):
    """Devices that speak on `yuzhou/<identity>/…`."""

    def __init__(self, settings: MqttSettings, wire: Wire, presence: Presence) -> None:
        super().__init__(PROTOCOL, settings, wire, presence)
        self.intake = Intake("mqtt-door", SUBJECTS, self.take, self.may_take, settings.window)
        self.desk = OwnDesk(PROTOCOL, self.run, self.background, self._publish, self.batcher.add)
        self.units = UnitDesk(self.run)
        self.provisioning = ProvisionDesk(self.run, self._publish)

    async def opened(self) -> None:
        """Know the commands that are under way."""
        await super().opened()
        await self.guarded(self.desk.restore(self.book))
        await self.guarded(self.provisioning.renew())

    async def send_requested(self, links: Mapping[Any, MqttLink]) -> None:
        """Claim what is queued for connected devices, and send it."""
        await self.desk.send_requested(links)

    def ticked(self, count: int, now: float) -> None:
        """Look after commands as well."""
        super().ticked(count, now)
        self.desk.look_after()
        if count % KEYS_EVERY == 0:
            self.wire.soon(self.guarded(self.provisioning.renew()))

    async def _publish(self, subject: str, content: bytes) -> None:
        await self.wire.publish(subject, content)

    # --- messages -------------------------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """A message of a device."""
        topic = read_topic(message.topic)
        identity = topic.identity if isinstance(topic, OwnTopic) else ""
        link = self.book.get(identity)
        try:
            if not isinstance(topic, OwnTopic):
                raise Refused("mqtt.unknown-topic")
            if topic.kind is Kind.PROVISION:
                self._asked(topic, message)
                return
            if link is None:
                raise Refused("mqtt.unknown-device")
            if len(message.content) > self.settings.max_payload:
                raise Refused("payload.too-large", most=self.settings.max_payload)
        except Refused as error:
            self.hand_over(message, [self.refused(message, error.refusal, identity, link)])
            return
        before = self.flooded(link, message) if self.charge(link, message) else []
        self._take_of(topic, link, message, before)

    def _asked(self, topic: OwnTopic, message: Message) -> None:
        """A device asks to be let in. Its key is not kept, also where the question is refused."""
        try:
            self.wire.soon(self.provisioning.take(topic, message))
            items: list[BusItem] = []
        except Refused as error:
            self.wire.soon(self.provisioning.refuse(topic))
            without_key = Message(message.topic, b"", message.at, message.reply, message.number)
            items = [self.refused(without_key, error.refusal, topic.identity, None)]
        self.hand_over(message, items)

    def _take_of(self, topic: OwnTopic, link: MqttLink, message: Message, before: list[BusItem]) -> None:
        """A message of a known device; once more where the units of its series had to be asked for first."""
        try:
            items = before + self._read(topic, link, message)
        except UnitsUnknown:
            asking = self.units.wait(link, partial(self._take_of, topic, link, message, before))
            if asking is not None:
                self.wire.soon(asking)
            return
        except Refused as error:
            items = [*before, self.refused(message, error.refusal, link.entry.identity, link)]
        self.hand_over(message, items)

    def _read(self, topic: OwnTopic, link: MqttLink, message: Message) -> list[BusItem]:
        match topic.kind:
            case Kind.STATE:
                return self._state(link, message)
            case Kind.ANSWER:
                return self._answer(topic, link, message)
        refusals = Refusals()
        read = read_json if topic.kind is Kind.JSON else read_cbor
        items: list[BusItem] = []
        marks: set[str] = set()
        for report in read(message.content, refusals):
            items += self._report(report, link, message, refusals, marks)
        if refusals:
            marks.add("refused-in-part" if items else "refused")
        if items or not refusals:
            carrier = items[0] if items else BusItem(self, 0, link)
            carrier.raw = self.raw(link, message, topic.kind.rpartition("/")[2], sorted(marks))
            items = items or [carrier]
        return self.heard(link, message.at) + items + self.refused_parts(message, refusals, link)

    def _report(self, report: Report, link: MqttLink, message: Message, refusals: Refusals, marks: set[str]) -> list[BusItem]:
        try:
            if report.device is not None and report.device != link.entry.identity:
                raise Refused("payload.device-other", report.row, "device", device=report.device[:128])
            properties = self.properties.get(link.entry.profile, {})
            units = units_for(report, link, properties) if report.units else None
            readings = readings_of(
                report, self.shapes, received=message.at, properties=properties, units=units, refusals=refusals
            )
            if readings is None:
                marks.add("not-numeric")  # the sender's word for it, where a profile knows the property, is among the refusals
                return []
            if report.units:
                note_units(report, link, properties, (name for name, _ in readings.shape.keys))
            marks.update(readings.marks)
            source = Source.REISSUED if message.at - readings.at > LIVE else Source.REAL_TIME
            return [self.readings(link, message, readings, source)]
        except Refused as error:
            refusals.note(error.refusal, max(1, len(report.values)))
            return []

    def _state(self, link: MqttLink, message: Message) -> list[BusItem]:
        """The device's own word, or its last will, on whether it is there. An empty one only clears what the bus retained."""
        if not message.content.strip():
            return []
        is_up = _state_of(message.content)
        raw = BusItem(self, 0, link, raw=self.raw(link, message, "state"))
        if not is_up and self.presence.was_taken_over(link.entry.identity, message.at):
            return [raw]
        return [raw, *self.turned(link, is_up, message.at, "online" if is_up else "last-will")]

    def _answer(self, topic: OwnTopic, link: MqttLink, message: Message) -> list[BusItem]:
        answer = _answer_of(message.content)
        self.desk.answered(link, topic.command, answer)
        return [*self.heard(link, message.at), BusItem(self, 0, link, raw=self.raw(link, message, "answer"))]


def _state_of(content: bytes) -> bool:
    """`online`, `offline`, or `{"state": …}`; raises Refused."""
    text = content.strip().decode("utf-8", "replace")
    if text.startswith("{"):
        try:
            text = str(json.loads(text).get("state"))
        except (ValueError, RecursionError):
            raise Refused("mqtt.state") from None
    if text not in STATES:
        raise Refused("mqtt.state")
    return STATES[text]


def _answer_of(content: bytes) -> Answer:
    """`{"state": "accepted"|"done"|"failed", "code": …, "result": {…}}`, in JSON or CBOR; raises Refused."""
    try:
        said = json.loads(content) if content.lstrip()[:1] == b"{" else cbor2.loads(content, max_depth=12)
        state, code, result = said["state"], str(said.get("code") or ""), said.get("result") or {}
        if state in ("accepted", "done", "failed") and isinstance(result, dict):
            return Answer(state, code[:64], {str(key)[:64]: _plain(value) for key, value in list(result.items())[:64]})
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, cbor2.CBORError):
        pass
    raise Refused("mqtt.answer")


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) and value == value else str(value)[:200]
