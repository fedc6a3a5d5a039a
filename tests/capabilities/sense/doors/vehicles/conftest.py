"""Doors of vehicles on free ports over the real database, with vehicles onboarded by their profiles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.gb32960.door import Gb32960Door
from yuzhou.capabilities.sense.doors.gb32960.settings import VehicleSettings
from yuzhou.capabilities.sense.doors.jt808.door import Jt808Door
from yuzhou.capabilities.sense.doors.jt808.settings import TerminalSettings
from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

from ..gb32960.vehicles import ICCID, OTHER_VIN, VIN
from ..hj212.conftest import start_afresh
from ..jt808.terminals import OTHER_PHONE, PHONE, TERMINAL

TESTER = Actor.system("tests")
QUICK: dict[str, Any] = {"port": 0, "batch_milliseconds": 5, "answer_seconds": 0.3, "retries": 1}


def onboard(protocol: str, identity: str, profile: str, *, secret: str = "") -> None:
    """A vehicle of a declared profile, as the desk registers it."""
    with acting_as(TESTER):
        api.register_device(
            actor=TESTER,
            protocol=protocol,
            identity=identity,
            secret=secret,
            title=Text("样例车辆", "Sample vehicle"),
            profile=profile,
            place_path="50.a",
            frames_per_minute=60_000,
        )


@pytest.fixture
def vehicles(transactional_db: None) -> None:
    """Two vehicles of each kind."""
    start_afresh()
    with acting_as(TESTER):
        load_declared_profiles()
    onboard("gb32960", VIN, "gb32960-vehicle")
    onboard("gb32960", OTHER_VIN, "gb32960-vehicle", secret=ICCID)
    onboard("jt808", PHONE, "jt808-vehicle")
    onboard("jt808", OTHER_PHONE, "jt808-vehicle", secret=TERMINAL)


@asynccontextmanager
async def gb32960_door(**settings: Any) -> AsyncIterator[Gb32960Door]:
    """A door in this process, closed afterwards."""
    door = Gb32960Door(VehicleSettings(**{**QUICK, **settings}))
    await door.open()
    try:
        yield door
    finally:
        await door.close()


@asynccontextmanager
async def jt808_door(**settings: Any) -> AsyncIterator[Jt808Door]:
    """A door in this process, closed afterwards."""
    door = Jt808Door(TerminalSettings(**{**QUICK, **settings}))
    await door.open()
    try:
        yield door
    finally:
        await door.close()
