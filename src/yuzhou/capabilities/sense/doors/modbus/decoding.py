"""The answer to one request into the values of all its properties at once, in numpy.

`registers.decode` says the same one value at a time; the tests compare them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.doors.modbus.planning import Block
from yuzhou.capabilities.sense.doors.modbus.registers import PACKED, Register, decode

Words = NDArray[np.uint16]
Values = NDArray[np.float64]


class BlockDecoder:
    """Reads the answers to one request; made once for a plan. `decode(words)` gives a value for each property, in order."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._parts: list[tuple[NDArray[np.intp], Callable[[Words], Values]]] = []
        groups: dict[tuple[object, ...], list[int]] = {}
        for position, register in enumerate(block.registers):
            groups.setdefault(_likeness(register), []).append(position)
        for positions in groups.values():
            alike = [block.registers[position] for position in positions]
            self._parts.append((np.array(positions, dtype=np.intp), _reader(alike, block.address)))

    def decode(self, answer: Sequence[int]) -> Values:
        """The values, NaN where a property has none."""
        words = np.asarray(answer, dtype=np.uint16)
        values = np.empty(len(self.block.registers), dtype=np.float64)
        for positions, read in self._parts:
            values[positions] = read(words)
        return values


def _likeness(register: Register) -> tuple[object, ...]:
    """Registers that are read in one go."""
    return register.type, register.order, register.words


def _reader(alike: list[Register], start: int) -> Callable[[Words], Values]:
    first = alike[0]
    if first.type == "bool":
        return _truths(alike, start)
    if first.type in PACKED:
        return _numbers(alike, start)
    return lambda words: np.array(
        [decode(one, words[one.address - start : one.end - start].tolist()) for one in alike], dtype=np.float64
    )


def _truths(alike: list[Register], start: int) -> Callable[[Words], Values]:
    places = np.array([one.address - start for one in alike], dtype=np.intp)
    whole = np.array([one.bit is None for one in alike])
    bits = np.array([one.bit or 0 for one in alike], dtype=np.uint16)
    swapped = alike[0].order.swaps_bytes

    def read(words: Words) -> Values:
        taken = words[places]
        shifted = (taken.byteswap() if swapped else taken) >> bits & 1
        return np.where(whole, taken != 0, shifted).astype(np.float64)

    return read


def _numbers(alike: list[Register], start: int) -> Callable[[Words], Values]:
    first = alike[0]
    steps = np.arange(first.words)[::-1] if first.order.low_word_first else np.arange(first.words)
    places = np.array([one.address - start for one in alike], dtype=np.intp)[:, None] + steps
    wire = "<u2" if first.order.swaps_bytes else ">u2"
    packed = np.dtype(PACKED[first.type])
    scales = np.array([one.scale for one in alike])
    divisors = np.array([one.divisor for one in alike])
    offsets = np.array([one.offset for one in alike])
    absent = np.array([np.nan if one.absent is None else one.absent for one in alike])

    def read(words: Words) -> Values:
        raw = words[places].astype(wire).view(packed)[:, 0].astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.where(divisors > 0, raw / np.where(divisors > 0, divisors, 1.0), raw * scales) + offsets
        return np.where(raw == absent, np.nan, scaled)

    return read
