"""A logger for tests: keeps what is not acknowledged, and sends it again over a new connection when the old one breaks."""

import asyncio
import time
from collections.abc import Iterable

from yuzhou.capabilities.sense.doors.hj212.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.hj212.segment import Segment, parse


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the gateway, tried until someone listens."""
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)


async def answers(reader: asyncio.StreamReader, count: int, seconds: float = 10) -> list[Segment]:
    """The next segments from the gateway; fewer if the time is up or the line ends."""
    splitter, found = Splitter(), []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        try:
            data = await asyncio.wait_for(reader.read(65536), deadline - time.monotonic())
        except (TimeoutError, ConnectionError):
            break
        if not data:
            break
        found += [parse(one.segment) for one in splitter.feed(data) if isinstance(one, Frame)]
    return found


async def talk(port: int, *frames: bytes, answered: int | None = None, seconds: float = 10) -> list[Segment]:
    """Send frames on one connection; returns as many answers as there are frames, or as told."""
    reader, writer = await connect(port)
    writer.write(b"".join(frames))
    found = await answers(reader, len(frames) if answered is None else answered, seconds)
    writer.close()
    return found


class FaithfulLogger:
    """Sends frames by QN with a window, and resends what is not acknowledged until all is."""

    def __init__(self, port: int, frames: dict[str, bytes], window: int = 40) -> None:
        self._port = port
        self._waiting = dict(frames)
        self._window = window
        self.acknowledged: set[str] = set()
        self.connections = 0

    async def run(self) -> None:
        """Until everything is acknowledged."""
        while self._waiting:
            reader, writer = await connect(self._port)
            self.connections += 1
            try:
                await self._talk(reader, writer)
            except ConnectionError:
                await asyncio.sleep(0.02)
            finally:
                writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter = Splitter()
        outstanding: set[str] = set()
        while self._waiting:
            fresh = [qn for qn in self._waiting if qn not in outstanding][: self._window - len(outstanding)]
            writer.write(b"".join(self._waiting[qn] for qn in fresh))
            outstanding.update(fresh)
            data = await asyncio.wait_for(reader.read(65536), 30)
            if not data:
                raise ConnectionError
            for qn in acknowledged_by(splitter, data):
                self.acknowledged.add(qn)
                self._waiting.pop(qn, None)
                outstanding.discard(qn)


def acknowledged_by(splitter: Splitter, data: bytes) -> Iterable[str]:
    """The QNs that the data acknowledge."""
    segments = [parse(one.segment) for one in splitter.feed(data) if isinstance(one, Frame)]
    return [segment.qn for segment in segments if segment.cn == "9014"]
