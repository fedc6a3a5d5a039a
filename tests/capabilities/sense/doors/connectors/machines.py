"""Machines to connect to: a pymodbus server, and servers that are dead in each way there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


class Unit:
    """A Modbus device with 200 holding registers (address n holds n), coils, and a log of what was written to it."""

    def __init__(self, number: int = 1, *, absent: set[int] = frozenset(), deaf: bool = False) -> None:  # type: ignore[assignment]
        self.number, self.absent, self.deaf = number, set(absent), deaf
        self.registers = list(range(200))
        self.coils = [False] * 32
        self.written: list[tuple[int, int, list[int]]] = []
        self.asked = 0
        self.forgets = False  # takes a write and does not keep it

    def device(self) -> SimDevice:
        """As pymodbus's simulator takes it; every request goes through `act`."""
        words = [SimData(0, values=self.registers, datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[False] * 32, datatype=DataType.BITS)]
        return SimDevice(self.number, simdata=(bits, bits, words, words), action=self.act)

    async def act(
        self, function: int, start: int, address: int, count: int, current: list[int], new: list[Any] | None
    ) -> ExcCodes | None:
        self.asked += 1
        if self.deaf:
            await asyncio.sleep(30)
        if function in (3, 4, 6, 16, 22) and self.absent & set(range(address, address + max(count, 1))):
            return ExcCodes.ILLEGAL_ADDRESS
        if new is not None:
            self.written.append((function, address, list(new)))
            if self.forgets:
                new[:] = current[address - start : address - start + len(new)]
        return None


@asynccontextmanager
async def modbus_server(*units: Unit, port: int = 0) -> AsyncIterator[int]:
    """A pymodbus server with these units; gives its port."""
    server = ModbusTcpServer([unit.device() for unit in units], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield server.transport.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    finally:
        await server.shutdown()


@asynccontextmanager
async def broken_server(kind: str) -> AsyncIterator[int]:
    """A server that says nothing (`deaf`), talks nonsense (`garbage`), or hangs up at once (`rude`)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if kind == "rude":
                return
            while await reader.read(1000):
                if kind == "garbage":
                    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
                    await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Cable:
    """A line to a server in which bytes may stand still: both ends stay connected and hear nothing of each other."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.tries = 0  # connections that were begun while it was frozen
        self._server_port = port
        self._flows = asyncio.Event()
        self._flows.set()

    def freeze(self) -> None:
        """Let nothing through."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let everything through again."""
        self._flows.set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.tries += not self._flows.is_set()
        answers, asks = await asyncio.open_connection("127.0.0.1", self._server_port)
        ways = [asyncio.create_task(self._pass(*way)) for way in ((reader, asks), (answers, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        asks.close()
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def cable(port: int) -> AsyncIterator[Cable]:
    """A line to the server on a port; its own port is `.port`."""
    made = Cable(port)
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
