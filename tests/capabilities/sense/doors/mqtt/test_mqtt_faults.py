"""kill -9 of door, bus and database under load: what was acknowledged is in the store, and it catches up in time."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt
import psycopg
import pytest

from tests.capabilities.sense.doors.hj212.test_faults import REGISTER, SOURCE
from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.ports import free_port
from yuzhou.project.processes.postgres import EmbeddedPostgres, as_unprivileged

from .conftest import SECRET, RunningBus

DEVICES, REPORTS, AT_ONCE = 4, 300, 20


class Platform:
    """A database, a bus and a door of our own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPostgres(folder / "postgres", free_port(), settings=("fsync=off", "max_connections=30"))
        self.bus = RunningBus(EmbeddedBus(folder / "bus", free_port(), free_port(), "a-password"))
        self.database: Any = None
        self.door: Any = None

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "DATABASE_URL": "",
            "DATABASE_OWNER_URL": self.server.url(),
            "NATS_URL": self.bus.bus.url(),
            "YUZHOU_DB_ROLE": "owner",
            "YUZHOU_SUPERVISED": "1",
            "YUZHOU_DATA": str(self.folder / "data"),
            "YUZHOU_MQTT_PORT": str(self.bus.bus.mqtt_port),
            "YUZHOU_MQTT_BATCH_MILLISECONDS": "10",
            "DJANGO_SETTINGS_MODULE": "yuzhou.project.settings",
            "PYTHONPATH": str(SOURCE),
        }
        return {**os.environ, **given}

    def start_database(self) -> None:
        with (self.folder / "postgres.log").open("ab") as log:
            self.database = subprocess.Popen(self.server.command(), cwd="/", stdout=log, stderr=log, **as_unprivileged())

    def start_door(self) -> None:
        with (self.folder / "door.log").open("ab") as log:
            command = [sys.executable, "-m", "yuzhou", "mqtt-door"]
            self.door = subprocess.Popen(command, cwd="/", env=self.environment, stdout=log, stderr=log)

    def prepare(self) -> None:
        (self.folder / "data" / "keys").mkdir(parents=True)
        self.server.initialise()
        self.start_database()
        self.server.wait()
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {WEB_ROLE} NOLOGIN")
            for extension in ("pg_trgm", "btree_gist", "ltree"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        self.bus.start()
        program = REGISTER.format(count=DEVICES, password=SECRET).replace('"hj212"', '"mqtt"')
        subprocess.run([sys.executable, "-c", program], env=self.environment, cwd="/", check=True)
        self.start_door()

    async def restart_database(self) -> None:
        """Kill the server with all its processes, and start it again as soon as its folder is free."""
        self.database.send_signal(signal.SIGKILL)
        self.database.wait()
        for _ in range(100):
            self.start_database()
            await asyncio.sleep(0.3)
            if self.database.poll() is None:
                return
        raise TimeoutError

    def stop(self) -> None:
        for process in (self.door, self.bus.process, self.database):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGQUIT if process is self.database else signal.SIGKILL)
                process.wait(30)

    def stored(self) -> set[tuple[str, int]]:
        """Device and number of every reading."""
        query = """
            SELECT d.identity, r.value::int FROM sense_reading r JOIN sense_series s ON s.id = r.series_id
            JOIN sense_device d ON d.id = s.device_id WHERE s.property = 'n'
        """
        self.server.wait()
        with psycopg.connect(self.server.url()) as connection:
            return {(str(identity), int(number)) for identity, number in connection.execute(query)}


@pytest.fixture
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-mqtt-", dir="/var/lib" if os.geteuid() == 0 else None))
    folder.chmod(0o755)
    running = Platform(folder)
    try:
        running.prepare()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


class FaithfulDevice:
    """Publishes its reports with QoS 1, and again whatever was not acknowledged."""

    def __init__(self, platform: Platform, number: int) -> None:
        self.identity = f"KILL{number}"
        self.port = platform.bus.bus.mqtt_port
        self.started = int(time.time() * 1000) - REPORTS
        self.open = list(range(REPORTS))
        self.acknowledged: set[int] = set()

    async def run(self) -> None:
        while self.open:
            with suppress(aiomqtt.MqttError, OSError):
                await self._talk()
            await asyncio.sleep(0.1)

    async def _talk(self) -> None:
        given = {"username": self.identity, "password": SECRET, "identifier": self.identity}
        async with aiomqtt.Client("127.0.0.1", self.port, timeout=3, **given) as client:
            while self.open:
                await asyncio.gather(*(self._tell(client, number) for number in self.open[:AT_ONCE]))
                self.open = [number for number in self.open if number not in self.acknowledged]
                await asyncio.sleep(0.02)

    async def _tell(self, client: aiomqtt.Client, number: int) -> None:
        said = json.dumps({"at": self.started + number, "values": {"n": number}})
        await client.publish(f"yuzhou/{self.identity}/up/json", said, qos=1)
        self.acknowledged.add(number)


async def under_load(platform: Platform) -> AsyncIterator[int]:
    """Devices that publish and publish again; yields how many reports are acknowledged. At the end all of those are stored."""
    devices = [FaithfulDevice(platform, number) for number in range(DEVICES)]
    tasks = [asyncio.create_task(one.run()) for one in devices]
    while not all(task.done() for task in tasks):
        yield sum(len(one.acknowledged) for one in devices)
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    wanted = {(one.identity, number) for one in devices for number in one.acknowledged}
    assert len(wanted) == DEVICES * REPORTS
    deadline = time.monotonic() + 30
    while (missing := wanted - await asyncio.to_thread(platform.stored)) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    assert not missing


async def test_a_killed_door_loses_nothing_acknowledged_and_catches_up(platform: Platform) -> None:
    kills = [300]
    async for acknowledged in under_load(platform):
        if kills and acknowledged >= kills[0]:
            kills.pop(0)
            platform.door.kill()
            platform.door.wait()
            platform.start_door()
    assert not kills


async def test_a_killed_bus_loses_nothing_acknowledged(platform: Platform) -> None:
    kills = [200, 600]
    async for acknowledged in under_load(platform):
        if kills and acknowledged >= kills[0]:
            kills.pop(0)
            platform.bus.kill()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(platform.bus.start)
    assert not kills
    assert platform.door.poll() is None


async def test_a_killed_database_loses_nothing_acknowledged(platform: Platform) -> None:
    kills = [500]
    async for acknowledged in under_load(platform):
        if kills and acknowledged >= kills[0]:
            kills.pop(0)
            await platform.restart_database()
    assert not kills
    assert platform.door.poll() is None


async def test_after_an_outage_all_is_stored_within_twice_its_time(platform: Platform) -> None:
    """The bus takes reports while the door is away; nothing that was under way at its end may delay the others."""
    devices = [FaithfulDevice(platform, number) for number in range(DEVICES)]
    tasks = [asyncio.create_task(one.run()) for one in devices]
    while sum(len(one.acknowledged) for one in devices) < 200:
        await asyncio.sleep(0.01)
    platform.door.kill()
    platform.door.wait()
    began = time.monotonic()
    await asyncio.gather(*tasks)  # they are connected: the bus takes what they say
    await asyncio.sleep(max(0.0, 8 - (time.monotonic() - began)))
    outage = time.monotonic() - began
    platform.start_door()
    wanted = {(one.identity, number) for one in devices for number in range(REPORTS)}
    while wanted - await asyncio.to_thread(platform.stored):
        assert time.monotonic() - began < 3 * outage
        await asyncio.sleep(0.1)
