"""The temporal query language (clause 4.11)."""

from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.times import read_date_time


class TimeRelation(StrEnum):
    """How a moment lies to those of the query."""

    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"


class TimeProperty(StrEnum):
    """Which time of an attribute's instance counts."""

    OBSERVED_AT = "observedAt"
    CREATED_AT = "createdAt"
    MODIFIED_AT = "modifiedAt"
    DELETED_AT = "deletedAt"


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """Moments before `at`, from `at` on (after), or from `at` on up to but without `end_at` (between); times as they are kept."""

    relation: TimeRelation
    at: str
    end_at: str | None = None
    property: TimeProperty = TimeProperty.OBSERVED_AT

    def covers(self, moment: str) -> bool:
        """Whether a kept moment is meant."""
        if self.relation is TimeRelation.BEFORE:
            return moment < self.at
        if self.relation is TimeRelation.AFTER:
            return moment >= self.at
        return self.at <= moment < (self.end_at or "~")


def parse_temporal_query(
    *, timerel: str | None, time_at: str | None, end_time_at: str | None, timeproperty: str | None
) -> TemporalQuery | None:
    """The query of the four parameters; None where none is given. Raises Problem."""
    kept = _property(timeproperty)
    if timerel is None:
        if time_at is not None or end_time_at is not None:
            raise bad_data("time-missing", member="timerel")
        return None
    if timerel not in set(TimeRelation):
        raise bad_data("time-relation", value=str(timerel)[:60])
    relation = TimeRelation(timerel)
    if time_at is None:
        raise bad_data("time-missing", member="timeAt")
    at = read_date_time(time_at, "timeAt")
    if relation is not TimeRelation.BETWEEN:
        return TemporalQuery(relation, at, None, kept)
    if end_time_at is None:
        raise bad_data("time-missing", member="endTimeAt")
    end = read_date_time(end_time_at, "endTimeAt")
    if end < at:
        raise bad_data("time-order")
    return TemporalQuery(relation, at, end, kept)


def _property(name: str | None) -> TimeProperty:
    if name is None:
        return TimeProperty.OBSERVED_AT
    if name not in set(TimeProperty):
        raise bad_data("time-property", value=str(name)[:60])
    return TimeProperty(name)
