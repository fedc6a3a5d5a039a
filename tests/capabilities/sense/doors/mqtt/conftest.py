"""A door over a real bus and the real database, and devices that are clients written elsewhere."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.capabilities.sense.doors.hj212.conftest import ask, rows, start_afresh
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.mqtt import offline
from yuzhou.capabilities.sense.doors.mqtt.door import MqttDoor
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.ports import answers, free_port

__all__ = ["ask", "rows"]
TESTER = Actor.system("tests")
SECRET = "s3cret-of-the-device"


def register(identity: str, protocol: str = "mqtt", **more: Any) -> Any:
    """Register a device."""
    given: dict[str, Any] = {"secret": SECRET, "profile": "", "place_path": "50.a", "frames_per_minute": 60_000, **more}
    with acting_as(TESTER):
        return api.register_device(actor=TESTER, protocol=protocol, identity=identity, title=Text("样例", "Sample"), **given)


@dataclass
class RunningBus:
    """An embedded bus of our own, which may be killed."""

    bus: EmbeddedBus
    process: Any = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = self.bus.command()
        with (self.bus.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not (answers(self.bus.port) and answers(self.bus.mqtt_port)):
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        """What it said."""
        return (self.bus.folder / "log").read_text()


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningBus]:
    """A fresh bus."""
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-bus-"))
    running = RunningBus(EmbeddedBus(folder, free_port(), free_port(), "a-password"))
    running.start()
    monkeypatch.setenv("NATS_URL", running.bus.url())
    yield running
    running.process.kill()
    running.process.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_store(transactional_db: None) -> None:
    """A database emptied after the test before."""
    start_afresh()
    offline._ensured.clear()


@asynccontextmanager
async def running_door(bus: RunningBus, **settings: Any) -> AsyncIterator[MqttDoor]:
    """A door in this process, closed afterwards."""
    quick = MqttSettings(port=bus.bus.mqtt_port, batch_milliseconds=5, return_seconds=1)
    door = MqttDoor(replace(quick, **settings))
    await door.open()
    try:
        yield door
    finally:
        await door.close()


def client(bus: RunningBus, identity: str, **more: Any) -> aiomqtt.Client:
    """A device as aiomqtt makes it."""
    given: dict[str, Any] = {"username": identity, "password": SECRET, "identifier": identity, **more}
    return aiomqtt.Client("127.0.0.1", bus.bus.mqtt_port, **given)


async def until(check: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait until the database says so; returns what it said."""
    deadline = time.monotonic() + seconds
    while True:
        found = await ask(check)
        if found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.05)


def values(property_name: str | None = None) -> list[float]:
    """The values that are stored, in order."""
    chosen = "WHERE s.property <> 'link'" if property_name is None else "WHERE s.property = %s"
    query = f"SELECT value FROM sense_reading r JOIN sense_series s ON s.id = r.series_id {chosen} ORDER BY at, s.property"
    return [value for (value,) in rows(query, *([property_name] if property_name else []))]


def codes() -> set[str]:
    """Why frames stand in the quarantine."""
    return {code for (code,) in rows("SELECT code FROM sense_quarantine")}


def state(identity: str) -> str:
    """What the desk shows of a device."""
    query = "SELECT s.state FROM sense_device_status s JOIN sense_device d ON d.id = s.device_id WHERE d.identity = %s"
    return str(rows(query, identity)[0][0])
