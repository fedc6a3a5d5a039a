"""Register maps: what a source may say, and that every number comes back as it was written."""

import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.modbus.decoding import BlockDecoder
from yuzhou.capabilities.sense.doors.modbus.planning import Block, plan
from yuzhou.capabilities.sense.doors.modbus.registers import PACKED, Order, Register, Table, decode, encode, read_source
from yuzhou.kernel.errors import Invalid

WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "int64": 4, "uint64": 4, "float32": 2, "float64": 4}
RANGES = {
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**53), 2**53),
    "uint64": (0, 2**53),
}


def register(kind: str = "uint16", **more: object) -> Register:
    return Register("x", Table.HOLDING, 0, kind, words=more.pop("words", WORDS.get(kind, 1)), **more)  # type: ignore[arg-type]


def test_the_orders_of_a_float_are_those_of_the_handbooks() -> None:
    # 123.45 is 42 F6 E6 66 in IEEE 754
    for order, words in (
        ("ABCD", [0x42F6, 0xE666]),
        ("CDAB", [0xE666, 0x42F6]),
        ("BADC", [0xF642, 0x66E6]),
        ("DCBA", [0x66E6, 0xF642]),
    ):
        one = register("float32", order=Order(order))
        assert decode(one, words) == pytest.approx(123.45, rel=1e-6)
        assert encode(one, 123.45) == words


def test_a_long_number_with_its_low_word_first() -> None:
    assert decode(register("uint64", order=Order.CDAB), [4, 3, 2, 1]) == 0x0001_0002_0003_0004


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("int16", [0xFFFE], -2),
        ("uint16", [0xFFFE], 65534),
        ("int32", [0xFFFF, 0xFFFF], -1),
        ("bcd", [0x1234], 1234),
        ("bool", [0x0100], 1),
    ],
)
def test_kinds_of_numbers(kind: str, words: list[int], value: float) -> None:
    assert decode(register(kind), words) == value


def test_bits_of_a_word() -> None:
    assert [decode(register("bool", bit=bit), [0b1010]) for bit in range(4)] == [0, 1, 0, 1]
    assert decode(register("bool", bit=0, order=Order.BADC), [0x0100]) == 1


def test_scale_does_not_add_digits() -> None:
    one = register("int16", scale=0.1, offset=0)
    assert [decode(one, [raw]) for raw in (3, 7, 215, 65535)] == [0.3, 0.7, 21.5, -0.1]
    assert encode(one, 21.5) == [215]
    assert decode(register("uint16", scale=2.5, offset=-40), [20]) == 10.0


def test_what_is_no_number() -> None:
    assert math.isnan(decode(register("bcd"), [0x12AB]))
    assert math.isnan(decode(register("int16", absent=-32768), [0x8000]))
    assert math.isnan(decode(register("float32"), [0x7FC0, 0]))
    assert decode(register("float32"), [0x7F80, 0]) == math.inf


@pytest.mark.parametrize(
    ("kind", "value"), [("int16", 40000), ("uint16", -1), ("bcd", 10000), ("float32", math.nan), ("bool", 2), ("float32", 1e300)]
)
def test_what_does_not_fit_is_not_written(kind: str, value: float) -> None:
    with pytest.raises(Invalid, match=r"modbus\.value"):
        encode(register(kind), value)


orders = st.sampled_from(list(Order))


@given(kind=st.sampled_from(sorted(RANGES)), order=orders, data=st.data())
def test_whole_numbers_come_back(kind: str, order: Order, data: st.DataObject) -> None:
    value = data.draw(st.integers(*RANGES[kind]))
    one = register(kind, order=order)
    words = encode(one, value)
    assert len(words) == WORDS[kind]
    assert decode(one, words) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False), order=orders)
def test_floats_come_back(value: float, order: Order) -> None:
    assert decode(register("float64", order=order), encode(register("float64", order=order), value)) == value


@given(value=st.integers(0, 9999_9999), order=orders)
def test_decimal_digits_come_back(value: int, order: Order) -> None:
    one = register("bcd", order=order, words=2)
    assert decode(one, encode(one, value)) == value


@given(
    raw=st.integers(-32768, 32767), scale=st.sampled_from([0.1, 0.01, 0.001, 1, 2, 0.5, 10, -0.1]), offset=st.integers(-100, 100)
)
def test_scaled_numbers_come_back(raw: int, scale: float, offset: int) -> None:
    one = register("int16", scale=scale, offset=offset)
    words = [raw & 0xFFFF]
    assert encode(one, decode(one, words)) == words


registers = st.builds(
    lambda kind, address, order, scale, bit, number: Register(
        f"p{number}",
        Table.HOLDING,
        address,
        kind,
        order,
        bit=bit if kind == "bool" else None,
        scale=1.0 if kind == "bool" else scale,
        words=2 if kind == "bcd" else WORDS.get(kind, 1),
        absent=0 if number % 3 == 0 else None,
    ),
    st.sampled_from([*PACKED, "bool", "bcd"]),
    st.integers(0, 300),
    orders,
    st.sampled_from([1.0, 0.1, 3.0]),
    st.none() | st.integers(0, 15),
    st.integers(0, 999),
)


