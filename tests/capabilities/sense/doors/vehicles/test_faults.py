"""kill -9 of the process of both doors under load: what was acknowledged is in the store."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from yuzhou.capabilities.sense.doors.gb32960.frames import Splitter as VehicleSplitter
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Reply
from yuzhou.capabilities.sense.doors.jt808.frames import Splitter as TerminalSplitter
from yuzhou.capabilities.sense.doors.jt808.words import Message
from yuzhou.project.processes.ports import free_port

from ..gb32960.vehicles import VIN, later, login, report
from ..hj212.test_faults import Platform
from ..jt808.terminals import PHONE, authenticate, position, register
from .client import Line

FRAMES = 600
REGISTER = """
import django; django.setup()
from yuzhou.capabilities.sense import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
actor = Actor.system("tests")
with acting_as(actor):
    for protocol, identity in (("gb32960", "{vin}"), ("jt808", "{phone}")):
        api.register_device(actor=actor, protocol=protocol, identity=identity, secret="",
            title=Text("样例", "Sample"), profile="", place_path="50.a", frames_per_minute=60000)
"""


class VehiclePlatform(Platform):
    """A database and the doors of vehicles, to be killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.other_port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        ports = {"YUZHOU_GB32960_PORT": str(self.port), "YUZHOU_JT808_PORT": str(self.other_port)}
        quick = {"YUZHOU_GB32960_BATCH_MILLISECONDS": "10", "YUZHOU_JT808_BATCH_MILLISECONDS": "10"}
        return {**super().environment, **ports, **quick}

    def start_gateway(self) -> None:
        command = [sys.executable, "-m", "yuzhou", "vehicles"]
        with (self.folder / "vehicles.log").open("ab") as log:
            self.gateway = subprocess.Popen(command, cwd="/", env=self.environment, stdout=log, stderr=log)

    def prepare(self) -> None:
        super().prepare()
        program = REGISTER.format(vin=VIN, phone=PHONE)
        subprocess.run([sys.executable, "-c", program], env=self.environment, cwd="/", check=True)

    def moments(self, identity: str) -> set[int]:
        """Seconds of every speed of a vehicle."""
        query = """
            SELECT (extract(epoch FROM r.at))::bigint FROM sense_reading r JOIN sense_series s ON s.id = r.series_id
            JOIN sense_device d ON d.id = s.device_id WHERE s.property = 'speed' AND d.identity = %s
        """
        self.server.wait()
        with psycopg.connect(self.server.url()) as connection:
            return {int(at) for (at,) in connection.execute(query, (identity,))}


@pytest.fixture(scope="module")
def platform() -> Iterator[VehiclePlatform]:
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-faults-", dir="/var/lib" if os.geteuid() == 0 else None))
    folder.chmod(0o755)
    running = VehiclePlatform(folder)
    try:
        running.prepare()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Faithful:
    """Sends its frames one window after the other, over a new line whenever the old one breaks, until all are acknowledged."""

    def __init__(self, port: int, splitter: Callable[[], Any], frames: dict[int, bytes]) -> None:
        self.port, self.splitter = port, splitter
        self.waiting = dict(frames)
        self.acknowledged: set[int] = set()
        self.lines = 0

    async def greet(self, line: Line) -> bool:
        """Log in."""
        raise NotImplementedError

    def sent(self, answer: Any) -> int | None:
        """Which frame an answer acknowledges."""
        raise NotImplementedError

    async def run(self) -> None:
        while self.waiting:
            async with Line(self.port, self.splitter) as line:
                self.lines += 1
                if await self.greet(line):
                    await self._talk(line)
            await asyncio.sleep(0.05)

    async def _talk(self, line: Line) -> None:
        while self.waiting:
            window = list(self.waiting)[:20]
            line.send(*(self.waiting[key] for key in window))
            answers = await line.receive(len(window), seconds=5)
            for answer in answers:
                key = self.sent(answer)
                if key is not None:
                    self.acknowledged.add(key)
                    self.waiting.pop(key, None)
            if len(answers) < len(window):
                return
            await asyncio.sleep(0.25)


