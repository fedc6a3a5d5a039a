"""What a reported value means by its property: the unit it is kept in, what is possible, the names of its numbers."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.payloads.refusals import Refused
from yuzhou.capabilities.sense.rules.ucum import NotConvertible, Scale, UnitUnknown, is_unit, scale_between

NO_NUMBER = int(DataFlag.FAULT) | int(Mark.SUSPECT)
BEYOND = int(DataFlag.OVER_RANGE) | int(Mark.SUSPECT)


class Described(Protocol):
    """A property as a profile describes it (`contracts.PropertySpec`)."""

    @property
    def unit(self) -> str:
        """UCUM."""

    @property
    def low(self) -> float | None:
        """The least that is possible."""

    @property
    def high(self) -> float | None:
        """The most that is possible."""

    @property
    def names(self) -> Mapping[int, Any]:
        """What the numbers of an enumeration are called."""


Properties = Mapping[str, Described]
NOTHING_DESCRIBED: Properties = {}


def scale_for(given: str, wanted: str, row: int, field: str) -> Scale:
    """How values in the given unit become what the property is kept in; raises Refused."""
    if not wanted:  # nothing is said of the property: its first unit will do, if it is one
        if not is_unit(given):
            raise Refused("payload.unit-unknown", row, field, unit=given)
        return scale_between(given, given)
    try:
        return scale_between(given, wanted)
    except UnitUnknown:
        code = "payload.unit" if is_unit(given) else "payload.unit-unknown"
        raise Refused(code, row, field, unit=given, wanted=wanted) from None
    except NotConvertible:
        raise Refused("payload.unit", row, field, unit=given, wanted=wanted) from None


def number_named(text: str, described: Described | None) -> float | None:
    """The number of an enumeration that a text names, by either language; None for any other text."""
    if text in ("NaN", "Infinity", "-Infinity"):
        return math.nan
    for number, title in (described.names if described else {}).items():
        if text in (title.zh, title.en):
            return float(number)
    return None


def is_beyond(value: float, described: Described | None) -> bool:
    """Whether a value is physically impossible for its property."""
    if described is None:
        return False
    return (described.low is not None and value < described.low) or (described.high is not None and value > described.high)
