"""The heart of a door, whatever its wire: directory, queue, commands and links kept together, once a second."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.batcher import Batcher
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, LinkT
from yuzhou.capabilities.sense.doors.intake.errands import Errands
from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings
from yuzhou.capabilities.sense.doors.intake.store import note_links, store_items

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0
FLUSH_SECONDS = 8.0


class DoorCore(Generic[LinkT]):
    """What stands behind a door of one protocol. Lives on the event loop; the database is asked in threads.

    A door overrides `opened` and `closed` (its wire), `ticked`, `send_requested` (commands to connected devices) and `dismiss`.
    """

    def __init__(self, protocol: str, settings: IntakeSettings, make_link: Callable[[DirectoryEntry, float], LinkT]) -> None:
        self.protocol = protocol
        self.settings = settings
        self.book: DeviceBook[LinkT] = DeviceBook(make_link)
        self.batcher = Batcher(store_items, settings, protocol)
        self._errands = Errands(protocol)
        self._online: dict[UUID, datetime] = {}
        self._offline: set[UUID] = set()
        self._tasks: list[asyncio.Task[None]] = []

    # --- what a door adds ----------------------------------------------------------------------------------------------

    async def opened(self) -> None:
        """The directory is read: open the wire."""

    async def stopping(self) -> None:
        """Take nothing in any more."""

    async def closed(self) -> None:
        """What was taken in is stored and answered: close what is still open."""

    def ticked(self, count: int, now: float) -> None:
        """A second went by (`now`: the monotonic clock)."""

    async def send_requested(self, links: Mapping[UUID, LinkT]) -> None:
        """Claim what is queued for connected devices, and send it."""

    def dismiss(self, link: LinkT) -> None:
        """A device is no longer known: close its connection."""

    def rekeyed(self, link: LinkT) -> None:
        """A device has another secret: what it proved with the old one is over. Not where each message bears its secret."""
        self.dismiss(link)

    # --- life ----------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the directory, then open the wire. Waits for a database that is not there yet."""
        while not await self.guarded(self._renew_book()):
            await asyncio.sleep(1)
        await self.opened()
        self._tasks = [asyncio.create_task(self.batcher.run()), asyncio.create_task(self._tick())]

    async def close(self) -> None:
        """Take nothing in any more, store and answer what was taken in, then close."""
        await self.stopping()
        if self._tasks:
            writing, ticking = self._tasks
            ticking.cancel()
            await self.batcher.close()
            done, _ = await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
            if not done:
                log.warning("stopped with %s readings that were neither stored nor acknowledged", self.batcher.readings)
                writing.cancel()
        await self.closed()
        self._offline.update(self.book.connected())
        await self.guarded(self._note_links())
        await self._errands.settle(FLUSH_SECONDS)
        await self.guarded(self.run(close_database))
        self._errands.close()
        await self.batcher.release(close_database)

    # --- links ---------------------------------------------------------------------------------------------------------

    def linked(self, link: LinkT, connection: Any) -> None:
        """A device proved itself on a connection: requests to it go there from now on."""
        if link.connection is not connection:
            link.connection = connection
            self._online[link.entry.device_id] = datetime.now(UTC)
            self._offline.discard(link.entry.device_id)

    def unlinked(self, links: Iterable[LinkT], connection: Any) -> None:
        """A connection ended."""
        for link in links:
            if link.connection is connection:
                link.connection = None
                self._offline.add(link.entry.device_id)
                self._online.pop(link.entry.device_id, None)

    # --- errands -------------------------------------------------------------------------------------------------------

    def run(self, call: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """Run a call on the database in the errand thread, one after the other."""
        return self._errands.run(call, *arguments)

    def background(self, call: Callable[..., Any], *arguments: Any) -> None:
        """The same without waiting, tried again while the database is away."""
        self._errands.background(call, *arguments)

    async def guarded(self, work: Any) -> bool:
        """Do some work; if it fails, say so and go on."""
        try:
            await work
        except Exception as error:
            log.warning("%s: %s: %s", self.protocol, type(error).__name__, error)
            return False
        return True

    async def _tick(self) -> None:
        """Once a second: directory, links, commands."""
        count = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            count += 1
            await self.guarded(self._renew_book())
            await self.guarded(self._note_links())
            links = {link.entry.device_id: link for link in self.book if link.connection is not None}
            if links:
                await self.guarded(self.send_requested(links))
            self.ticked(count, time.monotonic())
            metrics.DEVICES.labels(self.protocol).set(len(links))

    async def _renew_book(self) -> None:
        version = await self.run(lambda: api.directory_version(protocol=self.protocol))
        if version == self.book.version:
            return
        since = self.book.version if self.book.version >= 0 else None
        directory = await self.run(lambda: api.load_directory(protocol=self.protocol, since=since))
        renewed = self.book.renew(directory, time.monotonic())
        for link in renewed.gone:
            self.dismiss(link)
        for link in renewed.rekeyed:
            self.rekeyed(link)

    async def _note_links(self) -> None:
        online, self._online = self._online, {}
        offline, self._offline = self._offline, set()
        if not (online or offline):
            return
        try:
            await self.run(note_links, online, list(offline))
        except Exception:
            self._online = online | self._online
            self._offline |= offline - self._online.keys()
            raise


def close_database() -> None:
    """Close this thread's connection to the database."""
    from django.db import connection

    connection.close()
