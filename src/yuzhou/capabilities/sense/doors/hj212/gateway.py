"""The gateway: listens for loggers, and keeps directory, connections, store and commands together."""

import asyncio
import gc
import logging
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.hj212 import metrics
from yuzhou.capabilities.sense.doors.hj212.batcher import Batcher
from yuzhou.capabilities.sense.doors.hj212.book import DeviceBook, DeviceLink
from yuzhou.capabilities.sense.doors.hj212.commands import CommandDesk
from yuzhou.capabilities.sense.doors.hj212.connection import FULL, Connection
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.session import PROTOCOL
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.hj212.store import SenseCommands, note_links, store_items
from yuzhou.kernel import heartbeat

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0
LOOK_AFTER_EVERY = 5
BACKLOG = 4096
FLUSH_SECONDS = 8.0


class Gateway:
    """One listening port and all that stands behind it."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.book = DeviceBook()
        self.decoder = Decoder()
        self.held: set[Connection] = set()
        self.batcher = Batcher(store_items, settings)
        self.batcher.on_room = self._read_on
        self._errands = ThreadPoolExecutor(1, thread_name_prefix="hj212-errands")
        self.commands = CommandDesk(SenseCommands(), settings, self._run, self.batcher.add)
        self._connections: set[Connection] = set()
        self._online: dict[UUID, datetime] = {}
        self._offline: set[UUID] = set()
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ----------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the directory, then listen. Waits for a database that is not there yet."""
        allow_many_files(self.settings.max_connections)
        while not await self._guarded(self._renew_book()):
            await asyncio.sleep(1)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), self.settings.host, self.settings.port, backlog=BACKLOG, reuse_address=True
        )
        self._tasks = [asyncio.create_task(self.batcher.run()), asyncio.create_task(self._tick())]
        log.info("hj212 listens on %s:%s, %s devices known", self.settings.host, self.port, len(self.book))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None  # noqa: S101 - open() was called
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, store and answer what was taken in, then close the connections."""
        if self._server is not None:
            self._server.close()
        writing, ticking = self._tasks
        ticking.cancel()
        await self.batcher.close()
        done, _ = await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
        if not done:
            log.warning("stopped with %s readings that were neither stored nor acknowledged", self.batcher.readings)
            writing.cancel()
        for connection in list(self._connections):
            connection.close()
        self._offline.update(self.book.connected())
        await self._guarded(self._note_links())
        await self._guarded(self._run(close_database))
        self._errands.shutdown(wait=False)
        await self.batcher.release(close_database)

    # --- connections ---------------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> bool:
        """Take a new connection on, unless there are too many."""
        if len(self._connections) >= self.settings.max_connections:
            return False
        self._connections.add(connection)
        return True

    def lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        self.held.discard(connection)
        for link in connection.session.links:
            if link.connection is connection:
                link.connection = None
                self._offline.add(link.entry.device_id)
                self._online.pop(link.entry.device_id, None)

    def heard(self, connection: Connection) -> None:
        """Loggers proved themselves on a connection: requests to them go there from now on."""
        for link in connection.session.links:
            if link.connection is not connection:
                link.connection = connection
                self._online[link.entry.device_id] = datetime.now(UTC)
                self._offline.discard(link.entry.device_id)

    def _read_on(self) -> None:
        """There is room in the queue again."""
        held, self.held = self.held, set()
        for connection in held:
            connection.release(FULL)

    # --- errands -------------------------------------------------------------------------------------------------------

    def _run(self, call: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """Run a call on the database in the errand thread, one after the other."""
        return asyncio.get_running_loop().run_in_executor(self._errands, closing_broken, call, arguments)

    async def _guarded(self, work: Any) -> bool:
        """Do some work; if it fails, say so and go on."""
        try:
            await work
        except Exception as error:
            log.warning("hj212: %s: %s", type(error).__name__, error)
            return False
        return True

    async def _tick(self) -> None:
        """Once a second: directory, links, commands; every few seconds the connections that stand still."""
        count = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            count += 1
            now = time.monotonic()
            self.commands.look_after(now)
            await self._guarded(self._renew_book())
            await self._guarded(self._note_links())
            links = {link.entry.device_id: link for link in self.book if link.connection is not None}
            if links:
                await self._guarded(self.commands.send_requested(links))
            if count % LOOK_AFTER_EVERY == 0:
                self._look_after(now)
            metrics.CONNECTIONS.set(len(self._connections))
            metrics.DEVICES.set(len(links))
            heartbeat.beat("gateway")

    def _look_after(self, now: float) -> None:
        for connection in list(self._connections):
            connection.look_after(now)

    async def _renew_book(self) -> None:
        version = await self._run(lambda: api.directory_version(protocol=PROTOCOL))
        if version == self.book.version:
            return
        directory = await self._run(lambda: api.load_directory(protocol=PROTOCOL))
        for link in self.book.renew(directory, time.monotonic()):
            self._dismiss(link)

    @staticmethod
    def _dismiss(link: DeviceLink) -> None:
        """Close the connection of a logger that is no longer known."""
        if link.connection is not None:
            link.connection.close()

    async def _note_links(self) -> None:
        online, self._online = self._online, {}
        offline, self._offline = self._offline, set()
        if not (online or offline):
            return
        try:
            await self._run(note_links, online, list(offline))
        except Exception:
            self._online = online | self._online
            self._offline |= offline - self._online.keys()
            raise


def closing_broken(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call, and leave no broken database connection behind if it raises."""
    from django.db import connection

    try:
        return call(*arguments)
    except Exception:
        connection.close()
        raise


def close_database() -> None:
    """Close this thread's connection to the database."""
    from django.db import connection

    connection.close()


def allow_many_files(connections: int) -> None:
    """Raise the limit of open files as far as we may."""
    wanted = connections + 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        log.warning("only %s files may be open: fewer than %s connections fit", allowed, connections)


def collect_rarely() -> None:
    """Let the garbage collector look at young objects seldom: what waits for the store is many objects, and no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


async def serve(settings: GatewaySettings) -> None:
    """Run a gateway until SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    gateway = Gateway(settings)
    opening = asyncio.create_task(gateway.open())
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait({opening, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        opening.cancel()
        return
    opening.result()
    collect_rarely()
    await waiting
    await gateway.close()
    gc.unfreeze()


def run(arguments: list[str]) -> int:
    """`yuzhou gateway`: the HJ 212 door as a process."""
    import uvloop

    uvloop.run(serve(GatewaySettings.from_environment()))
    return 0
