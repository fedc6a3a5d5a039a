"""What a door asks of the database besides storing readings: in one thread, in order, and again while the database is away."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, *(30.0,) * 20)
"""Seconds between tries of an errand that must not be lost: ten minutes in all."""
MOST_PENDING = 10_000


class Errands:
    """One thread for calls on the database. Lives on the event loop."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-errands")
        self._pending: set[asyncio.Task[None]] = set()

    def run(self, call: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """Run a call, one after the other."""
        return asyncio.get_running_loop().run_in_executor(self._thread, closing_broken, call, arguments)

    def background(self, call: Callable[..., Any], *arguments: Any) -> None:
        """The same without waiting, tried again while the database is away: a device says its word only once."""
        if len(self._pending) >= MOST_PENDING:
            log.error("%s errands wait for the database: one more is dropped", MOST_PENDING)
            return
        task = asyncio.create_task(self._persist(call, arguments))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def settle(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        if self._pending:
            _, late = await asyncio.wait(self._pending, timeout=seconds)
            for task in late:
                task.cancel()

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False)

    async def _persist(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        for pause in PAUSES:
            try:
                await self.run(call, *arguments)
            except Exception as error:
                if not is_away(error):
                    log.exception("an errand failed")
                    return
                log.warning("an errand waits for the database: %s", error)
                await asyncio.sleep(pause)
            else:
                return
        log.error("an errand was given up: the database stayed away")


def is_away(error: Exception) -> bool:
    """Whether the database, not the call, is at fault."""
    from django.db import InterfaceError, OperationalError

    return isinstance(error, OperationalError | InterfaceError)


def closing_broken(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call, and leave no broken database connection behind if it raises."""
    from django.db import connection

    try:
        return call(*arguments)
    except Exception:
        connection.close()
        raise
