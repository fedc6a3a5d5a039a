"""Modbus devices at work: each gateway is one patrol that asks its units in turn, each at its own interval."""

import asyncio
import logging
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

from yuzhou.capabilities.sense.contracts import (
    Command,
    ConnectionState,
    Direction,
    Profile,
    QuarantinedFrame,
    RawFrame,
    Source,
)
from yuzhou.capabilities.sense.doors.connectors import metrics
from yuzhou.capabilities.sense.doors.connectors.backoff import Backoff, first_delay
from yuzhou.capabilities.sense.doors.connectors.door import ConnectorDoor
from yuzhou.capabilities.sense.doors.connectors.faults import Fault, Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.judging import NO_LINK
from yuzhou.capabilities.sense.doors.connectors.links import Layouts, MachineLink
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings, ModbusSettings, read_modbus
from yuzhou.capabilities.sense.doors.connectors.writing import CommandWriter, Write, writes_of
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings
from yuzhou.capabilities.sense.doors.modbus.line import Line
from yuzhou.capabilities.sense.doors.modbus.planning import Block
from yuzhou.capabilities.sense.doors.modbus.reading import Polled, RegisterReader
from yuzhou.capabilities.sense.doors.modbus.registers import Register, decode, encode, read_source
from yuzhou.kernel.errors import Invalid, YuzhouError

log = logging.getLogger(__name__)
PROTOCOL = "modbus"
GIVEN_UP_AFTER = 2  # polls in a row without an answer


class ModbusDoor(ConnectorDoor):
    """All Modbus devices; those with the same host and port share a patrol."""

    def __init__(self, settings: ConnectorSettings) -> None:
        super().__init__(PROTOCOL, settings)
        self._patrols: dict[tuple[str, int], Patrol] = {}

    def make(self, link: MachineLink, profile: Profile | None) -> "ModbusMachine":
        """A device, from its connection settings and its profile; raises Invalid."""
        settings = read_modbus(link.entry.connection)
        return ModbusMachine(self, link, settings, profile)

    def patrol(self, host: str, port: int) -> "Patrol":
        """The patrol of a gateway; begun with its first unit."""
        patrol = self._patrols.get((host, port))
        if patrol is None:
            patrol = self._patrols[host, port] = Patrol(self, host, port)
        return patrol

    def disband(self, patrol: "Patrol") -> None:
        """Its last unit is gone."""
        self._patrols.pop((patrol.line.host, patrol.line.port), None)


def registers_of(profile: Profile | None) -> list[Register]:
    """The register map of a profile; raises Invalid where it has none, or a wrong one."""
    found = [read_source(spec.name, spec.source) for spec in profile.properties if spec.source] if profile else []
    registers = [one for one in found if one is not None]
    if not registers:
        raise Invalid("modbus.no-registers")
    return registers


