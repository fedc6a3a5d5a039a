"""A small MQTT 3.1.1 client, as a device would have it: connect with a will, publish with QoS 1, listen."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

ALIVE = 30
Heard = Callable[[str, bytes], Awaitable[None]]


def _text(text: str | bytes) -> bytes:
    content = text.encode() if isinstance(text, str) else text
    return len(content).to_bytes(2, "big") + content


def _packet(kind: int, body: bytes) -> bytes:
    """Fixed header with the remaining length in sevens of bits (MQTT 3.1.1, 2.2.3)."""
    length, left = bytearray(), len(body)
    while True:
        left, seven = left >> 7, left & 0x7F
        length.append(seven | (0x80 if left else 0))
        if not left:
            return bytes([kind]) + bytes(length) + body


class MqttDevice:
    """One connection."""

    def __init__(self, identity: str, secret: str, *, will: tuple[str, bytes, bool], heard: Heard) -> None:
        self._identity, self._secret, self._will, self._heard = identity, secret, will, heard
        self._last = 0
        self._acknowledged: dict[int, asyncio.Future[None]] = {}
        self._writer: asyncio.StreamWriter | None = None

    async def run(self, host: str, port: int, topics: list[str], then: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Connect, subscribe, and do `then` until the connection ends."""
        reader, self._writer = await asyncio.open_connection(host, port)
        try:
            topic, payload, retain = self._will
            flags = 0x02 | 0x04 | 0x08 | (0x20 if retain else 0) | 0xC0  # clean, will with QoS 1, user and password
            body = _text("MQTT") + bytes([4, flags]) + ALIVE.to_bytes(2, "big") + _text(self._identity.replace("/", "-"))
            body += _text(topic) + _text(payload) + _text(self._identity) + _text(self._secret)
            await self._send(_packet(0x10, body))
            kind, answer = await _read(reader)
            if kind != 0x20 or answer[1]:
                raise ConnectionError(f"the bus refused {self._identity}: {answer[1]}")
            wanted = b"".join(_text(one) + b"\x01" for one in topics)
            await self._send(_packet(0x82, self._number().to_bytes(2, "big") + wanted))
            tasks = [asyncio.create_task(work) for work in (self._listen(reader), self._ping(), then())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._writer.close()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1; returns when the bus has it."""
        number = self._number()
        done = self._acknowledged[number] = asyncio.get_running_loop().create_future()
        await self._send(_packet(0x33 if retain else 0x32, _text(topic) + number.to_bytes(2, "big") + payload))
        async with asyncio.timeout(30):
            await done

    def _number(self) -> int:
        self._last = self._last % 0xFFFF + 1
        return self._last

    async def _send(self, content: bytes) -> None:
        assert self._writer is not None  # noqa: S101 - run() connected
        self._writer.write(content)
        await self._writer.drain()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(ALIVE / 2)
            await self._send(b"\xc0\x00")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            kind, body = await _read(reader)
            if kind == 0x40 and (done := self._acknowledged.pop(int.from_bytes(body[:2], "big"), None)) and not done.done():
                done.set_result(None)
            elif kind & 0xF0 == 0x30:
                length = int.from_bytes(body[:2], "big")
                topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
                if kind & 0x06:
                    await self._send(_packet(0x40, rest[:2]))
                    rest = rest[2:]
                await self._heard(topic, rest)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    length, shift = 0, 0
    while True:
        (seven,) = await reader.readexactly(1)
        length |= (seven & 0x7F) << shift
        shift += 7
        if not seven & 0x80:
            return kind, await reader.readexactly(length)
