"""Readings of devices as instances of the attributes of their entities, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts.evolution import MOST_INSTANCES, TemporalAsk
from yuzhou.capabilities.sense.models import SeriesRecord
from yuzhou.capabilities.sense.rules.ngsild.durations import periods
from yuzhou.capabilities.sense.rules.ngsild.entity import Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TemporalQuery, TimeProperty, TimeRelation
from yuzhou.capabilities.sense.rules.ngsild.temporal import Aggregated, Aggregation, Method
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment, write_moment
from yuzhou.capabilities.sense.rules.ngsild.units import unit_code
from yuzhou.capabilities.sense.selectors.columns import moment
from yuzhou.capabilities.sense.selectors.entities.live import QUALITY, quality_of
from yuzhou.capabilities.sense.selectors.history import MOST_READ, read_history
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now

READING = "urn:ngsi-ld:Reading:"
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FIRST_LOOK = timedelta(hours=1)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a device: of which attribute (IRI) and dataset."""

    id: int
    device_id: UUID
    attribute: str
    dataset: str | None
    unit: str | None


def series_of(devices: Iterable[UUID], ask: TemporalAsk) -> list[Series]:
    """The series of devices that are asked for; none where their times are not those of readings."""
    if ask.by is TimeProperty.DELETED_AT:
        return []
    records = SeriesRecord.objects.filter(device_id__in=list(devices))
    if ask.attributes:
        records = records.filter(attribute__in=ask.attributes)
    found = [
        Series(one.id, one.device_id, one.attribute, _dataset(one.statistic), unit_code(one.unit))
        for one in records.order_by("id")
    ]
    return [one for one in found if ask.datasets is None or (one.dataset or "@none") in ask.datasets]


def read_instances(*, actor: Actor, series: Sequence[Series], ask: TemporalAsk) -> tuple[dict[int, list[Instance]], str | None]:
    """The readings of each series as instances in the order of time; and, where there are more than are told, the moment
    up to which (with `last_n`: back to which) every series is told whole."""
    start, end = range_of(ask.query)
    by_id = {one.id: one for one in series}
    each = max(MOST_INSTANCES // len(series), 2)
    if ask.last_n is not None:
        count = min(ask.last_n, each)
        newest = {one.id: _newest(actor, one, start, end, count) for one in series}
        cut = [told[0]["observedAt"] for told in newest.values() if len(told) == count < ask.last_n]
        return newest, max(cut, default=None)
    found = read_history(actor=actor, series_ids=list(by_id), start=start, end=end, limit=MOST_INSTANCES)
    if not found.truncated:
        return _split(by_id, found.columns), None
    parts = [read_history(actor=actor, series_ids=[one.id], start=start, end=end, limit=each) for one in series]
    ends = [write_moment(moment(int(part.columns["at"][-1]))) for part in parts if part.truncated]
    told = {key: value for part in parts for key, value in _split(by_id, part.columns).items() if value}
    return told, min(ends, default=None)


def aggregate_series(*, actor: Actor, series: Series, aggregation: Aggregation, query: TemporalQuery | None) -> Aggregated | None:
    """What a series comes to; nothing without readings in the range. Raises Problem (TooManyResults) beyond what is read."""
    start, end = range_of(query)
    found = read_history(actor=actor, series_ids=[series.id], start=start, end=end, limit=MOST_READ)
    if found.truncated:
        raise Problem(ProblemKind.TOO_MANY_RESULTS, "too-many-readings", most=MOST_READ)
    valid = ~np.isnan(found.columns["value"])
    at, value = found.columns["at"][valid], found.columns["value"][valid]
    if not len(at):
        return None
    low = start if start > EARLIEST else moment(int(at[0]))
    high = end if end < LATEST else moment(int(at[-1])) + timedelta(microseconds=1)
    return Aggregated("Property", _over_periods(at, value, low, high, aggregation), series.dataset)


def range_of(query: TemporalQuery | None) -> tuple[datetime, datetime]:
    """From when on, up to when."""
    if query is None:
        return EARLIEST, LATEST
    at = parse_moment(query.at)
    if query.relation is TimeRelation.BEFORE:
        return EARLIEST, at
    return at, parse_moment(query.end_at) if query.end_at else LATEST


def _over_periods(
    at: NDArray[Any], value: Floats, low: datetime, high: datetime, aggregation: Aggregation
) -> dict[Method, list[tuple[Any, str, str]]]:
    spans = list(periods(low, high, aggregation.duration))
    begins = np.searchsorted(at, [_us(begin) for begin, _ in spans])
    ends = np.searchsorted(at, [_us(end) for _, end in spans])
    told: dict[Method, list[tuple[Any, str, str]]] = {method: [] for method in aggregation.methods}
    for (begin, end), first, last in zip(spans, begins.tolist(), ends.tolist(), strict=True):
        if first < last:
            words = write_moment(begin), write_moment(end)
            for method in aggregation.methods:
                told[method].append((_REDUCE[method](value[first:last]), *words))
    return told


_REDUCE: dict[Method, Any] = {
    Method.TOTAL_COUNT: len,
    Method.DISTINCT_COUNT: lambda values: len(np.unique(values)),
    Method.SUM: lambda values: float(values.sum()),
    Method.AVG: lambda values: float(values.mean()),
    Method.MIN: lambda values: float(values.min()),
    Method.MAX: lambda values: float(values.max()),
    Method.STDDEV: lambda values: float(values.std()),
    Method.SUMSQ: lambda values: float((values * values).sum()),
}


def _newest(actor: Actor, series: Series, start: datetime, end: datetime, count: int) -> list[Instance]:
    """The newest readings in the order of time: looked for in ever longer spans before the end."""
    high = min(end, now() + timedelta(days=1))
    span = FIRST_LOOK
    while True:
        low = max(start, high - span)
        found = read_history(actor=actor, series_ids=[series.id], start=low, end=end, limit=MOST_READ)
        instances = _split({series.id: series}, found.columns)[series.id]
        if len(instances) >= count or low <= start:
            return instances[-count:] if count else []
        span = min(span * 8, high - EARLIEST)


def _split(by_id: dict[int, Series], columns: Any) -> dict[int, list[Instance]]:
    found: dict[int, list[Instance]] = {one: [] for one in by_id}
    rows = zip(*(columns[name].tolist() for name in ("series_id", "at", "value", "flag")), strict=True)
    for series_id, at, value, flag in rows:
        if value == value and abs(value) != float("inf"):
            found[series_id].append(_instance(by_id[series_id], at, value, flag))
    return found


def _instance(series: Series, at: int, value: float, flag: int) -> Instance:
    told = write_moment(moment(at))
    instance: Instance = {
        "type": "Property", "value": value, "observedAt": told, "createdAt": told, "modifiedAt": told,
        "instanceId": f"{READING}{series.id}:{at}",
    }  # fmt: skip
    if series.unit:
        instance["unitCode"] = series.unit
    if series.dataset:
        instance["datasetId"] = series.dataset
    if flag:
        instance[QUALITY] = [{"type": "Property", "value": quality_of(flag)}]
    return instance


def _dataset(statistic: str) -> str | None:
    return None if statistic == "rtd" else f"urn:ngsi-ld:Dataset:{statistic}"


def _us(at: datetime) -> int:
    return (at - EARLIEST) // timedelta(microseconds=1)