class ModbusMachine:
    """One unit."""

    def __init__(self, door: ModbusDoor, link: MachineLink, settings: ModbusSettings, profile: Profile | None) -> None:
        self.door, self.link, self.settings, self.profile = door, link, settings, profile
        registers = registers_of(profile)
        specs = {spec.name: spec for spec in profile.properties} if profile else {}
        self.reader = RegisterReader(registers, specs, gap=settings.gap)
        self.writable = {one.property: one for one in registers if one.write}
        self._registers = registers
        self.commands: deque[Command] = deque()
        self.due = time.monotonic() + first_delay(str(link.entry.device_id), settings.interval)
        self.backoff = Backoff(first=min(max(settings.interval, 1.0), 60.0), most=door.settings.longest_pause)
        self._layouts = Layouts()
        self._writer: CommandWriter[Register] = CommandWriter(door, self._write, self._read_back)
        self.patrol = door.patrol(settings.host, settings.port)

    def start(self) -> None:
        """Join the patrol."""
        self.door.note(self.link, ConnectionState.CONNECTING)
        self.patrol.join(self)

    async def stop(self) -> None:
        """Leave the patrol."""
        await self.patrol.leave(self)
        self.door.unlinked([self.link], self)

    def take(self, command: Command) -> None:
        """Carry it out before the next poll."""
        self.commands.append(command)
        self.patrol.wake()

    # --- reading -------------------------------------------------------------------------------------------------------

    async def poll(self, line: Line) -> None:
        """One round, and what follows from it."""
        await self.door.room()
        try:
            with metrics.POLL.labels(PROTOCOL).time():
                polled = await self.reader.poll(lambda block: line.read(self.settings.unit, block), time.monotonic())
        except Fault as fault:
            await self.failed(fault)
            raise
        self._answered(polled)

    def _answered(self, polled: Polled) -> None:
        now = time.monotonic()
        self.backoff.worked()
        # what was missed while we were late is not made up for: the next round is due one interval after this one was
        self.due = max(self.due + self.settings.interval, now)
        news = self.link.connection is not self or bool(polled.refused)
        self.door.linked(self.link, self)
        if news:
            self.door.note(self.link, ConnectionState.CONNECTED, details=self._details())
        if polled.names:
            self.door.add(self._item(polled))
        else:
            self.door.batcher.note_alive(self.link.entry.device_id)
        for register, code in polled.refused:
            self.door.add(self._refusal(register, code))

    def _details(self) -> dict[str, Any]:
        marked = {name: code for name, (code, _) in self.reader.marked.reasons.items()}
        return {"requests": self.reader.requests, "properties": len(self._registers) - len(marked), "refused": marked}

    def _item(self, polled: Polled) -> Item:
        shape = self._layouts.shape(tuple(polled.names))
        moment = datetime.now(UTC)
        at = int(moment.timestamp() * 1_000_000)
        keep = self.settings.keep_frames and bool(polled.answers)
        raw = RawFrame(self.link.entry.device_id, moment, _frame(polled), "poll") if keep else None
        readings = Readings(shape, polled.values, bytes(polled.flags), at)
        return Item(None, 16 * len(polled.values), self.link, readings, Source.REAL_TIME, raw)

    def _refusal(self, register: Register, code: str) -> Item:
        quarantined = QuarantinedFrame(
            protocol=PROTOCOL,
            code="modbus.refused-property",
            content=f"{register.table} {register.address}+{register.words}".encode(),
            received_at=datetime.now(UTC),
            peer=f"{self.settings.host}:{self.settings.port}"[:64],
            identity=self.link.entry.identity,
            device_id=self.link.entry.device_id,
            params={"property": register.property, "address": register.address, "exception": code.rpartition("-")[2]},
        )
        return Item(None, 64, self.link, quarantined=quarantined)

    async def failed(self, fault: YuzhouError) -> None:
        """No answer: the pause grows; the second time the device counts as gone, and its values as unknown from now on."""
        self.due = time.monotonic() + self.backoff.failed()
        metrics.POLLS_FAILED.labels(PROTOCOL).inc()
        if self.link.connection is not self:
            self.door.note(self.link, ConnectionState.FAILED, fault)
        elif self.backoff.failures >= GIVEN_UP_AFTER:
            self.door.note(self.link, ConnectionState.FAILED, fault)
            await self.door.room()
            polled = Polled()
            polled.without_values(self._registers, NO_LINK)
            await self.door.store(self._item(polled))
            self.door.unlinked([self.link], self)

    # --- writing -------------------------------------------------------------------------------------------------------

    async def carry_out(self, command: Command) -> None:
        """One command."""
        try:
            writes = writes_of(command, self.profile, self.writable, _target)
            for write in writes:
                encode(write.target, write.value)
        except YuzhouError as error:
            await self._writer.refuse(command, error)
            return
        await self._writer.carry_out(command, writes)

    async def _write(self, write: Write[Register]) -> None:
        words = encode(write.target, write.value)
        content = f"{write.target.table} {write.target.address}: {' '.join(f'{word:04x}' for word in words)}"
        raw = RawFrame(self.link.entry.device_id, datetime.now(UTC), content.encode(), "write", Direction.DOWN)
        self.door.add(Item(None, len(content), self.link, raw=raw))
        await self.patrol.line.write(self.settings.unit, write.target, words)

    async def _read_back(self, write: Write[Register]) -> float:
        target = write.target
        words = await self.patrol.line.read(self.settings.unit, Block(target.table, target.address, target.words, (target,)))
        return decode(target, words)


def _target(name: str, source: Any) -> Register:
    register = read_source(name, {**source, "write": True})
    if register is None:
        raise Refused("connectors.not-writable", property=name)
    return register


def _frame(polled: Polled) -> bytes:
    """The answers as text: table, address, words."""
    lines = (
        f"{block.table} {block.address}: {' '.join(f'{word:04x}' if not block.table.has_bits else str(word) for word in words)}"
        for block, words in polled.answers
    )
    return "\n".join(lines).encode()


class Patrol:
    """One gateway: its units in turn, over one connection. One that is dead slows down nobody else's."""

    def __init__(self, door: ModbusDoor, host: str, port: int) -> None:
        self._door = door
        self.line = Line(host, port, seconds=door.settings.answer_seconds, networks=door.networks)
        self._machines: list[ModbusMachine] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._backoff = Backoff(first=1.0, most=door.settings.longest_pause)
        self._closed_until = 0.0

    def join(self, machine: ModbusMachine) -> None:
        """One more unit."""
        self._machines.append(machine)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self.wake()

    async def leave(self, machine: ModbusMachine) -> None:
        """One unit less; the connection ends with the last."""
        if machine in self._machines:
            self._machines.remove(machine)
        if not self._machines and self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self.line.close()
            self._door.disband(self)

    def wake(self) -> None:
        """There is something to do before the next poll is due."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._step()
            except Exception:
                log.exception("modbus %s:%s", self.line.host, self.line.port)
                await asyncio.sleep(1)

    async def _step(self) -> None:
        """The next command or poll; waits until there is one."""
        asked = next((one for one in self._machines if one.commands), None)
        if asked is not None:
            await asked.carry_out(asked.commands.popleft())
            return
        if not self._machines:
            await self._wait(3600.0)
            return
        machine = min(self._machines, key=lambda one: one.due)
        pause = max(machine.due, self._closed_until) - time.monotonic()
        if pause > 0:
            await self._wait(pause)
            return
        if await self._open():
            try:
                await machine.poll(self.line)
            except Unreachable:
                return  # the machine has noted it

    async def _wait(self, seconds: float) -> None:
        self._wake.clear()
        if any(one.commands for one in self._machines):
            return
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _open(self) -> bool:
        """Connect; a gateway that is not there makes all its units unreachable at once."""
        if self.line.is_open:
            return True
        try:
            async with self._door.dials:
                await self.line.open()
        except Fault as fault:
            self._closed_until = time.monotonic() + self._backoff.failed()
            for machine in list(self._machines):
                await machine.failed(fault)
            return False
        self._backoff.worked()
        self._closed_until = 0.0
        return True
