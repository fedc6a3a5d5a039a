"""After an outage the gateway has caught up within twice its time, under a steady rate at half of what it can take.

No bus runs here at all: what the gateway would tell open pages is lost, and nothing else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count

from yuzhou.capabilities.sense.doors.hj212.frames import Splitter

from .client import acknowledged_by, connect
from .loggers import later, upload
from .test_faults import LOGGERS, Platform, platform  # noqa: F401 - a fixture

WINDOW = 150
MOST_PER_SECOND = 900  # frames of all loggers: what these loggers themselves can do beside others on the machine
BURST = 3000


class SteadyLogger:
    """Makes so many frames a second whatever happens, and sends again over a new connection what is not acknowledged."""

    def __init__(self, port: int, mn: str, hours_ago: float) -> None:
        self._port, self._mn, self._hours_ago = port, mn, hours_ago
        self._numbers = count()
        self.waiting: dict[str, tuple[float, bytes]] = {}
        self.made = 0

    def make(self, frames: int) -> None:
        """New frames, each with a moment of its own."""
        for number in (next(self._numbers) for _ in range(frames)):
            qn = f"20260803{number:09d}"
            moment = later(-60 * self._hours_ago + number / 60).replace(microsecond=0)
            self.waiting[qn] = (time.monotonic(), upload(mn=self._mn, qn=qn, at=moment))
        self.made += frames

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            reader, writer = await connect(self._port)
            try:
                await self._talk(reader, writer)
            except (ConnectionError, OSError):
                await asyncio.sleep(0.1)
            finally:
                writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter, outstanding = Splitter(), set[str]()
        while True:
            fresh = [qn for qn in list(self.waiting)[: 2 * WINDOW] if qn not in outstanding][: WINDOW - len(outstanding)]
            writer.write(b"".join(self.waiting[qn][1] for qn in fresh))
            outstanding.update(fresh)
            try:
                data = await asyncio.wait_for(reader.read(65536), 0.1)
            except TimeoutError:
                continue
            if not data:
                raise ConnectionError
            for qn in acknowledged_by(splitter, data):
                self.waiting.pop(qn, None)
                outstanding.discard(qn)


class Load:
    """All loggers at one rate."""

    def __init__(self, port: int, hours_ago: float) -> None:
        self.loggers = [SteadyLogger(port, f"KILL{number}", hours_ago) for number in range(LOGGERS)]
        self.rate = 0.0
        self._made = 0.0

    @property
    def lag(self) -> float:
        """Seconds since the oldest frame was made that is not acknowledged."""
        oldest = min((next(iter(one.waiting.values()))[0] for one in self.loggers if one.waiting), default=None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    async def run(self) -> None:
        """Make and send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.loggers:
                tasks.create_task(one.run())
            last = time.monotonic()
            while True:
                await asyncio.sleep(0.05)
                now = time.monotonic()
                self._made += self.rate * (now - last)
                last = now
                each = int(self._made / LOGGERS)
                self._made -= each * LOGGERS
                for one in self.loggers:
                    one.make(each)

    async def burst(self, frames: int) -> float:
        """Frames per second of as many at once."""
        began = time.monotonic()
        for one in self.loggers:
            one.make(frames // LOGGERS)
        while any(one.waiting for one in self.loggers):
            await asyncio.sleep(0.02)
        return frames / (time.monotonic() - began)

    async def caught_up(self, within: float) -> float:
        """Seconds until nothing waits for longer than a second."""
        began = time.monotonic()
        while self.lag > 1:
            assert time.monotonic() - began < within, f"{sum(len(one.waiting) for one in self.loggers)} frames still wait"
            await asyncio.sleep(0.05)
        return time.monotonic() - began


async def outage(
    platform: Platform,  # noqa: F811 - the fixture
    seconds: float,
    hours_ago: float,
    stop: Callable[[], None],
    start: Callable[[], Awaitable[None]],
) -> None:
    load = Load(platform.port, hours_ago)
    work = asyncio.create_task(load.run())
    try:
        await load.burst(LOGGERS)
        load.rate = min(MOST_PER_SECOND, await load.burst(BURST) / 2)
        await asyncio.sleep(2)
        stop()
        began = time.monotonic()
        await asyncio.sleep(seconds)
        assert load.lag > seconds / 2
        await start()
        taken = await load.caught_up(within=2 * (time.monotonic() - began))
        print(f"{load.rate:.0f} frames/s; away for {seconds:.0f} s, caught up {taken:.1f} s after it was back")
        load.rate = 0
        while any(one.waiting for one in load.loggers):
            await asyncio.sleep(0.05)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    stored = await asyncio.to_thread(platform.stored)
    assert len({moment for mn, moment in stored}) >= max(one.made for one in load.loggers)


async def test_a_database_that_was_away(platform: Platform) -> None:  # noqa: F811
    def stop() -> None:
        platform.database.kill()
        platform.database.wait()

    await outage(platform, 20, 300, stop, platform.restart_database)


async def test_a_gateway_that_was_away(platform: Platform) -> None:  # noqa: F811
    def stop() -> None:
        platform.gateway.kill()
        platform.gateway.wait()

    async def start() -> None:
        platform.start_gateway()

    await outage(platform, 20, 400, stop, start)
