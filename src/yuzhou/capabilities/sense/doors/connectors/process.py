"""`yuzhou connectors`: the clients of machines as one process."""

import asyncio
from collections.abc import Mapping
from typing import Any

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ClaimedErrand, ErrandKind, Profile
from yuzhou.capabilities.sense.doors.connectors.door import CONNECTORS
from yuzhou.capabilities.sense.doors.connectors.errands import ErrandDesk, Steps
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings
from yuzhou.capabilities.sense.doors.intake.errands import closing_broken
from yuzhou.capabilities.sense.doors.intake.process import Door, run_doors
from yuzhou.capabilities.sense.doors.modbus import errands as modbus
from yuzhou.capabilities.sense.doors.modbus.machine import PROTOCOL as MODBUS
from yuzhou.capabilities.sense.doors.modbus.machine import ModbusDoor
from yuzhou.capabilities.sense.doors.opcua import errands as opcua
from yuzhou.capabilities.sense.doors.opcua.door import OpcUaDoor
from yuzhou.capabilities.sense.doors.opcua.machine import PROTOCOL as OPCUA
from yuzhou.kernel.transactions import acting_as


def doors(settings: ConnectorSettings) -> list[Door]:
    """Both clients, and the desk for errands."""

    async def to_modbus(errand: ClaimedErrand, steps: Steps) -> Mapping[str, Any]:
        modbus.only_tests(errand)
        return await modbus.test_connection(errand, steps, settings, await _profile(errand))

    async def to_opcua(errand: ClaimedErrand, steps: Steps) -> Mapping[str, Any]:
        if errand.errand.kind is ErrandKind.BROWSE:
            return await opcua.browse(errand, settings)
        return await opcua.test_connection(errand, steps, settings, await _profile(errand))

    return [ModbusDoor(settings), OpcUaDoor(settings), ErrandDesk({MODBUS: to_modbus, OPCUA: to_opcua})]


async def _profile(errand: ClaimedErrand) -> Profile | None:
    return await asyncio.to_thread(closing_broken, _find_profile, (errand.profile,))


def _find_profile(key: str) -> Profile | None:
    with acting_as(CONNECTORS):
        return api.find_profiles(keys=[key]).get(key) if key else None


def run(arguments: list[str]) -> int:
    """`yuzhou connectors`."""
    return run_doors(doors(ConnectorSettings.from_environment("connectors")), name="connectors")
