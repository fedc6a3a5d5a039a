"""OPC UA values and status codes into numbers and flags."""

import math
from collections.abc import Iterator
from enum import Enum
from typing import Any

from yuzhou.capabilities.sense.contracts import DataFlag, Mark

LONGEST_ARRAY = 64
SEVERITY = 0xC000_0000
UNCERTAIN = 0x4000_0000
CODE = 0xFFFF_0000
OVERFLOW_MASK, OVERFLOW = 0x0C80, 0x0480  # info type "data value" with its bit "overflow" (OPC 10000-4, 7.39.1)

SUSPECT = int(Mark.SUSPECT)
GOOD_OTHERWISE = {0x0096_0000: DataFlag.SET_BY_HAND}  # GoodLocalOverride
UNCERTAIN_OTHERWISE = {  # OPC 10000-8, 6.3.2
    0x408F_0000: DataFlag.LINK_FAULT,  # UncertainNoCommunicationLastUsableValue
    0x4090_0000: DataFlag.LINK_FAULT,  # UncertainLastUsableValue
    0x4091_0000: DataFlag.SET_BY_HAND,  # UncertainSubstituteValue
    0x4094_0000: DataFlag.OVER_RANGE,  # UncertainEngineeringUnitsExceeded
    0x4095_0000: DataFlag.FAULT,  # UncertainSubNormal
    0x4093_0000: DataFlag.FAULT,  # UncertainSensorNotAccurate
    0x420A_0000: DataFlag.CALIBRATING,  # UncertainSensorCalibration
}
BAD_OTHERWISE = {
    0x808A_0000: DataFlag.LINK_FAULT,  # BadNotConnected
    0x8031_0000: DataFlag.LINK_FAULT,  # BadNoCommunication
    0x8032_0000: DataFlag.LINK_FAULT,  # BadWaitingForInitialData
    0x8005_0000: DataFlag.LINK_FAULT,  # BadCommunicationError
    0x808D_0000: DataFlag.STOPPED,  # BadOutOfService
    0x803C_0000: DataFlag.OVER_RANGE,  # BadOutOfRange
}


def flag_of(status: int) -> int:
    """The flag of a value from its status code: Good is normal; Uncertain and Bad are suspect, with the reason where the code
    has one that we know (else Uncertain is normal but suspect, and Bad is a fault)."""
    code = status & CODE
    severity = status & SEVERITY
    if severity == 0:
        return int(GOOD_OTHERWISE.get(code, DataFlag.NORMAL))
    if severity == UNCERTAIN:
        return int(UNCERTAIN_OTHERWISE.get(code, DataFlag.NORMAL)) | SUSPECT
    return int(BAD_OTHERWISE.get(code, DataFlag.FAULT)) | SUSPECT


def is_bad(status: int) -> bool:
    """Whether a status says that there is no value."""
    return bool(status & 0x8000_0000)


def lost_some(status: int) -> bool:
    """Whether the server dropped values before this one because its queue was full."""
    return status & OVERFLOW_MASK == OVERFLOW


def number_of(value: Any) -> float | None:
    """A truth value as 0 or 1, an enumeration as its number, a number as it is; None for text and all else."""
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, Enum) and isinstance(value.value, int):
        return float(value.value)
    return None


def held_in(value: Any, index: int | None) -> Any:
    """What a data value holds, or one place of its array; None where it holds nothing there."""
    held = value.Value.Value if value.Value is not None else None
    if index is None or held is None:
        return held
    return held[index] if isinstance(held, list | tuple) and index < len(held) else None


def numbers_of(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """The properties that a value is: `name`, or `name[0]`, `name[1]` … for an array (64 places at most); nothing for text.

    Of an array of arrays each place is named, as `name[1][0]`.
    """
    if isinstance(value, list | tuple):
        for index, one in enumerate(value[:LONGEST_ARRAY]):
            yield from numbers_of(f"{name}[{index}]", one)
        return
    number = number_of(value)
    if number is not None:
        yield name, number


def with_flag(number: float, flag: int) -> tuple[float, int]:
    """What is no finite number is a fault, and stored as NaN."""
    if math.isfinite(number):
        return number, flag
    return math.nan, (flag | SUSPECT) if flag & 0x0F else int(DataFlag.FAULT) | SUSPECT
