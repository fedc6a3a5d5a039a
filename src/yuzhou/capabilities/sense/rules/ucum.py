"""Units by UCUM (统一计量单位代码): whether one is known, and how values go from one to another.

The grammar is read by ucumvert, the arithmetic is pint's; both load at the first question, in about half a second. See
docs/decisions/units.md.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 64
NEAREST = 10**9
_EXACT = 1e-12


class UnitUnknown(ValueError):
    """The text is not a unit by UCUM."""


class NotConvertible(ValueError):
    """The units measure different things, or not on a linear scale."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From one unit to another: (value × times + plus) / by. Whole numbers where the units allow, so 212 °F are 100 ℃."""

    times: float = 1.0
    plus: float = 0.0
    by: float = 1.0

    @property
    def is_same(self) -> bool:
        """Whether nothing changes."""
        return self.times == self.by and self.plus == 0

    def one(self, value: float) -> float:
        """One value."""
        return (value * self.times + self.plus) / self.by

    def all(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A column of values."""
        converted: NDArray[np.float64] = (values * self.times + self.plus) / self.by
        return converted


SAME = Scale()


def is_unit(text: str) -> bool:
    """Whether a text is a unit by UCUM (case sensitive), annotations in braces included."""
    try:
        _quantity(text)
    except UnitUnknown:
        return False
    return True


@lru_cache(4096)
def scale_between(given: str, wanted: str) -> Scale:
    """How values in `given` become values in `wanted`; raises UnitUnknown, NotConvertible. Equal texts are always SAME."""
    if given == wanted:
        return SAME
    registry = _registry()
    source, target = _quantity(given), _quantity(wanted)
    from pint.errors import PintError

    try:
        zero, one, two = (
            float(registry.Quantity(source.magnitude * x, source.units).to(target.units).magnitude) for x in (0.0, 1.0, 2.0)
        )
    except (PintError, ValueError, ZeroDivisionError, TypeError, ArithmeticError) as error:
        raise NotConvertible(f"{given} {wanted}") from error
    target_size = float(target.magnitude)
    zero, one, two = zero / target_size, one / target_size, two / target_size
    slope = one - zero
    if not math.isfinite(slope) or slope == 0 or abs(two - one - slope) > 1e-9 * abs(slope):
        raise NotConvertible(f"{given} {wanted}")
    return _in_whole_numbers(slope, zero)


def _in_whole_numbers(slope: float, offset: float) -> Scale:
    ratio = _nearest(slope)
    shift = Fraction(0) if abs(offset) < 1e-9 else _nearest(offset)
    if ratio is None or shift is None:
        return Scale(slope, offset, 1.0)
    common = math.lcm(ratio.denominator, shift.denominator)
    return Scale(float(ratio * common), float(shift * common), float(common))


def _nearest(number: float) -> Fraction | None:
    """The simple fraction that a number was meant to be, if there is one."""
    if abs(number) < 1:
        inverse = _nearest(1 / number)
        return None if inverse is None else 1 / inverse
    fraction = Fraction(number).limit_denominator(10_000)
    return fraction if abs(float(fraction) - number) <= _EXACT * abs(number) and fraction.numerator < NEAREST**2 else None


@lru_cache(4096)
def _quantity(text: str) -> Any:
    """A unit as pint knows it."""
    from lark.exceptions import LarkError
    from pint.errors import PintError

    if not 0 < len(text) <= LONGEST or not text.isascii():
        raise UnitUnknown(text)
    try:
        found = _registry().from_ucum(text)
        return found if hasattr(found, "units") else _registry().Quantity(1, "")
    except (LarkError, PintError, ValueError, KeyError, AttributeError, TypeError, ArithmeticError, RecursionError) as error:
        raise UnitUnknown(text) from error


@lru_cache(1)
def _registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()
