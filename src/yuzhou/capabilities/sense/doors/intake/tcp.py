"""A door that listens on a TCP port for devices that call."""

import asyncio
import logging
import resource
from typing import Any

from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.book import LinkT
from yuzhou.capabilities.sense.doors.intake.connection import FULL, Connection, Splitter, Talk
from yuzhou.capabilities.sense.doors.intake.core import DoorCore

log = logging.getLogger(__name__)
LOOK_AFTER_EVERY = 5
BACKLOG = 4096


class TcpDoor(DoorCore[LinkT]):
    """One listening port. A door gives it `make_splitter`, `make_session` and `told`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.held: set[Connection] = set()
        self.batcher.on_room = self._read_on
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    # --- what a door adds ----------------------------------------------------------------------------------------------

    def make_splitter(self) -> Splitter:
        """What cuts the stream of a new connection."""
        raise NotImplementedError

    def make_session(self, connection: Connection, peer: str) -> Talk:
        """The talk of a new connection."""
        raise NotImplementedError

    def told(self, outcome: Any) -> None:
        """Something that is neither for the store nor for the wire: such as a device's word about a command."""

    # --- life ----------------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None  # noqa: S101 - open() was called
        return int(self._server.sockets[0].getsockname()[1])

    async def opened(self) -> None:
        """Listen."""
        settings = self.settings
        allow_many_files(settings.max_connections)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self), settings.host, settings.port, backlog=BACKLOG, reuse_address=True
        )
        log.info("%s listens on %s:%s, %s devices known", self.protocol, settings.host, self.port, len(self.book))

    async def stopping(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def closed(self) -> None:
        """Close the connections."""
        for connection in list(self._connections):
            connection.close()

    def ticked(self, count: int, now: float) -> None:
        """Every few seconds look after the connections that stand still."""
        if count % LOOK_AFTER_EVERY == 0:
            for connection in list(self._connections):
                connection.look_after(now)
        metrics.CONNECTIONS.labels(self.protocol).set(len(self._connections))

    # --- connections ---------------------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> bool:
        """Take a new connection on, unless there are too many."""
        if len(self._connections) >= self.settings.max_connections:
            return False
        self._connections.add(connection)
        return True

    def lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        self.held.discard(connection)
        self.unlinked(connection.session.links, connection)

    def heard(self, connection: Connection) -> None:
        """Devices proved themselves on a connection."""
        for link in connection.session.links:
            self.linked(link, connection)

    def dismiss(self, link: LinkT) -> None:
        """Close the connection of a device that is no longer known."""
        if link.connection is not None:
            link.connection.close()

    def _read_on(self) -> None:
        """There is room in the queue again."""
        held, self.held = self.held, set()
        for connection in held:
            connection.release(FULL)


def allow_many_files(connections: int) -> None:
    """Raise the limit of open files as far as we may."""
    wanted = connections + 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        log.warning("only %s files may be open: fewer than %s connections fit", allowed, connections)
