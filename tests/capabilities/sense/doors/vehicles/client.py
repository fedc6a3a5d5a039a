"""A line to a door, for tests: sends frames, reads answers, says when it was closed."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self


class Line:
    """A connection; `splitter` cuts what comes back."""

    def __init__(self, port: int, splitter: Callable[[], Any]) -> None:
        self._port = port
        self._splitter = splitter()
        self.frames: list[Any] = []

    async def __aenter__(self) -> Self:
        while True:
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return self

    async def __aexit__(self, *error: object) -> None:
        self._writer.close()

    def send(self, *frames: bytes) -> None:
        """Write to the door."""
        self._writer.write(b"".join(frames))

    async def receive(self, count: int = 1, seconds: float = 10) -> list[Any]:
        """The next frames from the door; fewer if the time is up or the line ends."""
        deadline = time.monotonic() + seconds
        while len(self.frames) < count and time.monotonic() < deadline:
            try:
                data = await asyncio.wait_for(self._reader.read(65536), deadline - time.monotonic())
            except (TimeoutError, ConnectionError):
                break
            if not data:
                break
            self.frames += self._splitter.feed(data)
        found, self.frames = self.frames[:count], self.frames[count:]
        return found

    async def ask(self, frame: bytes) -> Any:
        """Send a frame; returns its answer."""
        self.send(frame)
        (answer,) = await self.receive()
        return answer

    async def ended(self, seconds: float = 15) -> bool:
        """Whether the door closes the line in time."""
        try:
            while await asyncio.wait_for(self._reader.read(65536), seconds):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True
