"""Outages between machines, the connectors and the store: nothing acknowledged is lost, and it is caught up in time."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from tests.conftest import free_port
from yuzhou.capabilities.sense.contracts import ConnectionState, Source
from yuzhou.capabilities.sense.doors.modbus.machine import ModbusDoor
from yuzhou.capabilities.sense.doors.opcua import machine as opcua_machine
from yuzhou.capabilities.sense.doors.opcua.door import OpcUaDoor
from yuzhou.kernel import live

from .conftest import ask, define, latest, note, readings, register, running, state, until
from .machines import Unit, cable, modbus_server
from .opcua_server import Plant, named, opcua_server
from .test_modbus import MAP, modbus
from .test_opcua import opcua

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
LEAST_SECONDS = 15.0
"""However short an outage is, on a busy machine catching up may take as long as this."""


async def within_twice(began: float, back: float, wanted: Callable[[], Any]) -> None:
    """Assert that something becomes true within twice the outage."""
    await until(wanted, max(2 * (back - began), LEAST_SECONDS))


def database_away(door: Any) -> Callable[[], None]:
    """Take a door's store away; returns what gives it back."""
    store = door.batcher._store

    def away(items: Any, seen: Any) -> Any:
        raise OperationalError("the database is away")

    door.batcher._store = away

    def back() -> None:
        door.batcher._store = store

    return back


async def change(plant: Plant, name: str, first: float, seconds: float) -> set[float]:
    """Values that rise by one ten times a second."""
    values = set()
    for number in range(int(seconds * 10)):
        await plant.set(name, first + number)
        values.add(first + number)
        await asyncio.sleep(0.1)
    return values


async def test_opcua_under_a_dead_database_keeps_its_session_and_loses_nothing(
    afresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server keeps what is not acknowledged; its silence meanwhile is ours."""
    monkeypatch.setattr(opcua_machine, "KEEP_ALIVE", 0.5)
    port = free_port()
    async with opcua_server(port) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature")), ""))
        async with running(OpcUaDoor) as door:
            await until(lambda: latest(device))
            began = time.monotonic()
            bring_back = database_away(door)
            values = await change(plant, "temperature", 100.0, 5.0)
            bring_back()
            await within_twice(
                began, time.monotonic(), lambda: values <= {value for value, _, _ in readings(device, "temperature")}
            )
            found = await ask(lambda: readings(device, "temperature"))
            assert [value for value, _, _ in found if value >= 100] == sorted(values)
            assert not any(math.isnan(value) for value, _, _ in found)  # the connection was never given up
            assert (await ask(lambda: note(device))).state is ConnectionState.CONNECTED


async def test_a_frozen_opcua_server_is_left_and_its_gap_fetched(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port, history=True) as plant, cable(port) as line:
        device = await ask(lambda: register("opcua", "P1", opcua(line.port, named(plant, "temperature")), ""))
        async with running(OpcUaDoor):
            await until(lambda: latest(device))
            began = time.monotonic()
            line.freeze()
            values = await change(plant, "temperature", 100.0, 6.0)
            await until(lambda: state(device) == "offline")
            line.thaw()
            back = time.monotonic()
            await within_twice(began, back, lambda: values <= {value for value, _, _ in readings(device, "temperature")})
            found = {value: source for value, _, source in await ask(lambda: readings(device, "temperature"))}
            assert [found[value] for value in sorted(values)[5:-5]] == [Source.REISSUED] * (len(values) - 10)
            assert await until(lambda: state(device) == "online")


async def test_modbus_has_caught_up_after_a_dead_database(afresh: None) -> None:
    unit = Unit()
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port, interval=0.1)))
        async with running(ModbusDoor) as door:
            await until(lambda: readings(device, "level"))
            before, began = len(await ask(lambda: readings(device, "level"))), time.monotonic()
            bring_back = database_away(door)
            await asyncio.sleep(4)
            held = door.batcher.readings
            assert held > 10
            bring_back()
            await within_twice(began, time.monotonic(), lambda: len(readings(device, "level")) >= before + held)


async def test_connectors_need_no_bus(afresh: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pages would be told is lost, and nothing else."""
    monkeypatch.setattr(live, "_current", None)
    settings.NATS_URL = f"nats://somebody:secret@127.0.0.1:{free_port()}"
    port = free_port()
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    async with modbus_server(Unit()) as modbus_port, opcua_server(port) as plant:
        polled = await ask(lambda: register("modbus", "M1", modbus(modbus_port)))
        told = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature")), ""))
        async with running(ModbusDoor), running(OpcUaDoor):
            await until(lambda: len(readings(polled, "level")) >= 5)
            values = await change(plant, "temperature", 100.0, 1.0)
            await until(lambda: values <= {value for value, _, _ in readings(told, "temperature")})
            assert await until(lambda: state(polled) == state(told) == "online")
