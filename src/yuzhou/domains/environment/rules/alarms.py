"""The alarm rules (预警规则) of an outlet: hourly and daily means beyond limits, missing, frozen and flagged data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from yuzhou.capabilities.sense.contracts import (
    AnyOf,
    Bound,
    DataFlag,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Level,
    Missing,
    SeriesSpec,
    Severity,
    Statistic,
)
from yuzhou.capabilities.sense.contracts import Limit as Beyond
from yuzhou.domains.environment.rules.factors import Factor
from yuzhou.domains.environment.rules.limits import Averaging, Limit
from yuzhou.kernel.clock import day_bounds
from yuzhou.kernel.text import Text

GRAVE_RATIO = 2.0
FROZEN_SAMPLES = 30
FLAG_HOLD_SECONDS = 300
DOUBTFUL = frozenset({int(DataFlag.FAULT), int(DataFlag.OVER_RANGE), int(DataFlag.LINK_FAULT)})
MEAN = {
    (Averaging.HOUR, False): Statistic.HOUR_AVG,
    (Averaging.HOUR, True): Statistic.HOUR_AVG_CONVERTED,
    (Averaging.DAY, False): Statistic.DAY_AVG,
    (Averaging.DAY, True): Statistic.DAY_AVG_CONVERTED,
}
PLAIN = (
    Statistic.RTD,
    Statistic.MINUTE_AVG,
    Statistic.HOUR_MIN,
    Statistic.HOUR_AVG,
    Statistic.HOUR_MAX,
    Statistic.HOUR_TOTAL,
    Statistic.DAY_AVG,
    Statistic.DAY_TOTAL,
)
CONVERTED = (
    Statistic.RTD_CONVERTED,
    Statistic.MINUTE_AVG_CONVERTED,
    Statistic.HOUR_MIN_CONVERTED,
    Statistic.HOUR_AVG_CONVERTED,
    Statistic.HOUR_MAX_CONVERTED,
    Statistic.DAY_AVG_CONVERTED,
)


class AlarmKind(StrEnum):
    """What an outlet's alarm is about."""

    LIMIT = "limit"
    MISSING = "missing"
    FROZEN = "frozen"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A rule to define in sense; its key names outlet, kind and factor."""

    key: str
    title: Text
    definition: Definition


def rule_key(outlet: UUID, kind: AlarmKind, *details: str) -> str:
    """The key of a rule: `environment:<outlet>:<kind>[:<factor>[:<averaging>]]`."""
    return ":".join(("environment", str(outlet), kind.value, *details))


def kind_of(key: str) -> AlarmKind | None:
    """The kind of an alarm from its rule's key; None for rules of others."""
    words = key.split(":")
    known = len(words) >= 3 and words[0] == "environment" and words[2] in set(AlarmKind)
    return AlarmKind(words[2]) if known else None


def series_specs(factors: Mapping[Factor, bool]) -> list[SeriesSpec]:
    """The series that a logger reports for its factors; the value says whether converted ones are reported too."""
    return [
        SeriesSpec(factor.code, statistic, unit=_unit(factor, statistic), title=factor.name)
        for factor, converted in factors.items()
        for statistic in (PLAIN + CONVERTED if converted else PLAIN)
    ]


def _unit(factor: Factor, statistic: Statistic) -> str:
    total = statistic in (Statistic.HOUR_TOTAL, Statistic.DAY_TOTAL)
    return (factor.amount_unit if total else factor.unit) or "1"


def alarm_rules(
    outlet: UUID, *, factors: Iterable[Factor], limits: Iterable[Limit], silent_seconds: int, frozen_seconds: int
) -> list[AlarmRule]:
    """All rules of an outlet; the limits of the past and the future are bounds by date."""
    known = {factor.code: factor for factor in factors}
    rules = [_missing(outlet, known.values(), silent_seconds)] if known else []
    rules += [_frozen(outlet, factor, frozen_seconds) for factor in known.values()]
    rules += [_flagged(outlet, factor) for factor in known.values()]
    ordered = sorted(limits, key=lambda limit: (limit.factor, limit.averaging, limit.converted, limit.valid_from))
    for (code, averaging, converted), group in groupby(ordered, key=lambda x: (x.factor, x.averaging, x.converted)):
        if code in known:
            rules.append(_beyond(outlet, known[code], averaging, converted, list(group)))
    return rules


def _beyond(outlet: UUID, factor: Factor, averaging: Averaging, converted: bool, limits: list[Limit]) -> AlarmRule:
    """Above the limit; graver from twice the upper limit on."""
    feed = Feed(factor.code, MEAN[averaging, converted])
    plain = Beyond(feed, tuple(_bound(limit) for limit in limits))
    levels = [Level(Severity.MAJOR, plain)]
    if any(limit.lower is None for limit in limits):
        levels.append(Level(Severity.CRITICAL, Beyond(feed, tuple(_bound(limit, GRAVE_RATIO) for limit in limits))))
    title = {
        Averaging.HOUR: Text(f"{factor.name.zh}小时均值超标", f"{factor.name.en}: hourly mean beyond the limit"),
        Averaging.DAY: Text(f"{factor.name.zh}日均值超标", f"{factor.name.en}: daily mean beyond the limit"),
    }[averaging]
    details = (factor.code, averaging.value, "converted") if converted else (factor.code, averaging.value)
    return AlarmRule(rule_key(outlet, AlarmKind.LIMIT, *details), title, Definition(tuple(levels)))


def _bound(limit: Limit, times: float = 1.0) -> Bound:
    """The limit as a bound by time: from the first moment of its first day to that of the day after its last.

    A range, as of pH, has no multiple: there only the plain bound stands.
    """
    ranged = limit.lower is not None
    return Bound(
        high=None if limit.upper is None or (ranged and times != 1) else limit.upper * times,
        low=limit.lower if times == 1 else None,
        valid_from=None if limit.valid_from == date.min else day_bounds(limit.valid_from)[0],
        valid_to=None if limit.valid_to is None else day_bounds(limit.valid_to)[0],
    )


def _missing(outlet: UUID, factors: Iterable[Factor], seconds: int) -> AlarmRule:
    """Any factor's real-time values stay away; one alarm for the logger, not one for each factor."""
    parts = tuple(Missing(Feed(factor.code, Statistic.RTD), seconds) for factor in factors)
    return AlarmRule(
        rule_key(outlet, AlarmKind.MISSING),
        Text("数据缺失", "Data missing"),
        Definition((Level(Severity.WARNING, parts[0] if len(parts) == 1 else AnyOf(parts)),)),
    )


def _frozen(outlet: UUID, factor: Factor, seconds: int) -> AlarmRule:
    """Real-time values that do not move at all."""
    condition = Frozen(Feed(factor.code, Statistic.RTD), samples=FROZEN_SAMPLES, seconds=seconds)
    return AlarmRule(
        rule_key(outlet, AlarmKind.FROZEN, factor.code),
        Text(f"{factor.name.zh}数据恒值", f"{factor.name.en}: value frozen"),
        Definition((Level(Severity.WARNING, condition),)),
    )


def _flagged(outlet: UUID, factor: Factor) -> AlarmRule:
    """The instrument reports fault, over-range or a broken link, for a while."""
    condition = Flagged(Feed(factor.code, Statistic.RTD), DOUBTFUL)
    return AlarmRule(
        rule_key(outlet, AlarmKind.FLAGGED, factor.code),
        Text(f"{factor.name.zh}数据标记异常", f"{factor.name.en}: data flagged as faulty"),
        Definition((Level(Severity.NOTICE, condition, hold_seconds=FLAG_HOLD_SECONDS),)),
    )
