"""How entities evolved: what is asked, and what is answered (ETSI GS CIM 009, clauses 5.6.11 to 5.6.16 and 5.7.3, 5.7.4).

Names are IRIs, moments are as rules.ngsild.times keeps them; a door represents what it gets with rules.ngsild.temporal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.durations import Duration, parse_duration
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.query.projection import parse_projection
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TemporalQuery, TimeProperty, parse_temporal_query
from yuzhou.capabilities.sense.rules.ngsild.representation import View
from yuzhou.capabilities.sense.rules.ngsild.temporal import (
    Aggregated,
    Aggregation,
    TemporalForm,
    parse_methods,
    represent_aggregates,
    represent_evolution,
)

MOST_INSTANCES = 10_000  # of one answer


@dataclass(frozen=True, slots=True)
class TemporalAsk:
    """Which instances: of which attributes (IRIs; none for all) and datasets ("@none" the default one), when, how many.

    `last_n`: the newest so many of each attribute and dataset. With `aggregation` no instances are answered but what they
    come to.
    """

    query: TemporalQuery | None = None
    attributes: frozenset[str] = frozenset()
    datasets: frozenset[str] | None = None
    last_n: int | None = None
    aggregation: Aggregation | None = None

    @property
    def by(self) -> TimeProperty:
        """Which time of an instance counts."""
        return self.query.property if self.query else TimeProperty.OBSERVED_AT


@dataclass(frozen=True, slots=True)
class Evolution:
    """An entity whose attributes hold their instances in time, or what these come to.

    `truncated`: there are more in the range; what is told lies between `first` and `last` (206 and Content-Range over HTTP).
    """

    entity: Entity
    aggregates: dict[str, list[Aggregated]] = field(default_factory=dict)
    truncated: bool = False
    first: str | None = None
    last: str | None = None


def read_temporal_ask(given: Mapping[str, str], context: Context, form: TemporalForm) -> TemporalAsk:
    """What the parameters of a request ask for (timerel, timeAt, endTimeAt, timeproperty, attrs, datasetId, lastN,
    aggrMethods, aggrPeriodDuration); raises Problem."""
    query = parse_temporal_query(
        timerel=given.get("timerel"), time_at=given.get("timeAt"), end_time_at=given.get("endTimeAt"),
        timeproperty=given.get("timeproperty"),
    )  # fmt: skip
    attrs = given.get("attrs")
    datasets = given.get("datasetId")
    return TemporalAsk(
        query,
        parse_projection(attrs, context, "attrs").attributes if attrs else frozenset(),
        frozenset(datasets.split(",")) if datasets else None,
        _last_n(given.get("lastN")),
        _aggregation(given) if form is TemporalForm.AGGREGATED else None,
    )


def evolution_body(evolution: Evolution, ask: TemporalAsk, context: Context, view: View, form: TemporalForm) -> dict[str, Any]:
    """An evolution as a JSON object, without @context."""
    if form is TemporalForm.AGGREGATED:
        return represent_aggregates(evolution.entity, evolution.aggregates, context, view)
    return represent_evolution(evolution.entity, context, view, form, ask.by)


def _last_n(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MOST_INSTANCES:
        raise bad_data("last-n", value=text[:40], most=MOST_INSTANCES)
    return int(text)


def _aggregation(given: Mapping[str, str]) -> Aggregation:
    methods = given.get("aggrMethods")
    if not methods:
        raise bad_data("missing", member="aggrMethods")
    duration = given.get("aggrPeriodDuration")
    return Aggregation(parse_methods(methods), parse_duration(duration) if duration else Duration())
