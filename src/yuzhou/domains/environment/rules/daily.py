"""The daily report (日报) of an outlet: validity, exceedances, statistics and amounts, from its hourly means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from yuzhou.domains.environment.rules.factors import FLOW_CODES, MILLIGRAMS_PER, Factor
from yuzhou.domains.environment.rules.hours import INSTRUMENT_BITS, STOPPED_FLAG, is_valid
from yuzhou.domains.environment.rules.limits import Averaging, Limit

SECONDS = 3600
KILOGRAMS_PER_AMOUNT = {"kg": 1.0, "g": 1e-3, "mg": 1e-6}


@dataclass(frozen=True, slots=True)
class Hour:
    """One hourly value: `hour` 0 to 23 of the city's day; `computed` where the platform made it from finer values."""

    hour: int
    value: float
    flag: int = 0
    computed: bool = False

    @property
    def valid(self) -> bool:
        """Whether it is a valid measurement."""
        return is_valid(self.flag)


@dataclass(frozen=True, slots=True)
class FactorDay:
    """What a factor did on a day. `ratio` values are multiples of the limit; `kilograms` None where it cannot be known.

    `mean` is weighted by flow where `weighted`, as HJ 356-2019 asks for concentrations in water. `amount_hours` are the hours
    behind the amount, of them `amount_reported` by the logger's own cumulative value, the rest from flow × concentration.
    """

    factor: str
    expected: int
    valid: int
    received: int
    computed: int
    mean: float | None = None
    weighted: bool = False
    minimum: float | None = None
    maximum: float | None = None
    limit: Limit | None = None
    exceeding_hours: int = 0
    exceedances: int = 0
    max_ratio: float | None = None
    day_exceeded: bool = False
    kilograms: float | None = None
    volume: float | None = None
    amount_hours: int = 0
    amount_reported: int = 0


@dataclass(frozen=True, slots=True)
class OutletDay:
    """An outlet's day. `expected` leaves out the hours in which it said to stand still."""

    hours: int
    stopped: int
    factors: tuple[FactorDay, ...] = field(default=())

    @property
    def expected(self) -> int:
        """Hourly values that all factors together should have given."""
        return sum(item.expected for item in self.factors)

    @property
    def valid(self) -> int:
        """Hourly values that are valid measurements."""
        return sum(item.valid for item in self.factors)

    @property
    def valid_ratio(self) -> float | None:
        """Valid data ratio (数据有效率), 0 to 1; None if nothing was expected."""
        return self.valid / self.expected if self.expected else None

    @property
    def exceeding_hours(self) -> int:
        """Hours of all factors above their limits."""
        return sum(item.exceeding_hours for item in self.factors)

    @property
    def exceedances(self) -> int:
        """Unbroken runs of exceeding hours, of all factors."""
        return sum(item.exceedances for item in self.factors)


def report_outlet(
    *,
    factors: Sequence[Factor],
    hours: Mapping[str, Sequence[Hour]],
    amounts: Mapping[str, Sequence[Hour]],
    limits: Iterable[Limit],
    converted: Mapping[str, Sequence[Hour]] | None = None,
    length: int = 24,
) -> OutletDay:
    """The day of an outlet from hourly means (`hours`) and hourly cumulative values (`amounts`) by factor code.

    `converted` holds the means that are judged instead, of factors judged by converted values (折算值); amounts always come
    from what was measured. `limits` are those in force that day; `length` is how many hours of the day are over.
    """
    judged = {**hours, **(converted or {})}
    by_key = {(limit.factor, limit.averaging): limit for limit in limits}
    stopped = stopped_hours(hours, length)
    days = []
    for factor in factors:
        flow = {} if factor.is_flow else _by_hour(hours.get(FLOW_CODES.get(factor.medium, ""), ()))
        days.append(
            report_factor(
                factor,
                _before(judged.get(factor.code, ()), length),
                measured=_before(hours.get(factor.code, ()), length),
                limit=by_key.get((factor.code, Averaging.HOUR)),
                day_limit=by_key.get((factor.code, Averaging.DAY)),
                flow=flow,
                reported=_by_hour(amounts.get(factor.code, ())),
                expected=length - len(stopped),
                stopped=stopped,
            )
        )
    return OutletDay(hours=length, stopped=len(stopped), factors=tuple(days))


