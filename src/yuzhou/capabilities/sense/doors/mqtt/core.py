"""What both kinds of talk over MQTT have in common: links that go up and down, acknowledgements, rates, profiles."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    DirectoryEntry,
    Profile,
    QuarantinedFrame,
    RawFrame,
    SeriesKey,
    SeriesSpec,
    Statistic,
)
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.core import DoorCore
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings, Shape
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.mqtt.items import BusItem
from yuzhou.capabilities.sense.doors.mqtt.offline import ensure_offline_rules, tell_offline
from yuzhou.capabilities.sense.doors.mqtt.presence import Presence
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.capabilities.sense.doors.mqtt.stream import Intake, Message
from yuzhou.capabilities.sense.doors.mqtt.wire import Wire
from yuzhou.capabilities.sense.doors.payloads.meanings import Described
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusal, Refusals, Refused
from yuzhou.kernel.text import Text

log = logging.getLogger(__name__)
LINK = "link"
"""The property that says whether a device is connected: 1 or 0."""


class LinkShape(Shape):
    """The layout of that property alone."""

    __slots__ = ()

    def describe(self, key: SeriesKey) -> SeriesSpec:
        return SeriesSpec(*key, title=Text("通信链路", "Link"))


LINK_SHAPE = LinkShape(((LINK, Statistic.RTD),))
KEPT_BYTES = 65_536
UP, DOWN = 1.0, 0.0
PROFILES_EVERY = 10


class MqttLink(DeviceLink):
    """A device: whether it is up, as far as we know, and the units of what no profile of it describes.

    `units` are those that its series are kept in, None until they were asked for; `said` those in which properties first came.
    """

    __slots__ = ("is_up", "said", "units")

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        super().__init__(entry, now)
        self.is_up: bool | None = None
        self.said: dict[str, str] = {}

    def take_on(self, entry: DirectoryEntry) -> None:
        """A changed device may have other units."""
        super().take_on(entry)
        self.units: dict[str, str] | None = None

    def unit_of(self, name: str) -> str:
        """The unit in which a property first came."""
        return self.said.get(name, "")


class MqttCore(DoorCore[MqttLink]):
    """A door whose wire is the bus."""

    settings: MqttSettings
    intake: Intake

    def __init__(self, protocol: str, settings: MqttSettings, wire: Wire, presence: Presence) -> None:
        super().__init__(protocol, settings, MqttLink)
        self.wire = wire
        self.presence = presence
        self.shapes = Shapes()
        self.profiles: Mapping[str, Profile] = {}
        self.properties: dict[str, dict[str, Described]] = {}
        self._profiles_of = -1
        self.batcher.on_room = self._has_room

    # --- life ---------------------------------------------------------------------------------------------------------

    async def opened(self) -> None:
        """Know the profiles before the first message comes."""
        await self.guarded(self._load_profiles())

    async def closed(self) -> None:
        """Devices stay connected to the bus while we are away: they are not offline."""
        for link in self.book:
            link.connection = None

    def ticked(self, count: int, now: float) -> None:
        """Take on changed profiles, and rules for new ones."""
        if count % PROFILES_EVERY == 0 or self._profiles_of != self.book.version:
            self.wire.soon(self.guarded(self._load_profiles()))

    async def _load_profiles(self) -> None:
        version = self.book.version
        keys = {link.entry.profile for link in self.book if link.entry.profile}
        self.profiles = await self.run(lambda: api.find_profiles(keys=keys))
        self.properties = {key: {spec.name: spec for spec in profile.properties} for key, profile in self.profiles.items()}
        if version != self._profiles_of:
            self._profiles_of = version
            bare = [link.entry.device_id for link in self.book if not link.entry.profile]
            await self.run(ensure_offline_rules, self.protocol, keys, bare)

    def dismiss(self, link: MqttLink) -> None:
        """A device is no longer known: its connections end."""
        for one in self.presence.connections(link.entry.identity):
            self.wire.soon(self.wire.send_away(one.server, one.number))

    def _has_room(self) -> None:
        self.wire.ticked()

    def may_take(self) -> bool:
        """Whether there is room for more."""
        return not self.batcher.is_full

    # --- after the commit -----------------------------------------------------------------------------------------------

    def stored(self, items: list[Item]) -> None:
        """These items are durable: the bus may forget their messages."""
        done = [(item.reply, item.number) for item in items if isinstance(item, BusItem) and item.reply]
        for item in items:
            if isinstance(item, BusItem) and item.after is not None:
                item.after()
        if done:
            self.intake.acknowledge(done)

    # --- items ----------------------------------------------------------------------------------------------------------

    def hand_over(self, message: Message, items: Sequence[BusItem]) -> None:
        """Queue the items of a message; the last one acknowledges it."""
        if not items:
            items = [BusItem(self, 0)]
        items[-1].reply, items[-1].number = message.reply, message.number
        items[0].size += len(message.content)
        for item in items:
            self.batcher.add(item)

    def raw(self, link: MqttLink, message: Message, kind: str, marks: Sequence[str] = ()) -> RawFrame:
        """The message as it is kept for the desk."""
        return RawFrame(link.entry.device_id, datetime.now(UTC), message.content, kind, quirks=tuple(marks))

    def refused(self, message: Message, refusal: Refusal, identity: str, link: DeviceLink | None) -> BusItem:
        """The message as it stands in the quarantine."""
        params: dict[str, Any] = dict(refusal.params) | {"topic": message.topic}
        if refusal.row:
            params |= {"row": refusal.row, "field": refusal.field}
        frame = QuarantinedFrame(
            protocol=self.protocol,
            code=refusal.code,
            content=message.content[:KEPT_BYTES],
            received_at=datetime.now(UTC),
            identity=identity[:128],
            device_id=link.entry.device_id if link else None,
            params=params,
        )
        return BusItem(self, 0, quarantined=frame)

    def refused_parts(self, message: Message, refusals: Refusals, link: MqttLink) -> list[BusItem]:
        """What was left out of a message that was taken otherwise: one entry, with the first reason."""
        return [self.refused(message, refusals.kept[0], link.entry.identity, link)] if refusals else []

    def readings(self, link: MqttLink, message: Message, readings: Readings, source: int) -> BusItem:
        """Readings on their way; raises Refused where the device has too many series."""
        lacking = link.lacks(readings.shape)
        if lacking and len(link.series) + len(lacking) > self.most_series:
            raise Refused("payload.too-many-series", most=self.most_series)
        return BusItem(self, 0, link, readings, source)

    most_series = 512

    # --- presence -------------------------------------------------------------------------------------------------------

    def heard(self, link: MqttLink, at: int) -> list[BusItem]:
        """A device spoke: it is up."""
        return [] if link.is_up else self.turned(link, True, at, "heard")

    def turned(self, link: MqttLink, is_up: bool, at: int, cause: str) -> list[BusItem]:
        """A device came or went, at a moment in µs: a reading of its link, and its state after that is stored."""
        if link.is_up is is_up:
            return []
        link.is_up = is_up
        if is_up:
            self.linked(link, self.wire)
        item = BusItem(self, 0, link, Readings(LINK_SHAPE, [UP if is_up else DOWN], b"\0", at))
        if not is_up:
            item.after = partial(self._gone, link, at, cause)
        return [item]

    def _gone(self, link: MqttLink, at: int, cause: str) -> None:
        if link.is_up is False:
            self.unlinked([link], self.wire)
            self.background(tell_offline, link.entry.device_id, at, cause)

    # --- rates ----------------------------------------------------------------------------------------------------------

    def charge(self, link: MqttLink, message: Message) -> bool:
        """Count a message against the device's rate, by when the bus took it; True where it is far beyond and must go.

        Nothing that the bus acknowledged is dropped: a device that sends too much is sent away, and let in when it is quiet.
        """
        bucket = link.bucket
        moment = message.at / 1e6
        known = bucket.since if bucket.since > 1e9 else 0.0  # before the first message it counts by another clock
        if not known:
            bucket.level, bucket.since = bucket.burst, moment
        before = self.debt(link, max(moment, known))
        after = bucket.charge(1, max(moment, known))
        return before <= self.settings.flood_seconds < after

    @staticmethod
    def debt(link: DeviceLink, now: float) -> float:
        """Seconds until the device is within its rate again; `now` by the wall clock."""
        bucket = link.bucket
        if bucket.since < 1e9:
            return 0.0
        return max(0.0, -(bucket.level / bucket.rate) - max(0.0, now - bucket.since))

    def flooded(self, link: MqttLink, message: Message) -> list[BusItem]:
        """Send a device away that sends too much."""
        self.dismiss(link)
        refusal = Refusal("mqtt.too-many-frames", params={"per_minute": link.entry.frames_per_minute})
        return [self.refused(message, refusal, link.entry.identity, link)]
