"""Connectors in this process over the real database, against real servers of their protocols."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tests.capabilities.sense.doors.hj212.conftest import ask, rows, start_afresh
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

TESTER = Actor.system("tests")
QUICK = ConnectorSettings(batch_milliseconds=5, answer_seconds=0.4, longest_pause=0.5)
SAMPLE = Text("样例", "Sample")

__all__ = ["QUICK", "TESTER", "ask", "rows", "start_afresh"]


def define(key: str, protocol: str, sources: Mapping[str, Mapping[str, Any]], **more: Any) -> None:
    """A profile of properties with their sources; a property may also have bounds under `low` and `high`."""
    properties = [
        PropertySpec(name, SAMPLE, low=source.get("low"), high=source.get("high"), source=_plain(source))
        for name, source in sources.items()
    ]
    with acting_as(TESTER):
        api.define_profile(actor=TESTER, profile=Profile(key, SAMPLE, protocol, tuple(properties), **more))


def _plain(source: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name not in ("low", "high")}


def register(protocol: str, identity: str, connection: Mapping[str, Any], profile: str = "sample", **more: Any) -> UUID:
    """A device with its connection."""
    given: dict[str, Any] = {"secret": "", "profile": profile, "place_path": "50.a", "title": SAMPLE, **more}
    with acting_as(TESTER):
        device = api.register_device(actor=TESTER, protocol=protocol, identity=identity, connection=dict(connection), **given)
    return device.id


def request(device: UUID, name: str, **params: Any) -> UUID:
    """Ask for a command."""
    with acting_as(TESTER):
        return api.request_command(actor=TESTER, device_id=device, name=name, params=params).id


def command(device: UUID) -> Any:
    """The newest command of a device."""
    with acting_as(TESTER):
        return api.list_commands(actor=TESTER, device_id=device).rows[0]


def note(device: UUID) -> Any:
    """What the connector says of a device."""
    with acting_as(TESTER):
        return api.get_connection_note(actor=TESTER, device_id=device)


def state(device: UUID) -> str:
    """Whether it is online."""
    with acting_as(TESTER):
        return api.get_device(actor=TESTER, device_id=device).state.value


def readings(device: UUID, name: str) -> list[tuple[float, int, int]]:
    """Value, flag, source of all readings of a property, oldest first."""
    return [
        (value, flag, source)
        for value, flag, source in rows(
            "SELECT r.value, r.flag, r.source FROM sense_reading r JOIN sense_series s ON s.id = r.series_id"
            " WHERE s.device_id = %s AND s.property = %s ORDER BY r.at",
            device,
            name,
        )
    ]


def latest(device: UUID) -> dict[str, float]:
    """The newest value of each property."""
    with acting_as(TESTER):
        return {one.property: one.value for one in api.latest_values(actor=TESTER, device_ids=[device])}


async def until(wanted: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Ask the database until it says something true."""
    deadline = time.monotonic() + seconds
    while True:
        found = await ask(wanted)
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def running(door_class: Any, **settings: Any) -> AsyncIterator[Any]:
    """A door in this process, closed afterwards."""
    door = door_class(replace(QUICK, **settings))
    await door.open()
    try:
        yield door
    finally:
        await door.close()


@pytest.fixture
def afresh(transactional_db: None) -> None:
    """An empty database."""
    start_afresh()
