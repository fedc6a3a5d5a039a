"""As few requests as the protocol allows for the registers of a device."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.modbus.registers import Register, Table

MOST_REGISTERS = 125  # of one request 03 or 04 (Modbus Application Protocol V1.1b3, 6.3 and 6.4)
MOST_BITS = 2000  # of one request 01 or 02 (6.1 and 6.2)
WORD = 16


@dataclass(frozen=True, slots=True)
class Block:
    """One request: `count` registers (or bits) of a table, and the properties that stand in them."""

    table: Table
    address: int
    count: int
    registers: tuple[Register, ...]

    def halves(self) -> "tuple[Block, ...]":
        """Two smaller requests for the same properties, without what lies between; one property cannot be halved."""
        middle = len(self.registers) // 2
        return tuple(_block(part) for part in (self.registers[:middle], self.registers[middle:]) if part)


def plan(
    registers: Iterable[Register],
    *,
    gap: int = 8,
    most_registers: int = MOST_REGISTERS,
    most_bits: int = MOST_BITS,
) -> tuple[Block, ...]:
    """The fewest requests that read all registers, none of them reading more than `gap` unasked words (of bits, 16 times as
    many) between two that are wanted. A register is never cut in two."""
    blocks: list[Block] = []
    ordered = sorted(registers, key=lambda one: (one.table, one.address, one.end))
    for table in Table:
        own = [one for one in ordered if one.table is table]
        most, between = (most_bits, gap * WORD) if table.has_bits else (most_registers, gap)
        blocks.extend(_block(group) for group in _groups(own, most, between))
    return tuple(blocks)


def _groups(ordered: list[Register], most: int, gap: int) -> Iterator[tuple[Register, ...]]:
    """Registers in order of address, cut where the next is too far away or no longer fits."""
    group: list[Register] = []
    end = 0
    for one in ordered:
        if group and (one.address - end > gap or max(end, one.end) - group[0].address > most):
            yield tuple(group)
            group, end = [], 0
        group.append(one)
        end = max(end, one.end)
    if group:
        yield tuple(group)


def _block(registers: tuple[Register, ...]) -> Block:
    first = min(one.address for one in registers)
    return Block(registers[0].table, first, max(one.end for one in registers) - first, registers)
