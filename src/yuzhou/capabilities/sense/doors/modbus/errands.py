"""Testing a Modbus connection, in words."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from yuzhou.capabilities.sense.contracts import ClaimedErrand, Profile
from yuzhou.capabilities.sense.doors.connectors.errands import Steps
from yuzhou.capabilities.sense.doors.connectors.faults import Refused
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings, read_modbus
from yuzhou.capabilities.sense.doors.modbus.line import Line
from yuzhou.capabilities.sense.doors.modbus.machine import registers_of
from yuzhou.capabilities.sense.doors.modbus.reading import RegisterReader
from yuzhou.kernel.errors import Invalid

SHOWN = 200


async def test_connection(
    errand: ClaimedErrand, steps: Steps, settings: ConnectorSettings, profile: Profile | None
) -> Mapping[str, Any]:
    """Connect, ask for all registers once, and say what was found; the values are the result."""
    connection = read_modbus(errand.connection)
    registers = registers_of(profile)
    line = Line(connection.host, connection.port, seconds=settings.answer_seconds, networks=settings.allowed())
    try:
        await line.open()
        await steps.tell("modbus.found-connection", host=connection.host, port=connection.port)
        reader = RegisterReader(
            registers, {spec.name: spec for spec in profile.properties} if profile else {}, gap=connection.gap
        )
        began = time.monotonic()
        polled = await reader.poll(lambda block: line.read(connection.unit, block), began)
        milliseconds = round((time.monotonic() - began) * 1000)
        good = len(polled.values) - len(polled.refused)
        if polled.busy and not good:
            raise Refused(polled.busy)
        await steps.tell(
            "modbus.found-values", good=good > 0, unit=connection.unit, number=good, requests=reader.requests, ms=milliseconds
        )
        for register, code in polled.refused[:20]:
            await steps.tell(
                "modbus.refused-property",
                good=False,
                property=register.property,
                address=register.address,
                exception=code.rpartition("-")[2],
            )
        values = [None if np.isnan(value) else value for value in polled.values]
        return {"values": [[name, value] for name, value in zip(polled.names, values, strict=True)][:SHOWN]}
    finally:
        line.close()


def only_tests(errand: ClaimedErrand) -> None:
    """There is nothing to browse in a Modbus device."""
    if errand.errand.kind != "test":
        raise Invalid("connectors.nothing-to-browse")
