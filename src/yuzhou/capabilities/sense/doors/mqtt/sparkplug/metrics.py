"""Metrics of Sparkplug B as numbers (Sparkplug 3.0, 6.4.16 data types), and values back into metrics."""

import math
from enum import IntEnum
from typing import Any

from yuzhou.capabilities.sense.contracts import DataFlag
from yuzhou.capabilities.sense.rules.ucum import is_unit


class DataType(IntEnum):
    """The standard's numbers; the arrays (22 to 34) are all kept raw alike."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19


SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
UNSIGNED = {DataType.UINT8: 8, DataType.UINT16: 16, DataType.UINT32: 32, DataType.UINT64: 64}
NUMBERS = frozenset({*SIGNED, *UNSIGNED, DataType.FLOAT, DataType.DOUBLE, DataType.BOOLEAN})
_FIELDS = ("int_value", "long_value", "float_value", "double_value", "boolean_value")
_QUALITY = {0: DataFlag.FAULT, 500: DataFlag.LINK_FAULT}
"""Property `Quality`: 0 bad, 192 good, 500 stale (Sparkplug 3.0, 6.4.12)."""


def number_of(metric: Any, datatype: int) -> float | None:
    """The value of a metric as a number: NaN where it is null, None where it is no number."""
    if datatype not in NUMBERS:
        return None
    if metric.is_null:
        return math.nan
    field = metric.WhichOneof("value")
    if field not in _FIELDS:
        return None
    value = getattr(metric, field)
    width = SIGNED.get(datatype)  # type: ignore[call-overload]  # a plain number finds its member
    if width is not None:  # int_value and long_value are unsigned on the wire: two's complement, cut to any width
        value = int(value) & ((1 << width) - 1)
        value -= (value >> (width - 1)) << width
    return float(value)


def quality_of(metric: Any) -> int:
    """The data flag that the metric's property `Quality` stands for."""
    if not metric.HasField("properties"):
        return DataFlag.NORMAL
    properties = metric.properties
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == "Quality":
            return _QUALITY.get(value.int_value, DataFlag.NORMAL)
    return DataFlag.NORMAL


def unit_of(metric: Any) -> str:
    """The metric's property `engUnit`, where it is a unit of UCUM."""
    if metric.HasField("properties"):
        for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
            if key == "engUnit" and is_unit(value.string_value):
                return str(value.string_value)[:32]
    return ""


def put_value(metric: Any, datatype: int, value: float) -> None:
    """Write a number into a metric as its type wants it; raises ValueError where it does not fit."""
    metric.datatype = datatype
    if datatype in (DataType.FLOAT, DataType.DOUBLE):
        setattr(metric, "float_value" if datatype == DataType.FLOAT else "double_value", float(value))
    elif datatype == DataType.BOOLEAN:
        metric.boolean_value = bool(value)
    elif datatype in SIGNED or datatype in UNSIGNED:
        _put_integer(metric, datatype, value)
    else:
        raise ValueError("not a number")


def _put_integer(metric: Any, datatype: int, value: float) -> None:
    number = int(value)
    signed = datatype in SIGNED
    width = (SIGNED | UNSIGNED)[DataType(datatype)]
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    if number != value or not low <= number <= high:
        raise ValueError("out of range")
    setattr(metric, "long_value" if width == 64 else "int_value", number & ((1 << width) - 1))
