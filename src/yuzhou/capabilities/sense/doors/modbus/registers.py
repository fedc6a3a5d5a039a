"""Register maps: where a property stands in a Modbus device, and how its words become a number and back.

A map is data: the `source` of each property in a profile, such as
`{"register": "holding", "address": 100, "type": "float32", "order": "CDAB", "scale": 0.1, "offset": 0}`.
Addresses are those of the protocol, from 0 (the "40001" of handbooks is address 0 of the holding registers).
"""

import builtins
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from yuzhou.kernel.errors import Invalid

HIGHEST_ADDRESS = 0xFFFF
LONGEST_TEXT = 125
NOT_A_NUMBER = math.nan


class Table(StrEnum):
    """The four tables of the data model (Modbus Application Protocol V1.1b3, 4.3)."""

    HOLDING = "holding"
    INPUT = "input"
    COIL = "coil"
    DISCRETE = "discrete"

    @property
    def has_bits(self) -> bool:
        """Whether an address of it is one bit, not a word of 16."""
        return self in (Table.COIL, Table.DISCRETE)

    @property
    def is_writable(self) -> bool:
        """Whether the protocol has requests that write to it."""
        return self in (Table.HOLDING, Table.COIL)


class Order(StrEnum):
    """How the bytes of a number lie on the wire, A being the most significant: CDAB has the low word first, BADC and DCBA
    have the bytes of each word changed over."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"

    @property
    def low_word_first(self) -> bool:
        """Whether the least significant word comes first."""
        return self in (Order.CDAB, Order.DCBA)

    @property
    def swaps_bytes(self) -> bool:
        """Whether the bytes within a word are changed over."""
        return self in (Order.BADC, Order.DCBA)


PACKED = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}
TYPES = (*PACKED, "bool", "bcd", "string-skip")
WORDS = {True: True, False: False, "true": True, "false": False}
KEYS = {"register", "address", "type", "order", "bit", "scale", "offset", "words", "absent", "write"}


@dataclass(frozen=True, slots=True)
class Register:
    """Where one property stands. `words`: registers (or bits) that it takes. `absent`: the raw number that means "no value"."""

    property: str
    table: Table
    address: int
    type: str = "uint16"
    order: Order = Order.ABCD
    bit: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    words: int = 1
    absent: float | None = None
    write: bool = False

    @builtins.property
    def end(self) -> int:
        """The address after it."""
        return self.address + self.words

    @builtins.property
    def divisor(self) -> float:
        """1/scale where that is a whole number: 3 / 10 is 0.3, 3 * 0.1 is not."""
        inverse = 1 / self.scale
        whole = round(inverse)
        return float(whole) if whole > 1 and math.isclose(inverse, whole, rel_tol=1e-12) else 0.0


def read_source(name: str, source: Mapping[str, Any]) -> Register | None:
    """The register of a property, from the `source` of its profile; None for `string-skip` (text is no series).

    Raises Invalid `modbus.source` with the member that is wrong.
    """
    source = {member: value for member, value in source.items() if value not in (None, "")}
    unknown = set(source) - KEYS
    if unknown:
        raise _wrong(name, min(unknown))
    table = _one_of(Table, name, source, "register", None)
    kind = str(source.get("type") or ("bool" if table.has_bits else "uint16"))
    if kind not in TYPES or (table.has_bits and kind != "bool"):
        raise _wrong(name, "type")
    words = _words(name, source, kind)
    address = _integer(name, source, "address", 0, HIGHEST_ADDRESS + 1 - words, None)
    if kind == "string-skip":
        return None
    scale = _number(name, source, "scale", 1.0)
    if scale == 0 or (kind == "bool" and scale != 1):
        raise _wrong(name, "scale")
    return Register(
        property=name,
        table=table,
        address=address,
        type=kind,
        order=_one_of(Order, name, source, "order", Order.ABCD),
        bit=_bit(name, source, table, kind),
        scale=scale,
        offset=_number(name, source, "offset", 0.0),
        words=words,
        absent=_number(name, source, "absent", 0.0) if source.get("absent") is not None else None,
        write=_write(name, source, table),
    )


def _words(name: str, source: Mapping[str, Any], kind: str) -> int:
    if kind in PACKED:
        return struct.calcsize(PACKED[kind]) // 2
    if kind == "bool":
        return 1
    return _integer(name, source, "words", 1, 4 if kind == "bcd" else LONGEST_TEXT, 1)


def _bit(name: str, source: Mapping[str, Any], table: Table, kind: str) -> int | None:
    """The bit of a word that a truth value is; a whole word is true where it is not zero."""
    if source.get("bit") is None:
        return None
    if kind != "bool" or table.has_bits:
        raise _wrong(name, "bit")
    return _integer(name, source, "bit", 0, 15, None)


def _write(name: str, source: Mapping[str, Any], table: Table) -> bool:
    wanted = WORDS.get(source.get("write", False))
    if wanted is None or (wanted and not table.is_writable):
        raise _wrong(name, "write")
    return wanted


def _one_of(enumeration: Any, name: str, source: Mapping[str, Any], key: str, default: Any) -> Any:
    value = source.get(key, default)
    try:
        return enumeration(value)
    except ValueError as error:
        raise _wrong(name, key) from error


def _integer(name: str, source: Mapping[str, Any], key: str, low: int, high: int, default: int | None) -> int:
    value = source.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong(name, key)
    return value


def _number(name: str, source: Mapping[str, Any], key: str, default: float) -> float:
    value = source.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _wrong(name, key)
    return float(value)


def _wrong(name: str, member: str) -> Invalid:
    return Invalid("modbus.source", field="source", property=name, member=member)


# --- one number ----------------------------------------------------------------------------------------------------------


def to_bytes(words: Sequence[int], order: Order) -> bytes:
    """The bytes of a number, most significant first."""
    ordered = list(reversed(words)) if order.low_word_first else list(words)
    return b"".join(word.to_bytes(2, "little" if order.swaps_bytes else "big") for word in ordered)


def to_words(content: bytes, order: Order) -> list[int]:
    """The words of a number as they go over the wire; the other way of `to_bytes`."""
    words = [int.from_bytes(content[i : i + 2], "little" if order.swaps_bytes else "big") for i in range(0, len(content), 2)]
    return words[::-1] if order.low_word_first else words


def decode(register: Register, words: Sequence[int]) -> float:
    """The value in these words (or this bit); NaN where it is no number: a digit beyond nine, the mark for "absent"."""
    if register.type == "bool":
        return _truth(register, words[0])
    raw = _raw(register, words)
    if raw == register.absent:
        return NOT_A_NUMBER
    return _scaled(register, raw)


def _truth(register: Register, word: int) -> float:
    if register.bit is None:
        return float(bool(word))
    in_order = int.from_bytes(to_bytes([word], register.order))
    return float(in_order >> register.bit & 1)


def _raw(register: Register, words: Sequence[int]) -> float:
    content = to_bytes(words, register.order)
    if register.type == "bcd":
        digits = content.hex()
        return float(int(digits)) if digits.isdigit() else NOT_A_NUMBER
    return float(struct.unpack(PACKED[register.type], content)[0])


def _scaled(register: Register, raw: float) -> float:
    """Scale, then offset."""
    scaled = raw / register.divisor if register.divisor else raw * register.scale
    return scaled + register.offset


def encode(register: Register, value: float) -> list[int]:
    """The words that hold a value (for a bit: 0 or 1). Raises Invalid `modbus.value` for one that does not fit."""
    if register.type == "bool":
        if value not in (0, 1):
            raise Invalid("modbus.value", field="value", property=register.property)
        return [int(value)]
    raw = value - register.offset
    raw = raw * register.divisor if register.divisor else raw / register.scale
    try:
        return to_words(_packed(register, raw), register.order)
    except (struct.error, OverflowError, ValueError) as error:
        raise Invalid("modbus.value", field="value", property=register.property) from error


def _packed(register: Register, raw: float) -> bytes:
    if not math.isfinite(raw):
        raise ValueError(raw)
    if register.type == "bcd":
        digits = str(round(raw)).zfill(register.words * 4)
        if len(digits) > register.words * 4:
            raise OverflowError(raw)
        return bytes.fromhex(digits)
    if register.type.startswith("float"):
        return struct.pack(PACKED[register.type], raw)
    return struct.pack(PACKED[register.type], round(raw))
