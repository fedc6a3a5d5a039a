"""The daily report of a district: its outlets' days put together."""

from collections.abc import Iterable
from dataclasses import dataclass

from yuzhou.domains.environment.rules.daily import OutletDay


@dataclass(frozen=True, slots=True)
class DistrictDay:
    """A district's day; `kilograms` by factor code, over the outlets that know their amount (`kilogram_outlets`)."""

    outlets: int
    reporting: int
    exceeding: int
    expected: int
    valid: int
    exceeding_hours: int
    exceedances: int
    kilograms: dict[str, float]
    kilogram_outlets: dict[str, int]

    @property
    def valid_ratio(self) -> float | None:
        """Valid data ratio (数据有效率), 0 to 1; None if nothing was expected."""
        return self.valid / self.expected if self.expected else None


def report_district(days: Iterable[OutletDay]) -> DistrictDay:
    """The sums of a district's outlets."""
    outlets = list(days)
    kilograms: dict[str, float] = {}
    knowing: dict[str, int] = {}
    for day in outlets:
        for item in day.factors:
            if item.kilograms is not None:
                kilograms[item.factor] = kilograms.get(item.factor, 0.0) + item.kilograms
                knowing[item.factor] = knowing.get(item.factor, 0) + 1
    return DistrictDay(
        outlets=len(outlets),
        reporting=sum(any(item.received for item in day.factors) for day in outlets),
        exceeding=sum(day.exceeding_hours > 0 or any(item.day_exceeded for item in day.factors) for day in outlets),
        expected=sum(day.expected for day in outlets),
        valid=sum(day.valid for day in outlets),
        exceeding_hours=sum(day.exceeding_hours for day in outlets),
        exceedances=sum(day.exceedances for day in outlets),
        kilograms=dict(sorted(kilograms.items())),
        kilogram_outlets=knowing,
    )
