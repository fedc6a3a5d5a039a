"""Doors as a process of `up`: opened together, alive until asked to end, then flushed."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from typing import Any, Protocol

from yuzhou.kernel import heartbeat

BEAT_SECONDS = 1.0


class Door(Protocol):
    """What can be opened and closed."""

    async def open(self) -> Any:
        """Open; may wait for the database."""

    async def close(self) -> Any:
        """Store what was taken in, and close."""


def collect_rarely() -> None:
    """Let the garbage collector look at young objects seldom: what waits for the store is many objects, and no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


async def serve(doors: Sequence[Door], *, name: str) -> None:
    """Run doors until SIGTERM or SIGINT; `name` is under which the process gives signs of life."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    opening: asyncio.Future[Any] = asyncio.gather(*(door.open() for door in doors))
    waiting: asyncio.Future[Any] = asyncio.create_task(asked.wait())
    await asyncio.wait({opening, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        opening.cancel()
        return
    opening.result()
    collect_rarely()
    beating = asyncio.create_task(_beat(name))
    await waiting
    beating.cancel()
    await asyncio.gather(*(door.close() for door in doors))
    gc.unfreeze()


async def _beat(name: str) -> None:
    while True:
        heartbeat.beat(name)
        await asyncio.sleep(BEAT_SECONDS)


def run_doors(doors: Sequence[Door], *, name: str) -> int:
    """The main function of a process of doors."""
    import uvloop

    uvloop.run(serve(doors, name=name))
    return 0
