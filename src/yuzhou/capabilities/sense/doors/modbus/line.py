"""One TCP connection to a Modbus server or gateway, shared by the units behind it; one request at a time."""

from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from yuzhou.capabilities.sense.doors.connectors.faults import Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.reach import Network, find_address
from yuzhou.capabilities.sense.doors.modbus.planning import Block
from yuzhou.capabilities.sense.doors.modbus.registers import Register, Table

UNANSWERED_IN_A_ROW = 3
NEVER = 1_000_000_000


class Line:
    """A connection that is made when it is needed. Nothing is ever sent twice: a read is asked again by the next poll, a
    write not at all."""

    def __init__(self, host: str, port: int, *, seconds: float = 3.0, networks: tuple[Network, ...] = ()) -> None:
        self.host, self.port = host, port
        self._seconds = seconds
        self._networks = networks
        self._client: AsyncModbusTcpClient | None = None
        self._unanswered = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._client is not None and self._client.connected

    async def open(self) -> None:
        """Connect, unless connected. Raises Unreachable."""
        if self.is_open:
            return
        self.close()
        address = await find_address(self.host, self.port, self._networks)
        client = AsyncModbusTcpClient(address, port=self.port, timeout=self._seconds, retries=0, reconnect_delay=0)
        client.set_max_no_responses(NEVER)
        if not await client.connect():
            client.close()
            raise Unreachable("modbus.no-connection", host=self.host, port=self.port)
        self._client, self._unanswered = client, 0

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def read(self, unit: int, block: Block) -> list[int]:
        """The words (or bits) of a block. Raises Refused for an exception response, Unreachable without a proper answer."""
        client = await self._ready()
        ask = {
            Table.HOLDING: client.read_holding_registers,
            Table.INPUT: client.read_input_registers,
            Table.COIL: client.read_coils,
            Table.DISCRETE: client.read_discrete_inputs,
        }[block.table]
        answer = await self._answer(ask(block.address, count=block.count, device_id=unit))
        found = answer.bits if block.table.has_bits else answer.registers
        if len(found) < block.count or (not block.table.has_bits and len(found) > block.count):
            self.close()  # what comes next would be read as the answer to another question
            raise Unreachable("modbus.garbage", host=self.host, port=self.port)
        return [int(one) for one in found[: block.count]]

    async def write(self, unit: int, register: Register, words: list[int]) -> None:
        """Write one property, once. Raises Refused where the device says no, Unreachable where it says nothing."""
        client = await self._ready()
        if register.table is Table.COIL:
            asked = client.write_coil(register.address, bool(words[0]), device_id=unit)
        elif register.bit is not None:
            mask = 1 << (register.bit ^ 8 if register.order.swaps_bytes else register.bit)
            asked = client.mask_write_register(
                address=register.address, and_mask=0xFFFF ^ mask, or_mask=mask if words[0] else 0, device_id=unit
            )
        elif len(words) == 1:
            asked = client.write_register(register.address, words[0], device_id=unit)
        else:
            asked = client.write_registers(register.address, words, device_id=unit)
        await self._answer(asked)

    async def _ready(self) -> AsyncModbusTcpClient:
        await self.open()
        assert self._client is not None  # noqa: S101 - open() raises otherwise
        return self._client

    async def _answer(self, asked: Any) -> ModbusPDU:
        try:
            answer: ModbusPDU = await asked
        except ConnectionException as error:
            self.close()
            raise Unreachable("modbus.no-connection", host=self.host, port=self.port) from error
        except ModbusException as error:
            self._unanswered += 1
            was_open = self.is_open
            if not was_open or self._unanswered >= UNANSWERED_IN_A_ROW:
                self.close()
            code = "modbus.no-answer" if was_open else "modbus.broken-off"
            raise Unreachable(code, host=self.host, port=self.port) from error
        except OSError as error:
            self.close()
            raise Unreachable("modbus.broken-off", host=self.host, port=self.port) from error
        self._unanswered = 0
        if isinstance(answer, ExceptionResponse) or answer.isError():
            raise Refused(f"modbus.exception-{getattr(answer, 'exception_code', 0)}")
        return answer