def report_factor(
    factor: Factor,
    hours: Sequence[Hour],
    *,
    measured: Sequence[Hour],
    limit: Limit | None,
    day_limit: Limit | None,
    flow: Mapping[int, Hour],
    reported: Mapping[int, Hour],
    expected: int,
    stopped: frozenset[int] = frozenset(),
) -> FactorDay:
    """One factor's day: `hours` are judged, `measured` carry the amount; `flow` and `reported` amounts by hour."""
    running = [hour for hour in hours if hour.hour not in stopped]
    valid = [hour for hour in running if hour.valid]
    values = [hour.value for hour in valid]
    mean, weighted = weighted_mean(factor, valid, flow)
    exceeding = [hour.hour for hour in valid if limit is not None and limit.is_broken_by(hour.value)]
    ratios = [r for hour in valid if limit is not None and (r := limit.ratio(hour.value)) is not None]
    kilograms, volume, amount_hours, by_logger = amount(
        factor, [hour for hour in measured if hour.valid and hour.hour not in stopped], flow, reported
    )
    return FactorDay(
        factor=factor.code,
        expected=expected,
        valid=len(valid),
        received=len(hours),
        computed=sum(hour.computed for hour in hours),
        mean=mean,
        weighted=weighted,
        minimum=min(values, default=None),
        maximum=max(values, default=None),
        limit=limit or day_limit,
        exceeding_hours=len(exceeding),
        exceedances=count_runs(exceeding),
        max_ratio=max(ratios, default=None),
        day_exceeded=bool(day_limit is not None and mean is not None and day_limit.is_broken_by(mean)),
        kilograms=kilograms,
        volume=volume,
        amount_hours=amount_hours,
        amount_reported=by_logger,
    )


def stopped_hours(hours: Mapping[str, Sequence[Hour]], length: int) -> frozenset[int]:
    """Hours in which everything that was reported carries the flag F (停运)."""
    flags: dict[int, list[int]] = {}
    for series in hours.values():
        for hour in series:
            flags.setdefault(hour.hour, []).append(hour.flag & INSTRUMENT_BITS)
    return frozenset(hour for hour, marks in flags.items() if hour < length and all(mark == STOPPED_FLAG for mark in marks))


def weighted_mean(factor: Factor, valid: Sequence[Hour], flow: Mapping[int, Hour]) -> tuple[float | None, bool]:
    """The mean of the valid hours, weighted by flow for a concentration in water whose every hour has a flow."""
    if not valid:
        return None, False
    plain = sum(hour.value for hour in valid) / len(valid)
    weights = [flow[hour.hour].value for hour in valid if hour.hour in flow and flow[hour.hour].valid]
    if factor.medium != "water" or not factor.is_concentration or len(weights) < len(valid) or sum(weights) <= 0:
        return plain, False
    return sum(hour.value * weight for hour, weight in zip(valid, weights, strict=True)) / sum(weights), True


def amount(
    factor: Factor, valid: Sequence[Hour], flow: Mapping[int, Hour], reported: Mapping[int, Hour]
) -> tuple[float | None, float | None, int, int]:
    """Kilograms of a pollutant or cubic metres of a flow, the hours behind it, and how many of those the logger reported."""
    total, counted, by_logger = 0.0, 0, 0
    to_kilograms = KILOGRAMS_PER_AMOUNT.get(factor.amount_unit)
    for hour in valid:
        own = reported.get(hour.hour)
        if own is not None and own.valid and (factor.is_flow or to_kilograms):
            total += own.value * (1.0 if factor.is_flow else to_kilograms or 0.0)
            by_logger += 1
        elif factor.is_flow:
            total += volume_of_hour(factor, hour.value)
        elif factor.is_concentration and hour.hour in flow and flow[hour.hour].valid:
            total += kilograms_of_hour(factor, hour.value, flow[hour.hour].value)
        else:
            continue
        counted += 1
    if not counted:
        return None, None, 0, 0
    return (None, total, counted, by_logger) if factor.is_flow else (total, None, counted, by_logger)


def volume_of_hour(factor: Factor, flow: float) -> float:
    """Cubic metres in an hour from a flow in L/s (water) or m³/s (gas)."""
    return flow * SECONDS / (1000 if factor.unit == "L/s" else 1)


def kilograms_of_hour(factor: Factor, concentration: float, flow: float) -> float:
    """Kilograms in an hour: mg/L × L/s (water) or mg/m³ × m³/s (gas) are both mg/s."""
    return concentration * MILLIGRAMS_PER[factor.unit] * flow * SECONDS / 1e6


def count_runs(hours: Iterable[int]) -> int:
    """How many unbroken runs the hours form: 1, 2, 5 are two."""
    ordered = sorted(set(hours))
    return sum(1 for index, hour in enumerate(ordered) if index == 0 or hour != ordered[index - 1] + 1)


def _before(hours: Iterable[Hour], length: int) -> list[Hour]:
    return [hour for hour in hours if hour.hour < length]


def _by_hour(hours: Iterable[Hour]) -> dict[int, Hour]:
    return {hour.hour: hour for hour in hours}