class FaithfulVehicle(Faithful):
    async def greet(self, line: Line) -> bool:
        line.send(login())
        answers = await line.receive(seconds=2)
        return bool(answers) and answers[0].reply == Reply.OK

    def sent(self, answer: Any) -> int | None:
        if answer.command != Command.REAL_TIME or answer.reply != Reply.OK:
            return None
        return int.from_bytes(answer.data[4:6], "big")  # minute and second name it


class FaithfulTerminal(Faithful):
    async def greet(self, line: Line) -> bool:
        line.send(register())
        answers = await line.receive(seconds=2)
        if not answers:
            return False
        line.send(authenticate(answers[0].body[3:].decode()))
        return bool(await line.receive(seconds=2))

    def sent(self, answer: Any) -> int | None:
        if answer.message != Message.PLATFORM_ANSWER or answer.body[2:] != Message.POSITION.to_bytes(2, "big") + b"\0":
            return None
        return int.from_bytes(answer.body[:2], "big")


@pytest.mark.kills
async def test_nothing_acknowledged_is_lost(platform: VehiclePlatform) -> None:
    start = later(-1800).replace(microsecond=0)
    moments = [later(-1800 + second).replace(microsecond=0) for second in range(FRAMES)]
    vehicle_frames, terminal_frames, at = {}, {}, {}
    for number, moment in enumerate(moments):
        wire = report(at=moment)
        vehicle_frames[int.from_bytes(wire[28:30], "big")] = wire
        at[int.from_bytes(wire[28:30], "big")] = int(moment.timestamp())
        terminal_frames[number] = position(serial=number, at=moment)
    assert start <= moments[0]
    vehicle = FaithfulVehicle(platform.port, VehicleSplitter, vehicle_frames)
    terminal = FaithfulTerminal(platform.other_port, TerminalSplitter, terminal_frames)

    async def kill() -> None:
        for _ in range(3):
            await asyncio.sleep(4)
            platform.gateway.send_signal(signal.SIGKILL)
            platform.gateway.wait()
            platform.start_gateway()

    killing = asyncio.create_task(kill())
    await asyncio.wait_for(asyncio.gather(vehicle.run(), terminal.run()), 120)
    await killing
    assert min(vehicle.lines, terminal.lines) > 1  # lines broke while they were used
    assert {at[key] for key in vehicle.acknowledged} <= await asyncio.to_thread(platform.moments, VIN)
    wanted = {int(moments[number].timestamp()) for number in terminal.acknowledged}
    assert wanted <= await asyncio.to_thread(platform.moments, PHONE)
    assert len(vehicle.acknowledged) == len(terminal.acknowledged) == FRAMES


OUTAGE, LEAST_SECONDS, STEADY = 8.0, 20.0, 0.05


@pytest.mark.kills
async def test_after_an_outage_both_doors_catch_up_within_twice_its_time(platform: VehiclePlatform) -> None:
    """Vehicles go on while the doors are away, a frame every twentieth of a second, and keep what is not acknowledged."""
    vehicle = FaithfulVehicle(platform.port, VehicleSplitter, {})
    terminal = FaithfulTerminal(platform.other_port, TerminalSplitter, {})
    made: list[float] = []

    async def drive() -> None:
        while True:
            moment = later(-3600 + len(made)).replace(microsecond=0)
            wire = report(at=moment)
            vehicle.waiting[int.from_bytes(wire[28:30], "big")] = wire
            terminal.waiting[len(made)] = position(serial=len(made), at=moment)
            made.append(time.monotonic())
            await asyncio.sleep(STEADY)

    async def talk(one: Faithful) -> None:
        while True:
            await one.run()
            await asyncio.sleep(STEADY)

    tasks = [asyncio.create_task(work) for work in (drive(), talk(vehicle), talk(terminal))]
    try:
        await asyncio.sleep(3)
        platform.gateway.send_signal(signal.SIGKILL)
        platform.gateway.wait()
        await asyncio.sleep(OUTAGE)
        assert min(len(vehicle.waiting), len(terminal.waiting)) > 50
        back = time.monotonic()
        platform.start_gateway()
        while max(len(vehicle.waiting), len(terminal.waiting)) > 2 / STEADY:
            assert time.monotonic() - back < max(2 * OUTAGE, LEAST_SECONDS)
            await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
