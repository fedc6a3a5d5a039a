"""Tells open pages that something changed: best effort, after the commit, over the message bus.

A page that hears nothing still looks again by itself, so a lost message costs seconds, never a fact.
"""

import asyncio
import json
import os
import queue
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog

PREFIX = "live."
WAITING = 2000
log = structlog.get_logger(__name__)


def publish(
    subject: str,
    payload: dict[str, Any],
    *,
    permission: str = "",
    place_path: str | None = None,
    organisation: UUID | None = None,
) -> None:
    """Send a small JSON payload to the open pages that listen to `subject` (`sense.alarm`, `sense.series.42`), on commit.

    Only those see it who hold the permission there: at the place path, or for the organisation. Without a permission
    everyone does, signed in or not. Never raises for want of a bus; where the setting `NATS_URL` is empty there is none,
    and nothing is sent.
    """
    from django.conf import settings
    from django.db import transaction

    if not settings.NATS_URL:
        return
    headers = {"permission": permission, "place": place_path or "", "organisation": str(organisation or "")}
    message = (PREFIX + subject, json.dumps(payload, default=str, ensure_ascii=False).encode(), headers)
    transaction.on_commit(lambda: _sender().put(message), robust=True)


class Sender:
    """A thread with a connection to the bus; sends what is put, drops the new when too much waits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.process = os.getpid()
        self.waiting: queue.Queue[tuple[str, bytes, dict[str, str]]] = queue.Queue(WAITING)
        self.dropped = 0
        self._wake: Callable[[], object] = lambda: None
        threading.Thread(target=self._run, name="live sender", daemon=True).start()

    def put(self, message: tuple[str, bytes, dict[str, str]]) -> None:
        """Hand over a message; never waits."""
        try:
            self.waiting.put_nowait(message)
        except queue.Full:
            self.dropped += 1
        self._wake()

    def _run(self) -> None:
        while True:
            try:
                asyncio.run(self._send())
            except Exception as error:  # the bus may be away for a while: begin again
                log.warning("the bus cannot be reached", error=f"{type(error).__name__}: {error}")
                threading.Event().wait(2)

    async def _send(self) -> None:
        import nats

        client = await nats.connect(
            self.url.split(","), max_reconnect_attempts=-1, allow_reconnect=True, error_cb=_note_away, disconnected_cb=_note_gone
        )
        loop, more = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(more.set)
        try:
            while True:  # no thread that waits: one of a pool would keep the process from ending
                more.clear()
                while not self.waiting.empty():
                    subject, content, headers = self.waiting.get_nowait()
                    await client.publish(subject, content, headers=headers)
                await more.wait()
        finally:
            self._wake = lambda: None
            await client.close()


async def _note_away(error: Exception) -> None:
    """One line for each attempt, and not the client's own page-long traceback."""
    log.info("the bus does not answer", error=f"{type(error).__name__}: {error}")


async def _note_gone() -> None:
    log.info("the bus is gone")


_lock = threading.Lock()
_current: Sender | None = None


def _sender() -> Sender:
    """The sender of this process, made at first use and again after a fork."""
    global _current  # one connection for the process
    with _lock:
        if _current is None or _current.process != os.getpid():
            from django.conf import settings

            _current = Sender(settings.NATS_URL)
        return _current
