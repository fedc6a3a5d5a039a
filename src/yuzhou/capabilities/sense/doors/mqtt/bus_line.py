"""A connection to the bus that takes in many messages at once: what comes in a piece is cut and handed over without a task.

nats-py makes four tasks' work of each message, which costs more than all that the door does with it. Here are only the parts
that a reader needs; all else that is asked of the bus goes through that library.
"""

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from yuzhou.capabilities.sense.doors.mqtt import bus_protocol as protocol
from yuzhou.capabilities.sense.doors.mqtt.bus_protocol import Cutter, Handler, NotTheBus

log = logging.getLogger(__name__)
PIECE = 1 << 18
CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.5
PING_SECONDS = 20.0
MOST_PINGS = 2
MOST_UNSAID = 16 << 20


class BusLine:
    """Subscriptions that outlive a lost connection, and words to the bus. Connects again for ever, to each server in turn."""

    def __init__(self, urls: Sequence[str], name: str) -> None:
        self._urls = [url for url in map(_parsed, urls) if url is not None]
        self._found: list[SplitResult] = []  # other servers of the cluster, by their own word
        self._name = name
        self._handlers: dict[bytes, Handler] = {}
        self._subjects: dict[bytes, str] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsaid: list[bytes] = []
        self._unsaid_bytes = 0
        self._quiet_pings = 0
        self.on_back: Callable[[], None] = lambda: None

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._writer is not None

    def open(self) -> None:
        """Connect as soon as the bus is there."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Say what is still to be said, and let go."""
        writer = self._writer
        if writer is not None:
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.drain(), 2)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def subscribe(self, subject: str, handler: Handler) -> None:
        """Take the messages of a subject from now on."""
        number = b"%d" % (len(self._subjects) + 1)
        self._subjects[number], self._handlers[number] = subject, handler
        if self._writer is not None:
            self._writer.write(protocol.subscribe(subject, number))

    def say(self, words: bytes, *, keep: bool = False) -> None:
        """Write to the bus; while it is away the words are lost, or are kept for later where that is asked for."""
        if self._writer is not None:
            self._writer.write(words)
        elif keep and self._unsaid_bytes < MOST_UNSAID:
            self._unsaid.append(words)
            self._unsaid_bytes += len(words)

    # --- the connection -----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            for url in [*self._urls, *self._found]:
                try:
                    await self._talk(url)
                except (OSError, TimeoutError, EOFError, ValueError) as error:
                    log.info("the bus at %s: %s: %s", url.hostname, type(error).__name__, error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _talk(self, url: SplitResult) -> None:
        """Connect, subscribe, and take what comes until the connection ends."""
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(url.hostname, url.port or 4222, limit=PIECE)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._greet(url, reader, writer)
            await self._listen(reader, writer)
        finally:
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _greet(self, url: SplitResult, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        operation, _, told = (await reader.readline()).partition(b" ")
        if operation != b"INFO":
            raise NotTheBus(repr(operation[:80]))
        info = json.loads(told)
        self._learn(info, url)
        if url.scheme == "tls" or info.get("tls_required"):
            await writer.start_tls(ssl.create_default_context(), server_hostname=url.hostname)
        writer.write(protocol.connect(self._name, _credentials(url) if info.get("auth_required") else {}) + protocol.PING)
        while (line := await reader.readline()) != protocol.PONG:
            if not line or line.startswith(b"-ERR"):
                raise NotTheBus(line.decode("utf-8", "replace").strip() or "it hung up")

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, subject in self._subjects.items():
            writer.write(protocol.subscribe(subject, number))
        unsaid, self._unsaid, self._unsaid_bytes = self._unsaid, [], 0
        writer.write(b"".join(unsaid))
        self._writer, self._quiet_pings = writer, 0
        cutter = Cutter(self._handlers, self._told)
        pinging = asyncio.create_task(self._ping(writer))
        try:
            self.on_back()
            while piece := await reader.read(PIECE):
                self._quiet_pings = 0
                cutter.feed(piece)
        finally:
            pinging.cancel()

    async def _ping(self, writer: asyncio.StreamWriter) -> None:
        """A line that answers nothing is dead."""
        while self._quiet_pings < MOST_PINGS:
            await asyncio.sleep(PING_SECONDS)
            self._quiet_pings += 1
            writer.write(protocol.PING)
        log.warning("the bus does not answer")
        writer.transport.abort()

    def _told(self, operation: bytes, line: bytes) -> None:
        if operation == b"PING":
            self.say(protocol.PONG)
        elif operation == b"-ERR":
            log.warning("the bus: %s", line.decode("utf-8", "replace"))
        elif operation == b"INFO":
            self._learn(json.loads(line[5:]), self._urls[0])
        elif operation not in (b"PONG", b"+OK"):
            raise NotTheBus(repr(line[:80]))

    def _learn(self, info: dict[str, object], url: SplitResult) -> None:
        """The other servers of a cluster, which are reached as the one that names them."""
        named = info.get("connect_urls") or []
        user, _, _ = url.netloc.rpartition("@")
        given = {(one.hostname, one.port or 4222) for one in self._urls}
        others = [urlsplit(f"{url.scheme}://{user}@{place}") for place in named] if isinstance(named, list) else []
        self._found = [one for one in others if (one.hostname, one.port or 4222) not in given]


def _parsed(url: str) -> SplitResult | None:
    return urlsplit(url if "://" in url else f"nats://{url}") if url.strip() else None


def _credentials(url: SplitResult) -> dict[str, str]:
    """A user with a password, or a token alone; as they stand, because that is how nats-py takes them out of the same address."""
    if url.username is None:
        return {}
    if url.password is None:
        return {"auth_token": url.username}
    return {"user": url.username, "pass": url.password}
