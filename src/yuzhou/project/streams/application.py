"""The ASGI application: `/streams/live?subject=…` sends what the asking person may hear, until they leave."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import nats
import structlog
from django.conf import settings

from yuzhou.kernel.live import PREFIX
from yuzhou.project.streams.actors import Unknown, actor_of, user_of
from yuzhou.project.streams.listeners import Listener, Listeners, Message

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

COMMENT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
log = structlog.get_logger(__name__)


class Streams:
    """One subscription to the bus for the process, spread over its listeners."""

    def __init__(self) -> None:
        self.listeners = Listeners()
        self._bus: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._bus is None or self._bus.done():
            self._bus = asyncio.create_task(self._listen_to_bus())
        if scope["path"] == "/streams/ping":
            await answer(send, 200, b"ok\n")
        elif scope["path"] == "/streams/live" and scope["method"] == "GET":
            await self._live(scope, receive, send)
        else:
            await answer(send, 404, b"not found\n")

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode())
        try:
            user_id = await user_of(scope)
        except Unknown:
            await answer(send, 401, b"the ticket is too old\n")
            return
        listener = Listener(await actor_of(user_id), tuple(query.get("subject", ())))
        if not self.listeners.add(listener):
            await answer(send, 429, b"too many open streams\n")
            return
        try:
            crossing = [(b"access-control-allow-origin", b"*")] if "ticket" in query else []
            await send({"type": "http.response.start", "status": 200, "headers": [*STREAM, *crossing]})
            sending = asyncio.create_task(self._send_on(listener, user_id, send))
            leaving = asyncio.create_task(until_disconnected(receive))
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, leaving):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
                    await task
        finally:
            self.listeners.remove(listener)

    async def _send_on(self, listener: Listener, user_id: UUID | None, send: Send) -> None:
        await write(send, "retry: 3000\n\n")
        checked = time.monotonic()
        while True:
            try:
                text = f"data: {await asyncio.wait_for(listener.waiting.get(), COMMENT_SECONDS)}\n\n"
            except TimeoutError:
                text = ": still here\n\n"
            if listener.has_lost:
                listener.has_lost, text = False, text + "event: lost\ndata: {}\n\n"
            if user_id and time.monotonic() - checked > RECHECK_SECONDS:
                listener.actor, checked = await actor_of(user_id), time.monotonic()
                if not listener.actor.is_signed_in:
                    return
            await write(send, text)

    async def _listen_to_bus(self) -> None:
        while settings.NATS_URL:  # empty: there is no bus to listen to
            try:
                client = await nats.connect(settings.NATS_URL.split(","), max_reconnect_attempts=-1)
                subscription = await client.subscribe(f"{PREFIX}>", pending_msgs_limit=100_000)
                async for message in subscription.messages:
                    self._take(message)
            except Exception as error:  # the bus may be away for a while: begin again
                log.warning("the bus cannot be reached", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)

    def _take(self, message: Any) -> None:
        try:
            self.listeners.spread(Message.read(message.subject.removeprefix(PREFIX), message.data, message.headers))
        except ValueError:
            log.warning("a message of the bus cannot be read", subject=message.subject)


async def until_disconnected(receive: Receive) -> None:
    """Wait until the browser has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def write(send: Send, text: str) -> None:
    """Send a piece of the stream."""
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def answer(send: Send, status: int, body: bytes) -> None:
    """Send a short answer."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


application = Streams()
