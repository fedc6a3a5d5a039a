"""Commands down to devices: published once, while the device is connected, and followed to the device's own word."""

import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command, CommandType, Direction, RawFrame
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, DeviceLink
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.store import CommandQueue
from yuzhou.capabilities.sense.doors.mqtt.sparkplug import commands as spoken
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.node import EdgeNode, NotSparkplug, Value
from yuzhou.capabilities.sense.doors.mqtt.topics import down_topic, subject_of

log = logging.getLogger(__name__)
CLOSE = 1e-6
WRITE, REBIRTH = "write", "rebirth"
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A device's word about a command: `accepted`, `done` or `failed`."""

    state: str
    code: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Exchange:
    """One command under way. Sparkplug: the metric whose value confirms it."""

    command: Command
    link: DeviceLink
    over_at: datetime
    metric: str = ""
    value: float = math.nan
    after: int = 0  # only a value that the device took later than this (µs, its own clock) confirms it


class Desk:
    """Commands of one protocol under way. Lives on the event loop; the store is asked in the errand thread."""

    def __init__(
        self,
        protocol: str,
        run: Callable[..., Awaitable[Any]],
        background: Callable[..., None],
        publish: Publish,
        keep: Callable[[Item], None],
    ) -> None:
        self.protocol = protocol
        self.queue = CommandQueue(protocol)
        self.run = run
        self.background = background
        self._publish = publish
        self._keep = keep
        self.exchanges: dict[UUID, Exchange] = {}
        self.newest: dict[UUID, int] = {}

    async def restore(self, book: DeviceBook[Any]) -> None:
        """Know again what was sent before we started, so that a word that still comes is heard."""
        from yuzhou.capabilities.sense import api

        for command in await self.run(lambda: api.list_open_commands(protocol=self.protocol)):
            link = book.get(command.identity)
            if link is not None:
                kind = await self.run(_kind_of, command)
                self.exchanges[command.id] = self.exchange(command, link, kind)

    async def send_requested(self, links: Mapping[UUID, Any]) -> None:
        """Claim what is queued for connected devices, and send it."""
        for command in await self.run(self.queue.claim, list(links)):
            await self._begin(command, links[command.device_id])

    async def _begin(self, command: Command, link: DeviceLink) -> None:
        kind = await self.run(_kind_of, command)
        exchange = self.exchange(command, link, kind)
        try:
            topic, content = self.worded(exchange, kind)
        except NotSparkplug as error:
            await self.run(self.queue.finished, command, False, f"{self.protocol}.{error.code}", {})
            return
        if not await self.run(self.queue.sent, command, str(command.id)):
            return
        exchange.after = self.newest.get(link.entry.device_id, 0)
        self.exchanges[command.id] = exchange
        await self._publish(subject_of(topic), content)
        shown = content if not any(field.kind == "secret" for field in (kind.fields if kind else ())) else b"******"
        raw = RawFrame(link.entry.device_id, datetime.now(UTC), shown, command.name[:32], Direction.DOWN)
        self._keep(Item(None, len(content), link, raw=raw))

    def exchange(self, command: Command, link: DeviceLink, kind: CommandType | None) -> Exchange:
        """A command as it goes on its way."""
        return Exchange(command, link, command.expires_at)

    def worded(self, exchange: Exchange, kind: CommandType | None) -> tuple[str, bytes]:
        """Topic and content; raises NotSparkplug where it cannot be said."""
        raise NotImplementedError

    def finish(self, exchange: Exchange, done: bool, code: str, result: Mapping[str, Any]) -> None:
        """A command came to its end."""
        self.exchanges.pop(exchange.command.id, None)
        metrics.COMMANDS.labels(self.protocol, "done" if done else "failed").inc()
        self.background(self.queue.finished, exchange.command, done, code, dict(result))

    def look_after(self) -> None:
        """Forget what is over: sense itself lets it expire."""
        now = datetime.now(UTC)
        for exchange in [one for one in self.exchanges.values() if one.over_at < now]:
            del self.exchanges[exchange.command.id]


