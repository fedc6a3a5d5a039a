"""What a device refuses is found and left out; the rest goes on."""

import math

import pytest

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.connectors.faults import Refused, Unreachable
from yuzhou.capabilities.sense.doors.modbus.planning import Block
from yuzhou.capabilities.sense.doors.modbus.reading import ASK_AGAIN_AFTER, RegisterReader
from yuzhou.capabilities.sense.doors.modbus.registers import Register, Table

FAULT = DataFlag.FAULT | Mark.SUSPECT
LINK_FAULT = DataFlag.LINK_FAULT | Mark.SUSPECT


class Device:
    """Answers every address with itself, but for those it does not have."""

    def __init__(self, missing: set[int], most: int = 125) -> None:
        self.missing, self.most, self.asked = missing, most, 0

    async def __call__(self, block: Block) -> list[int]:
        self.asked += 1
        wanted = range(block.address, block.address + block.count)
        if block.count > self.most:
            raise Refused("modbus.exception-3")
        if self.missing & set(wanted):
            raise Refused("modbus.exception-2")
        return list(wanted)


def holding(*addresses: int) -> list[Register]:
    return [Register(f"p{address}", Table.HOLDING, address) for address in addresses]


async def test_one_missing_address_marks_one_property() -> None:
    reader, device = RegisterReader(holding(*range(16)), {}), Device({5})
    polled = await reader.poll(device, 0.0)
    assert [(one.property, code) for one, code in polled.refused] == [("p5", "modbus.exception-2")]
    values = dict(zip(polled.names, polled.values, strict=True))
    assert math.isnan(values.pop("p5"))
    assert values == {f"p{n}": n for n in range(16) if n != 5}
    assert dict(zip(polled.names, polled.flags, strict=True))["p5"] == LINK_FAULT
    device.asked = 0
    again = await reader.poll(device, 1.0)
    assert (len(again.values), again.refused) == (15, [])
    assert device.asked == reader.requests <= 5


async def test_what_lies_between_may_be_missing() -> None:
    reader = RegisterReader(holding(1, 8), {})
    polled = await reader.poll(Device({4}), 0.0)
    assert (polled.names, polled.values, polled.refused) == (["p1", "p8"], [1, 8], [])
    assert reader.requests == 2


async def test_a_device_that_gives_few_registers_at_once() -> None:
    reader = RegisterReader(holding(*range(100)), {})
    polled = await reader.poll(Device(set(), most=30), 0.0)
    assert sorted(polled.values) == list(range(100))
    assert reader.requests == 4


async def test_a_property_that_comes_back_is_read_again() -> None:
    reader, device = RegisterReader(holding(1, 2), {}), Device({2})
    await reader.poll(device, 0.0)
    device.missing = set()
    assert (await reader.poll(device, ASK_AGAIN_AFTER - 1)).names == ["p1"]
    assert sorted((await reader.poll(device, ASK_AGAIN_AFTER + 1)).names) == ["p1", "p2"]
    assert reader.marked.reasons == {}
    assert sorted((await reader.poll(device, ASK_AGAIN_AFTER + 2)).names) == ["p1", "p2"]


async def test_a_broken_part_and_a_busy_device() -> None:
    async def broken(block: Block) -> list[int]:
        raise Refused("modbus.exception-4")

    async def busy(block: Block) -> list[int]:
        raise Refused("modbus.exception-6")

    reader = RegisterReader(holding(1, 2), {})
    polled = await reader.poll(broken, 0.0)
    assert (all(math.isnan(one) for one in polled.values), bytes(polled.flags)) == (True, bytes([FAULT] * 2))
    polled = await reader.poll(busy, 0.0)
    assert (polled.names, polled.busy) == ([], "modbus.exception-6")


async def test_nothing_behind_the_gateway_is_no_answer() -> None:
    async def absent(block: Block) -> list[int]:
        raise Refused("modbus.exception-11")

    with pytest.raises(Unreachable, match=r"modbus\.exception-11"):
        await RegisterReader(holding(1), {}).poll(absent, 0.0)
