"""Flags of values as they come from a machine: what is no number, what lies beyond the possible."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import DataFlag, Mark, PropertySpec

NO_NUMBER = DataFlag.FAULT | Mark.SUSPECT
BEYOND = DataFlag.OVER_RANGE | Mark.SUSPECT
NO_LINK = DataFlag.LINK_FAULT | Mark.SUSPECT
DATA_BITS = 0x0F


@dataclass(frozen=True, slots=True)
class Bounds:
    """The physically possible lowest and highest value of each property, in order; infinite where none is given."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, specs: Sequence[PropertySpec | None]) -> "Bounds":
        """From the profile; a property that is not in it has no bounds."""
        low = [-np.inf if spec is None or spec.low is None else spec.low for spec in specs]
        high = [np.inf if spec is None or spec.high is None else spec.high for spec in specs]
        return cls(np.array(low, dtype=np.float64), np.array(high, dtype=np.float64))


def judge(values: NDArray[np.float64], bounds: Bounds) -> NDArray[np.uint8]:
    """A flag for each value: normal, fault and suspect where it is no finite number, over range and suspect beyond the bounds."""
    flags = np.zeros(len(values), dtype=np.uint8)
    finite = np.isfinite(values)
    flags[finite & ((values < bounds.low) | (values > bounds.high))] = BEYOND
    flags[~finite] = NO_NUMBER
    return flags


@dataclass(slots=True)
class Marked:
    """Properties that give no values now, with the reason and when to ask again (monotonic seconds)."""

    reasons: dict[str, tuple[str, float]] = field(default_factory=dict)

    def mark(self, name: str, code: str, until: float) -> bool:
        """Mark a property; says whether that is news."""
        known = self.reasons.get(name)
        self.reasons[name] = (code, until)
        return known is None or known[0] != code

    def clear(self, name: str) -> None:
        """It gives values again."""
        self.reasons.pop(name, None)

    def due(self, now: float) -> list[str]:
        """Those that should be asked again."""
        return [name for name, (_, until) in self.reasons.items() if now >= until]
