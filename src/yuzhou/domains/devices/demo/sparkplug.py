"""Payloads of Sparkplug B, as an edge node writes them (Sparkplug 3.0, 6.4): a handful of fields of protocol buffers, by hand."""

import struct
from dataclasses import dataclass

UINT64, DOUBLE, BOOLEAN = 8, 10, 11


def _varint(number: int) -> bytes:
    found = bytearray()
    while True:
        number, seven = number >> 7, number & 0x7F
        found.append(seven | (0x80 if number else 0))
        if not number:
            return bytes(found)


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    return _varint(number << 3) + _varint(value)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: with its name in a birth, by alias alone afterwards."""

    name: str
    alias: int
    kind: int
    value: float | bool | int


def _metric(one: Metric, moment: int, *, is_birth: bool) -> bytes:
    found = _field(1, one.name.encode()) if is_birth else b""
    if one.alias:
        found += _field(2, one.alias)
    found += _field(3, moment)
    if is_birth:
        found += _field(4, one.kind)
    if one.kind == DOUBLE:
        return found + _varint(13 << 3 | 1) + struct.pack("<d", one.value)
    return found + _field(14 if one.kind == BOOLEAN else 11, int(one.value))


def payload(metrics: list[Metric], moment: int, sequence: int | None, *, is_birth: bool = False) -> bytes:
    """A payload; `moment` in milliseconds. A death has no sequence number."""
    found = _field(1, moment) + b"".join(_field(2, _metric(one, moment, is_birth=is_birth)) for one in metrics)
    return found if sequence is None else found + _field(3, sequence)
