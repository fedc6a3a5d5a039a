"""Reads all registers of one device: asks the planned blocks, and finds out which property a device refuses."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import PropertySpec
from yuzhou.capabilities.sense.doors.connectors.faults import Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.judging import NO_LINK, NO_NUMBER, Bounds, Marked, judge
from yuzhou.capabilities.sense.doors.modbus.decoding import BlockDecoder
from yuzhou.capabilities.sense.doors.modbus.planning import Block, plan
from yuzhou.capabilities.sense.doors.modbus.registers import Register

Ask = Callable[[Block], Awaitable[list[int]]]
ASK_AGAIN_AFTER = 3600.0  # seconds until a property that the device refused is tried again

NOT_HERE = {"modbus.exception-1", "modbus.exception-2", "modbus.exception-3"}  # illegal function, address, value (count)
BROKEN = {"modbus.exception-4", "modbus.exception-8"}  # device failure, memory parity
NOT_BEHIND = {"modbus.exception-10", "modbus.exception-11"}  # the gateway found no path, or no answer behind it


@dataclass(slots=True)
class Polled:
    """What one round of questions gave: columns in one order; `refused` are properties that were marked only now."""

    names: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: bytearray = field(default_factory=bytearray)
    refused: list[tuple[Register, str]] = field(default_factory=list)
    answers: list[tuple[Block, list[int]]] = field(default_factory=list)
    busy: str = ""

    def add(self, names: Sequence[str], values: NDArray[np.float64], flags: bytes) -> None:
        """The values of a block."""
        self.names.extend(names)
        self.values.extend(values.tolist())
        self.flags += flags

    def without_values(self, registers: Sequence[Register], flag: int) -> None:
        """Properties that have none, and why."""
        self.add([one.property for one in registers], np.full(len(registers), np.nan), bytes([flag]) * len(registers))


class _Planned:
    """A block with all that reading its answers takes."""

    def __init__(self, block: Block, specs: dict[str, PropertySpec]) -> None:
        self.block = block
        self.names = [one.property for one in block.registers]
        self._decoder = BlockDecoder(block)
        self._bounds = Bounds.of([specs.get(name) for name in self.names])

    def read(self, words: list[int]) -> tuple[NDArray[np.float64], bytes]:
        """Values and flags."""
        values = self._decoder.decode(words)
        return values, judge(values, self._bounds).tobytes()


class RegisterReader:
    """The registers of one device. A property that the device refuses is marked and left out; the others go on."""

    def __init__(self, registers: Sequence[Register], specs: dict[str, PropertySpec], *, gap: int = 8) -> None:
        self._specs = specs
        self._registers = {one.property: one for one in registers}
        self._planned = [_Planned(block, specs) for block in plan(registers, gap=gap)]
        self.marked = Marked()

    @property
    def requests(self) -> int:
        """How many questions a round takes."""
        return len(self._planned)

    async def poll(self, ask: Ask, now: float) -> Polled:
        """One round. Raises Unreachable where the device does not answer. `now` is monotonic seconds."""
        polled = Polled()
        kept = await self._ask_again(ask, now, polled)
        waiting = list(reversed(self._planned))
        while waiting:
            planned = waiting.pop()
            halves = await self._one(planned, ask, now, polled)
            if halves is None:
                kept.append(planned)
            else:
                waiting.extend(reversed(halves))
        self._planned = kept
        return polled

    async def _one(self, planned: _Planned, ask: Ask, now: float, polled: Polled) -> list[_Planned] | None:
        """Ask for a block; returns the smaller ones that take its place where the device will not have it so."""
        try:
            words = await ask(planned.block)
        except Refused as fault:
            return self._refused(planned, fault, now, polled)
        polled.answers.append((planned.block, words))
        polled.add(planned.names, *planned.read(words))
        return None

    def _refused(self, planned: _Planned, fault: Refused, now: float, polled: Polled) -> list[_Planned] | None:
        registers = planned.block.registers
        if fault.code in NOT_BEHIND:
            raise Unreachable(fault.code)
        if fault.code in BROKEN:
            polled.without_values(registers, NO_NUMBER)
            return None
        if fault.code not in NOT_HERE:  # acknowledge, busy: the next round asks again
            polled.busy = fault.code
            return None
        if len(registers) > 1:
            return [_Planned(half, self._specs) for half in planned.block.halves()]
        if self.marked.mark(registers[0].property, fault.code, now + ASK_AGAIN_AFTER):
            polled.refused.append((registers[0], fault.code))
            polled.without_values(registers, NO_LINK)
        return []

    async def _ask_again(self, ask: Ask, now: float, polled: Polled) -> list[_Planned]:
        """Properties that were refused long ago may be there now; returns the requests that go on with them."""
        found = []
        for name in self.marked.due(now):
            (block,) = plan([self._registers[name]])
            planned = _Planned(block, self._specs)
            if await self._one(planned, ask, now, polled) is None:
                self.marked.clear(name)
                found.append(planned)
        return found