class OwnDesk(Desk):
    """Commands on `yuzhou/<identity>/down/<name>`, answered on `…/down/<id>/answer`."""

    def worded(self, exchange: Exchange, kind: CommandType | None) -> tuple[str, bytes]:
        """As JSON: what, under which id, until when."""
        command = exchange.command
        said = {
            "id": str(command.id),
            "name": command.name,
            "params": dict(command.params),
            "expires_at": command.expires_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        }
        return down_topic(exchange.link.entry.identity, command.name), json.dumps(said, default=str, ensure_ascii=False).encode()

    def answered(self, link: DeviceLink, name: str, answer: Answer) -> None:
        """A device's word; one about a command that is not under way is kept as a frame only."""
        try:
            exchange = self.exchanges.get(UUID(name))
        except ValueError:
            return
        if exchange is None or exchange.link.entry.device_id != link.entry.device_id:
            return
        if answer.state == "accepted":
            self.background(self.queue.accepted, exchange.command, answer.code)
        else:
            self.finish(exchange, answer.state == "done", answer.code, answer.result)


class SparkplugDesk(Desk):
    """Metrics written by NCMD and DCMD; done when the node reports the value, or is born again."""

    nodes: Mapping[str, EdgeNode] = {}

    def exchange(self, command: Command, link: DeviceLink, kind: CommandType | None) -> Exchange:
        """Which metric is to have which value."""
        made = Exchange(command, link, command.expires_at)
        if command.name == REBIRTH:
            return made
        source = dict(kind.source) if kind is not None else {}
        params = dict(command.params)
        made.metric = str(source.get("metric") or params.pop("metric", ""))
        value = source.get("value", next((one for one in params.values() if _is_number(one)), math.nan))
        made.value = float(value)
        return made

    def worded(self, exchange: Exchange, kind: CommandType | None) -> tuple[str, bytes]:
        """The payload of NCMD or DCMD."""
        identity, at = exchange.link.entry.identity, time.time_ns() // 1_000_000
        node_identity = "/".join(identity.split("/")[:2])
        if exchange.command.name == REBIRTH:
            return str(spoken.command_topic(node_identity)), spoken.rebirth(at=at)
        if math.isnan(exchange.value):
            raise NotSparkplug("bad-value", metric=exchange.metric)
        content = spoken.write(self.nodes.get(node_identity), identity, exchange.metric, exchange.value, at=at)
        return str(spoken.command_topic(identity)), content

    def saw(self, device_id: UUID, values: Iterable[Value]) -> None:
        """Values that a device reported: those that were asked for are done, if taken since and not kept from before."""
        live = [value for value in values if not value.is_historical]
        if not live:
            return
        for exchange in [one for one in self.exchanges.values() if one.link.entry.device_id == device_id]:
            if any(_confirms(exchange, value) for value in live):
                self.finish(exchange, True, "", {exchange.metric: exchange.value})
        self.newest[device_id] = max(self.newest.get(device_id, 0), max(value.at for value in live))

    def born(self, node_identity: str) -> None:
        """A node was born: that was asked of it."""
        for exchange in [one for one in self.exchanges.values() if one.command.name == REBIRTH]:
            if exchange.link.entry.identity.split("/")[:2] == node_identity.split("/"):
                self.finish(exchange, True, "", {})


def _confirms(exchange: Exchange, value: Value) -> bool:
    is_since = value.name == exchange.metric and value.at > exchange.after
    return is_since and math.isclose(value.number, exchange.value, rel_tol=CLOSE, abs_tol=CLOSE)


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _kind_of(command: Command) -> CommandType | None:
    from yuzhou.capabilities.sense import api

    kinds = api.command_types(protocol=command.protocol, profile=command.profile)
    return next((kind for kind in kinds if kind.name == command.name), None)
