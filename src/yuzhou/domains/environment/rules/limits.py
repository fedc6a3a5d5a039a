"""Limits (排放限值), valid by date, and how a value stands against them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise


class Averaging(StrEnum):
    """Over what a limit holds."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of one factor, in the factor's unit; valid from a day up to, not including, another.

    `converted` says that it judges the value converted to the reference state (折算值); `basis` names permit or standard.
    """

    factor: str
    upper: float | None
    lower: float | None = None
    averaging: Averaging = Averaging.HOUR
    converted: bool = False
    basis: str = ""
    valid_from: date = date.min
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on the day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def is_broken_by(self, value: float) -> bool:
        """Whether the value lies outside; a value equal to the limit keeps it."""
        return (self.upper is not None and value > self.upper) or (self.lower is not None and value < self.lower)

    def ratio(self, value: float) -> float | None:
        """The value as a multiple of the upper limit; None where there is none, and for ranges (pH), where it says nothing."""
        if self.upper is None or self.lower is not None or self.upper == 0:
            return None
        return value / self.upper


def limit_on(limits: Iterable[Limit], factor: str, day: date, averaging: Averaging = Averaging.HOUR) -> Limit | None:
    """The limit of a factor in force on a day; the one that began last where several claim to be."""
    held = [x for x in limits if x.factor == factor and x.averaging == averaging and x.holds_on(day)]
    return max(held, key=lambda limit: limit.valid_from, default=None)


def overlapping(limits: Sequence[Limit]) -> list[tuple[Limit, Limit]]:
    """Pairs of limits of one factor and averaging that are in force on the same day."""
    found = []
    ordered = sorted(limits, key=lambda limit: (limit.factor, limit.averaging, limit.valid_from))
    for before, after in pairwise(ordered):
        same = (before.factor, before.averaging) == (after.factor, after.averaging)
        if same and (before.valid_to is None or after.valid_from < before.valid_to):
            found.append((before, after))
    return found
