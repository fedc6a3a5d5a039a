"""An HTTP door on a free port over the real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.capabilities.sense.doors.hj212.conftest import rows, start_afresh
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandType, Profile, PropertySpec, SeriesSpec, Statistic
from yuzhou.capabilities.sense.doors.http.door import HttpDoor
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings
from yuzhou.capabilities.sense.doors.intake.core import close_database
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
from yuzhou.project.processes.ports import free_port

TESTER = Actor.system("tests")
SECRET = "sample-secret-0001"
QUICK = HttpSettings(batch_milliseconds=2)
WEATHER = Profile(
    "sample-weather",
    Text("样例气象站", "Sample weather station"),
    "http",
    properties=(
        PropertySpec("temperature", Text("气温", "Air temperature"), "Cel", low=-50, high=80),
        PropertySpec("pump", Text("水泵", "Pump"), "1", kind="boolean"),
    ),
    commands=(CommandType("restart", Text("重启", "Restart")),),
)


def register(identity: str, **more: Any) -> Any:
    """Register a weather station."""
    given: dict[str, Any] = {"secret": SECRET, "profile": WEATHER.key, "place_path": "50.a", "frames_per_minute": 60_000, **more}
    with acting_as(TESTER):
        return api.register_device(actor=TESTER, protocol="http", identity=identity, title=Text("样例", "Sample"), **given)


@asynccontextmanager
async def running_door(**settings: Any) -> AsyncIterator[tuple[HttpDoor, httpx.AsyncClient]]:
    """A door in this process with a client of it, closed afterwards."""
    door = HttpDoor(replace(QUICK, port=free_port(), **settings))
    await door.open()
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{door.settings.port}", timeout=30, headers={"Accept-Language": "en"}
        ) as client:
            await until_it_answers(client)
            yield door, client
    finally:
        await door.close()


async def until_it_answers(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.02)
        else:
            return
    raise TimeoutError


async def ask(call: Callable[[], Any]) -> Any:
    """Ask the database from a thread, and leave no connection behind."""

    def guarded() -> Any:
        try:
            return call()
        finally:
            close_database()

    return await asyncio.to_thread(guarded)


def stored() -> list[tuple[Any, ...]]:
    """Identity, property, seconds since 1970, value, flag of every reading."""
    return rows(
        """SELECT d.identity, s.property, extract(epoch FROM r.at)::float8, r.value, r.flag FROM sense_reading r
        JOIN sense_series s ON s.id = r.series_id JOIN sense_device d ON d.id = s.device_id ORDER BY 1, 2, 3"""
    )


def bearer(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def stations(transactional_db: None) -> None:
    """Two stations of a profile and a device without one, in a database that was emptied after the test before."""
    start_afresh()
    with acting_as(TESTER):
        api.define_profile(actor=TESTER, profile=WEATHER)
    register("station-1")
    register("station 2/北")
    register("plain", profile="", series=[SeriesSpec("level", Statistic.RTD, "m")])
