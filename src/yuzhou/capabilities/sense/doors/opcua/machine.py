"""An OPC UA server at work: a session with a subscription, whose messages are acknowledged after the commit."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, ConnectionState, Direction, Profile, QuarantinedFrame, RawFrame, Source
from yuzhou.capabilities.sense.doors.connectors import metrics
from yuzhou.capabilities.sense.doors.connectors.backoff import Backoff
from yuzhou.capabilities.sense.doors.connectors.door import CONNECTORS, ConnectorDoor
from yuzhou.capabilities.sense.doors.connectors.faults import Fault, Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.judging import NO_LINK
from yuzhou.capabilities.sense.doors.connectors.links import Layouts, MachineLink
from yuzhou.capabilities.sense.doors.connectors.settings import Node, OpcUaSettings
from yuzhou.capabilities.sense.doors.connectors.writing import CommandWriter, Write, writes_of
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings
from yuzhou.capabilities.sense.doors.opcua.certificate import application
from yuzhou.capabilities.sense.doors.opcua.nodes import target_of
from yuzhou.capabilities.sense.doors.opcua.notifications import Columns, NodeReader, micros
from yuzhou.capabilities.sense.doors.opcua.session import Session
from yuzhou.capabilities.sense.doors.opcua.subscribing import KEEP_ALIVE
from yuzhou.capabilities.sense.doors.opcua.values import held_in, number_of
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
PROTOCOL = "opcua"
LONGEST_GAP = timedelta(days=7)
REFUSED_AGAIN_AFTER = 600.0  # seconds until nodes that the server refused are asked for again
HISTORY_READ = 4
LAST_WORD = 8.0  # seconds that a command under way has when its connection is lost


class OpcUaMachine:
    """One server."""

    def __init__(
        self, door: ConnectorDoor, link: MachineLink, settings: OpcUaSettings, profile: Profile | None, nodes: Sequence[Node]
    ) -> None:
        self.door, self.link, self.settings, self.profile = door, link, settings, profile
        specs = {spec.name: spec for spec in profile.properties} if profile else {}
        self.nodes = [NodeReader(node, specs.get(node.property)) for node in nodes]
        self.writable = {node.property: node for node in nodes if node.write}
        self._session = Session(settings, application, seconds=max(2.0, door.settings.answer_seconds), networks=door.networks)
        self._layouts = Layouts()
        self._backoff = Backoff(first=1.0, most=door.settings.longest_pause)
        self._writer: CommandWriter[Node] = CommandWriter(door, self._write, self._read_back)
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._heard = 0.0  # monotonic: the server's last sign of life
        self._storing = 0  # messages of the server that wait for the store; it says nothing more meanwhile
        self._refused: dict[int, str] = {}
        self._text: set[str] = set()
        self._drift = 0.0
        self._since: dict[str, datetime] | None = None  # newest stored reading of each property, asked once

    def start(self) -> None:
        """Begin."""
        self.door.note(self.link, ConnectionState.CONNECTING)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what was not acknowledged stays with the server."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._session.close()
        self.door.unlinked([self.link], self)

    def take(self, command: Command) -> None:
        """Carry it out in turn."""
        self._commands.put_nowait(command)

    # --- life ----------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            fault: YuzhouError
            try:
                await self._serve()
                fault = Unreachable("opcua.lost", endpoint=self.settings.endpoint)
            except Fault as error:
                fault = error
            except Exception as error:
                log.exception("opcua %s", self.settings.endpoint)
                fault = Unreachable("opcua.garbage", error=type(error).__name__)
            await self._lost(fault)
            await asyncio.sleep(self._backoff.failed())

    async def _serve(self) -> None:
        """One session, until it is lost."""
        async with self.door.dials:
            await self._session.open()
        await self._measure_drift()
        self._heard = time.monotonic()
        if self._since is None:
            self._since = await self.door.run(_newest, self.link.entry.device_id)
        for one in self.nodes:
            one.gap_from = one.gap_from or one.known_until or self._since.get(one.node.property)
        self._refused = await self._session.subscribe([one.node.node for one in self.nodes], self._said)
        self._backoff.worked()
        self.door.linked(self.link, self)
        self._tell()
        for place, word in self._refused.items():
            self.door.add(self._refusal(self.nodes[place], word))
        tasks = [asyncio.create_task(work) for work in (self._watch(), self._fill_gap(), self._carry_out())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            if self._writing is not None:  # a command that was sent gets its end
                await asyncio.wait({self._writing}, timeout=LAST_WORD)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        """Return by raising Unreachable when the server is gone, or says nothing for three times the time it should."""
        silence = max(3 * KEEP_ALIVE, 3 * self.settings.publishing)
        again = time.monotonic() + REFUSED_AGAIN_AFTER
        while not self._session.lost.is_set():
            try:
                await asyncio.wait_for(self._session.lost.wait(), 1.0)
            except TimeoutError:
                now = time.monotonic()
                if now - self._heard > silence and not self._storing:
                    raise Unreachable("opcua.no-answer", endpoint=self.settings.endpoint) from None
                if self._refused and now > again:
                    raise Unreachable("opcua.refused-nodes", endpoint=self.settings.endpoint) from None
        raise Unreachable("opcua.lost", endpoint=self.settings.endpoint)

    async def _lost(self, fault: YuzhouError) -> None:
        """The connection is gone: values are unknown from now on."""
        await self._session.close()
        metrics.POLLS_FAILED.labels(PROTOCOL).inc()
        self.door.note(self.link, ConnectionState.FAILED, fault)
        while not self._commands.empty():
            await self._writer.refuse(self._commands.get_nowait(), fault)
        if self.link.connection is self:
            marked = Columns()
            for one in self.nodes:
                one.mark_gap(marked, NO_LINK)
            if marked.names:
                await self.door.store(self._item(marked, Source.REAL_TIME))
            self.door.unlinked([self.link], self)

    async def _measure_drift(self) -> None:
        theirs = await self._session.server_time()
        self._drift = (theirs.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds() if theirs else 0.0

    def _tell(self) -> None:
        details: dict[str, Any] = {"nodes": len(self.nodes) - len(self._refused), "clock_ahead": round(self._drift, 1)}
        if self._refused:
            details["refused"] = {self.nodes[place].node.property: f"opcua.{word}" for place, word in self._refused.items()}
        if self._text:
            details["text"] = sorted(self._text)[:50]
        self.door.note(self.link, ConnectionState.CONNECTED, details=details)

    # --- values --------------------------------------------------------------------------------------------------------

    async def _said(self, changes: Sequence[tuple[int, ua.DataValue]]) -> None:
        """The server's message; it is acknowledged to the server when this returns."""
        self._heard = time.monotonic()
        if not changes:
            self.door.batcher.note_alive(self.link.entry.device_id)
            return
        columns, text = self._columns(changes)
        self._storing += 1
        try:
            await self.door.room()
            if columns.names or text:
                await self.door.store(self._item(columns, Source.REAL_TIME, text))
        finally:
            self._storing -= 1
            self._heard = time.monotonic()

    def _columns(self, changes: Sequence[tuple[int, ua.DataValue]]) -> tuple[Columns, list[str]]:
        columns, text = Columns(), []
        received = micros(datetime.now(UTC))
        own_clock = self.settings.clock == "received"
        for place, value in changes:
            reader = self.nodes[place]
            if not reader.read(value, columns, received, own_clock=own_clock):
                text.append(f"{reader.node.property}: {str(value.Value.Value)[:200] if value.Value else ''}")
                if reader.node.property not in self._text:
                    self._text.add(reader.node.property)
                    self._tell()
        return columns, text

    def _item(self, columns: Columns, source: Source, text: Sequence[str] = ()) -> Item:
        """Readings, and the values that are none as a frame for the desk."""
        raw = None
        if text:
            content = "\n".join(text).encode()
            raw = RawFrame(self.link.entry.device_id, datetime.now(UTC), content, "text", quirks=("not-numeric",))
        readings = None
        if columns.names:
            shape = self._layouts.shape(tuple(columns.names))
            readings = Readings(shape, columns.values, bytes(columns.flags), columns.ats[0], columns.ats)
        return Item(None, 24 * len(columns.values) + sum(map(len, text)), self.link, readings, source, raw)

    def _refusal(self, one: NodeReader, word: str) -> Item:
        quarantined = QuarantinedFrame(
            protocol=PROTOCOL,
            code="opcua.refused-node",
            content=one.node.node.encode(),
            received_at=datetime.now(UTC),
            peer=f"{self.settings.host}:{self.settings.port}"[:64],
            identity=self.link.entry.identity,
            device_id=self.link.entry.device_id,
            params={"property": one.node.property, "status": word},
        )
        return Item(None, 64, self.link, quarantined=quarantined)

    # --- gaps ----------------------------------------------------------------------------------------------------------

    async def _fill_gap(self) -> None:
        """Ask the server for what it recorded while we were away: from the last value that we knew of each node.

        A node whose values were not all fetched, as the line was lost again, is asked from the same moment the next time.
        """
        if not self.settings.history:
            return
        until = datetime.now(UTC)
        levels = await self._session.access_levels([one.node.node for one in self.nodes])
        filled = 0
        for one, level in zip(self.nodes, levels, strict=True):
            if level & HISTORY_READ and one.gap_from is not None:
                filled += await self._fill(one, max(one.gap_from, until - LONGEST_GAP), until)
            one.gap_from = None
        if any(one.gap for one in self.nodes):
            metrics.GAPS.labels(PROTOCOL, "filled" if filled else "left").inc()
        for one in self.nodes:
            one.gap = False

    async def _fill(self, one: NodeReader, begin: datetime, until: datetime) -> int:
        """The recorded values of one node as reissued readings."""
        try:
            values = await self._session.history(one.node.node, begin + timedelta(milliseconds=1), until)
        except Refused as fault:
            log.info("no history of %s: %s", one.node.node, fault.code)
            return 0
        columns = Columns()
        for value in values:
            one.read(value, columns, micros(until), live=False)
        for start in range(0, len(columns.names), 5000):
            await self.door.room()
            await self.door.store(self._item(columns.part(start, start + 5000), Source.REISSUED))
        return len(columns.names)

    # --- writing -------------------------------------------------------------------------------------------------------

    async def _carry_out(self) -> None:
        while True:
            command = await self._commands.get()
            try:
                writes = writes_of(command, self.profile, self.writable, target_of)
            except YuzhouError as error:
                await self._writer.refuse(command, error)
                continue
            self._writing = asyncio.create_task(self._writer.carry_out(command, writes))
            await asyncio.shield(self._writing)
            self._writing = None

    async def _write(self, write: Write[Node]) -> None:
        content = f"{write.target.node}: {write.value}".encode()
        raw = RawFrame(self.link.entry.device_id, datetime.now(UTC), content, "write", Direction.DOWN)
        self.door.add(Item(None, len(content), self.link, raw=raw))
        await self._session.write(write.target.node, write.value, write.target.index)

    async def _read_back(self, write: Write[Node]) -> float:
        value = await self._session.read(write.target.node)
        number = number_of(held_in(value, write.target.index))
        if number is None:
            raise Refused("connectors.unconfirmed")
        return number


def _newest(device_id: Any) -> dict[str, datetime]:
    """The moment of the newest reading of each property."""
    with acting_as(CONNECTORS):
        return {one.property: one.at for one in api.latest_values(actor=CONNECTORS, device_ids=[device_id])}
