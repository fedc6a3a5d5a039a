"""What stands behind the HTTP door: directory, queue, commands for devices that wait for them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command
from yuzhou.capabilities.sense.doors.http.access import Doorkeeper
from yuzhou.capabilities.sense.doors.http.delivery import Delivery, store_deliveries
from yuzhou.capabilities.sense.doors.http.keeping import RefusedRequests
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.requests import Request
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings
from yuzhou.capabilities.sense.doors.intake.batcher import Batcher
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.core import DoorCore
from yuzhou.capabilities.sense.doors.intake.store import CommandQueue, units_in_store
from yuzhou.capabilities.sense.doors.payloads.columns import Columns

log = logging.getLogger(__name__)
PROTOCOL = "http"
MOST_COMMANDS = 100


class HttpCore(DoorCore[DeviceLink]):
    """The door without its wire."""

    settings: HttpSettings

    def __init__(self, settings: HttpSettings) -> None:
        super().__init__(PROTOCOL, settings, DeviceLink)
        self.batcher = Batcher(store_deliveries, settings, PROTOCOL)
        self.keeper = Doorkeeper(settings)
        self.refused = RefusedRequests(PROTOCOL, self.batcher)
        self.queue = CommandQueue(PROTOCOL)
        self._waiting: dict[Delivery, asyncio.Future[Any]] = {}
        self._pollers: dict[UUID, asyncio.Future[list[Command]]] = {}
        self._units: dict[DeviceLink, tuple[int, Mapping[str, str]]] = {}

    def device(self, request: Request, identity: str) -> DeviceLink:
        """The device that a request comes from; who shows a wrong secret is kept among the refused. Raises Problem 401, 429."""
        try:
            return self.keeper.device(request, identity, self.book)
        except Problem as problem:
            self.refused.keep(problem, request, identity, self.book.get(identity))
            raise

    # --- readings ------------------------------------------------------------------------------------------------------

    def check_room(self) -> None:
        """Raise Problem 503 while too much waits for the store."""
        if self.batcher.is_full:
            raise Problem(503, "http.full", headers={"Retry-After": "2"})

    async def make_durable(self, delivery: Delivery) -> Any:
        """Queue a delivery; returns its answer after the commit. Raises Problem 503 where that takes too long.

        Whoever asks again under the same key meanwhile waits behind it, and gets the same answer.
        """
        self.check_room()
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[delivery] = waiting
        self.batcher.add(delivery)
        try:
            async with asyncio.timeout(self.settings.commit_seconds):
                return await asyncio.shield(waiting)
        except TimeoutError:
            raise Problem(503, "http.not-yet", headers={"Retry-After": "5"}) from None

    def stored(self, items: Sequence[Any]) -> None:
        """These are durable (or refused by the store): answer them."""
        for item in items:
            waiting = self._waiting.pop(item, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(item.answer)

    async def units_of(self, columns: Columns, links: tuple[DeviceLink | None, ...]) -> Mapping[DeviceLink, Mapping[str, str]]:
        """The units that series are kept in, for devices of which units came that no profile describes."""
        if columns.unit is None:
            return {}
        asked = [link for link in links if link is not None and self._is_undescribed(link, columns)]
        unknown = [link for link in asked if self._units.get(link, (None,))[0] != self.book.version]
        if unknown:
            version = self.book.version
            found = await self.run(units_in_store, [link.entry.device_id for link in unknown])
            for link in unknown:
                self._units[link] = (version, found.get(link.entry.device_id, {}))
        return {link: self._units[link][1] for link in asked}

    def _is_undescribed(self, link: DeviceLink, columns: Columns) -> bool:
        profile = self.book.profiles.get(link.entry.profile)
        return profile is None or any(profile.find(name) is None for name in columns.properties)

    def dismiss(self, link: DeviceLink) -> None:
        """A device is no longer known."""
        self._units.pop(link, None)
        poller = self._pollers.pop(link.entry.device_id, None)
        if poller is not None and not poller.done():
            poller.set_result([])

    # --- commands ------------------------------------------------------------------------------------------------------

    async def commands_for(self, link: DeviceLink, seconds: float) -> list[Command]:
        """Commands for a device, each given out once: at once if there are any, else when there are, at most so long."""
        found = await self.run(self._claim, [link.entry.device_id])
        if found or seconds <= 0:
            return list(found)
        device = link.entry.device_id
        before = self._pollers.get(device)
        if before is not None and not before.done():
            before.set_result([])  # the device asks anew: whoever waits still is gone
        waiting: asyncio.Future[list[Command]] = asyncio.get_running_loop().create_future()
        self._pollers[device] = waiting
        self.linked(link, waiting)
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            return []
        finally:
            if self._pollers.get(device) is waiting:
                del self._pollers[device]
            self.unlinked([link], waiting)

    async def send_requested(self, links: Mapping[UUID, DeviceLink]) -> None:
        """Once a second: give what was asked for to the devices that wait."""
        waiting = [device for device, poller in self._pollers.items() if not poller.done()]
        if not waiting:
            return
        for_device: dict[UUID, list[Command]] = {}
        for command in await self.run(self._claim, waiting):
            for_device.setdefault(command.device_id, []).append(command)
        for device, commands in for_device.items():
            poller = self._pollers.get(device)
            if poller is not None and not poller.done():
                poller.set_result(commands)
            else:
                log.warning("http: %s commands were claimed for a device that hung up", len(commands))

    def _claim(self, devices: Sequence[UUID]) -> list[Command]:
        """Claim, and note as sent: from here on they count as given out. One that expired meanwhile is not."""
        return [command for command in self.queue.claim(devices) if self.queue.sent(command, str(command.id))]

    async def stopping(self) -> None:
        """Let those who wait for commands go."""
        for poller in list(self._pollers.values()):
            if not poller.done():
                poller.set_result([])
