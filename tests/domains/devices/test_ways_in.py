"""Every simulated device that calls us, through the real door that it calls."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from tests.capabilities.sense.doors.connectors.conftest import ask, latest, start_afresh, until
from tests.capabilities.sense.doors.http.conftest import running_door as http_door
from tests.capabilities.sense.doors.mqtt.conftest import RunningBus, bus, running_door
from tests.capabilities.sense.doors.vehicles.conftest import gb32960_door, jt808_door
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DeviceState
from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
from yuzhou.domains.devices.demo.cast import devices
from yuzhou.domains.devices.demo.simulate import RUNNERS, keep
from yuzhou.domains.devices.profiles import PROFILES
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

__all__ = ["bus"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
TESTER = Actor.system("tests")


def seed() -> dict[str, Any]:
    """The devices that call us."""
    start_afresh()
    ids = {}
    with acting_as(TESTER):
        load_declared_profiles()
        known = api.find_profiles(keys=[profile.key for profile in PROFILES])
        for profile in PROFILES:
            if profile.key not in known:
                api.define_profile(actor=TESTER, profile=profile)
        for one in devices():
            if one.protocol in RUNNERS:
                made = api.register_device(
                    actor=TESTER,
                    protocol=one.protocol,
                    identity=one.identity,
                    secret=one.secret,
                    title=one.title,
                    profile=one.profile,
                    place_path="50.0112",
                    simulated=True,
                )
                ids[one.identity] = made.id
    return ids


async def test_every_simulated_device_reports(transactional_db: None, bus: RunningBus, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await ask(seed)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running_door(bus))
        http, _client = await stack.enter_async_context(http_door())
        cars = await stack.enter_async_context(gb32960_door())
        coaches = await stack.enter_async_context(jt808_door())
        ports = {"MQTT": bus.bus.mqtt_port, "HTTPDOOR": http.settings.port, "GB32960": cars.port, "JT808": coaches.port}
        for name, port in ports.items():
            monkeypatch.setenv(f"YUZHOU_{name}_PORT", str(port))
        running = [one for one in devices() if one.protocol in RUNNERS]
        tasks = [asyncio.create_task(keep(one.identity, lambda one=one: RUNNERS[one.protocol](one))) for one in running]
        try:
            for one in running:
                assert await until(lambda one=one: len(latest(ids[one.identity])) >= 2, 25), one.identity  # the link may be first
                await until(lambda one=one: _state(ids[one.identity]) is DeviceState.ONLINE)
            pump = await ask(lambda: latest(ids["sample/pump-1"]))
            assert {"pressure", "speed", "running"} <= set(pump)
            assert (await ask(lambda: latest(ids["LSAMPLE0000000001"])))["soc"] > 0
            assert {"longitude", "speed"} <= set(await ask(lambda: latest(ids["13800000001"])))
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)


def _state(device: Any) -> DeviceState:
    with acting_as(TESTER):
        return api.get_device(actor=TESTER, device_id=device).state
