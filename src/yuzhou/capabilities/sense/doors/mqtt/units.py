"""Units of what no profile describes: each property is kept in the unit that it first came in, and others are converted to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from yuzhou.capabilities.sense.doors.intake.store import units_in_store
from yuzhou.capabilities.sense.doors.mqtt.core import MqttLink
from yuzhou.capabilities.sense.doors.payloads.meanings import Properties
from yuzhou.capabilities.sense.doors.payloads.report import Report

log = logging.getLogger(__name__)
NONE_SAID: Mapping[str, str] = {}
ASK_AGAIN = 1.0


class UnitsUnknown(Exception):
    """The store must first be asked in which units the device's series are kept."""


def units_for(report: Report, link: MqttLink, properties: Properties) -> Mapping[str, str]:
    """The units that a report's undescribed properties are kept in; raises UnitsUnknown."""
    if all(name in properties for name in report.units):
        return NONE_SAID
    if link.units is None:
        raise UnitsUnknown
    return {**link.said, **link.units}


def note_units(report: Report, link: MqttLink, properties: Properties, taken: Iterable[str]) -> None:
    """Remember the units in which properties came of which nothing was known before."""
    for name in taken:
        if name in report.units and name not in properties and name not in (link.units or {}):
            link.said.setdefault(name, report.units[name])


class UnitDesk:
    """Messages that wait until the units of their device are known; once they are, they go on in their order."""

    def __init__(self, run: Callable[..., Awaitable[Any]]) -> None:
        self._run = run
        self._waiting: dict[MqttLink, list[Callable[[], None]]] = {}

    def wait(self, link: MqttLink, go_on: Callable[[], None]) -> Awaitable[None] | None:
        """Have `go_on` called when the units are known; returns what must be awaited for that, if nobody does yet."""
        is_first = link not in self._waiting
        self._waiting.setdefault(link, []).append(go_on)
        return self._ask(link) if is_first else None

    async def _ask(self, link: MqttLink) -> None:
        device = link.entry.device_id
        while link.units is None:
            try:
                found = await self._run(units_in_store, [device])
                link.units = found.get(device, {})
            except Exception as error:  # the bus keeps the messages meanwhile, and hands them to us again
                log.warning("mqtt: the units of %s are not known yet: %s", link.entry.identity, error)
                await asyncio.sleep(ASK_AGAIN)
        for go_on in self._waiting.pop(link):
            go_on()
