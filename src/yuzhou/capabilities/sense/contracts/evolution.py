"""How entities evolved: what is asked, and what is answered (ETSI GS CIM 009, clauses 5.6.11 to 5.6.16 and 5.7.3, 5.7.4).

Names are IRIs, moments are as rules.ngsild.times keeps them; a door represents what it gets with rules.ngsild.temporal.
"""

from dataclasses import dataclass, field

from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TemporalQuery, TimeProperty
from yuzhou.capabilities.sense.rules.ngsild.temporal import Aggregated, Aggregation

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
