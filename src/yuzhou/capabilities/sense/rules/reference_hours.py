"""The hours in which rules hold, told slowly: a part of the reference."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from yuzhou.capabilities.sense.rules.definition import All, AnyOf, Condition, Days, During, Schedule


def schedules_of(condition: Condition) -> Iterator[Schedule]:
    """The schedules that stand in a condition, at any depth."""
    if isinstance(condition, During):
        yield condition.schedule
        yield from schedules_of(condition.of)
    elif isinstance(condition, All | AnyOf):
        for part in condition.of:
            yield from schedules_of(part)


def is_within(schedule: Schedule, at: int) -> bool:
    """Whether a moment lies in the hours of the city (UTC+8); Monday to Friday are worked."""
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at, hours=8)
    minute = local.hour * 60 + local.minute

    def counts(day: datetime) -> bool:
        if schedule.weekdays and day.weekday() not in schedule.weekdays:
            return False
        return schedule.days is Days.EVERY or (day.weekday() < 5) is (schedule.days is Days.WORKING)

    if not schedule.hours:
        return counts(local)
    for start, end in schedule.hours:
        if start < end and start <= minute < end and counts(local):
            return True
        if start >= end and ((minute >= start and counts(local)) or (minute < end and counts(local - timedelta(days=1)))):
            return True
    return False