@given(st.lists(registers, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_a_whole_answer_is_read_like_each_number_of_it(wanted: list[Register], random: object) -> None:
    for block in plan(wanted):
        words = [random.getrandbits(16) for _ in range(block.count)]  # type: ignore[attr-defined]
        values = BlockDecoder(block).decode(words)
        for value, one in zip(values, block.registers, strict=True):
            alone = decode(one, words[one.address - block.address : one.end - block.address])
            assert np.array_equal(value, alone, equal_nan=True)


def test_bits_are_read_like_words() -> None:
    coils = tuple(Register(f"c{n}", Table.COIL, 10 + n, "bool") for n in range(4))
    assert BlockDecoder(Block(Table.COIL, 10, 4, coils)).decode([True, False, 1, 0]).tolist() == [1, 0, 1, 0]


def test_a_source_says_where_and_how() -> None:
    source = {"register": "holding", "address": 100, "type": "float32", "order": "CDAB", "scale": 0.1, "offset": 5}
    one = read_source("T", source)
    assert one == Register("T", Table.HOLDING, 100, "float32", Order.CDAB, None, 0.1, 5, 2)
    assert read_source("on", {"register": "coil", "address": 3, "write": True}) == Register(
        "on", Table.COIL, 3, "bool", write=True
    )
    form = {"register": "holding", "address": 3, "type": "", "scale": None, "write": "true"}
    assert read_source("x", form) == Register("x", Table.HOLDING, 3, write=True)
    assert read_source("name", {"register": "holding", "address": 3, "type": "string-skip", "words": 10}) is None


@pytest.mark.parametrize(
    ("source", "member"),
    [
        ({}, "register"),
        ({"register": "holding"}, "address"),
        ({"register": "holding", "address": 65535, "type": "float32"}, "address"),
        ({"register": "holding", "address": True}, "address"),
        ({"register": "holding", "address": 1, "type": "int8"}, "type"),
        ({"register": "coil", "address": 1, "type": "int16"}, "type"),
        ({"register": "holding", "address": 1, "order": "BACD"}, "order"),
        ({"register": "holding", "address": 1, "bit": 3}, "bit"),
        ({"register": "holding", "address": 1, "type": "bool", "bit": 16}, "bit"),
        ({"register": "holding", "address": 1, "scale": 0}, "scale"),
        ({"register": "holding", "address": 1, "scale": "0.1"}, "scale"),
        ({"register": "input", "address": 1, "write": True}, "write"),
        ({"register": "holding", "address": 1, "write": "maybe"}, "write"),
        ({"register": "input", "address": 1, "factor": 2}, "factor"),
    ],
)
def test_a_wrong_source_says_which_member(source: dict[str, object], member: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_source("T", source)
    assert (caught.value.code, caught.value.params["member"]) == ("modbus.source", member)


@given(st.lists(registers, max_size=60), st.integers(0, 20), st.integers(4, 125))
def test_a_plan_reads_everything_within_the_limits(wanted: list[Register], gap: int, most: int) -> None:
    blocks = plan(wanted, gap=gap, most_registers=most)
    assert sorted(one.property for block in blocks for one in block.registers) == sorted(one.property for one in wanted)
    for block in blocks:
        assert block.count <= most
        assert all(block.address <= one.address and one.end <= block.address + block.count for one in block.registers)
        covered = {address for one in block.registers for address in range(one.address, one.end)}
        assert block.count - len(covered) <= gap * len(block.registers)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12, unique=True), st.integers(0, 30), st.integers(4, 125))
def test_no_plan_needs_fewer_requests(addresses: list[int], gap: int, most: int) -> None:
    assume(len(addresses) <= 12)
    addresses.sort()
    best = [0] + [10**9] * len(addresses)  # the fewest requests for the first n, by trying every cut
    for end in range(1, len(addresses) + 1):
        for start in range(end):
            part = addresses[start:end]
            fits = part[-1] + 1 - part[0] <= most and all(b - a - 1 <= gap for a, b in pairwise(part))
            if fits:
                best[end] = min(best[end], best[start] + 1)
    wanted = [Register(str(a), Table.INPUT, a) for a in addresses]
    assert len(plan(wanted, gap=gap, most_registers=most)) == best[-1]


def test_tables_and_bits_have_requests_of_their_own() -> None:
    wanted = [
        Register("a", Table.HOLDING, 1),
        Register("b", Table.INPUT, 1),
        Register("c", Table.COIL, 0, "bool"),
        Register("d", Table.COIL, 1999, "bool"),
        Register("e", Table.COIL, 2000, "bool"),
    ]
    blocks = plan(wanted, gap=200)
    assert [(b.table.value, b.address, b.count) for b in blocks] == [
        ("holding", 1, 1),
        ("input", 1, 1),
        ("coil", 0, 2000),
        ("coil", 2000, 1),
    ]


def test_a_request_is_halved_without_its_gap() -> None:
    (block,) = plan([Register("a", Table.HOLDING, 1), Register("b", Table.HOLDING, 6, "float32", words=2)])
    assert [(half.address, half.count) for half in block.halves()] == [(1, 1), (6, 2)]
    assert struct.calcsize(PACKED["float32"]) == 4
