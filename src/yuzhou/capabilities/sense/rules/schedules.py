"""Hours of the city's days, over columns of times."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.definition import Days, Schedule
from yuzhou.capabilities.sense.rules.periods import CITY_OFFSET, DAY
from yuzhou.capabilities.sense.rules.segments import Bool

MINUTE = 60_000_000
EPOCH = date(1970, 1, 1)
Calendar = Callable[[date], bool]


def by_weekday(day: date) -> bool:
    """Monday to Friday are worked: where no calendar is at hand."""
    return day.weekday() < 5


def within(schedule: Schedule, at: Int, is_working: Calendar) -> Bool:
    """Which of these times (µs) lie in the hours; China has no summer time, so that a day has 24 hours."""
    local = at + CITY_OFFSET
    day, clock = local // DAY, local % DAY
    if not schedule.hours:
        return _days(schedule, day, is_working)
    found = np.zeros(len(at), np.bool_)
    for start, end in schedule.hours:
        begun = clock >= start * MINUTE
        if start < end:
            found |= begun & (clock < end * MINUTE) & _days(schedule, day, is_working)
        else:
            found |= begun & _days(schedule, day, is_working)
            found |= (clock < end * MINUTE) & _days(schedule, day - 1, is_working)
    return found


def _days(schedule: Schedule, day: Int, is_working: Calendar) -> Bool:
    """Which of these days (since 1970) count."""
    if not schedule.weekdays and schedule.days is Days.EVERY:
        return np.ones(len(day), np.bool_)
    days, place = np.unique(day, return_inverse=True)
    counts = [counts_on(schedule, EPOCH + timedelta(days=int(one)), is_working) for one in days]
    return np.asarray(counts, np.bool_)[place]


def counts_on(schedule: Schedule, day: date, is_working: Calendar) -> bool:
    """Whether a schedule counts on a day of the city."""
    if schedule.weekdays and day.weekday() not in schedule.weekdays:
        return False
    return schedule.days is Days.EVERY or is_working(day) is (schedule.days is Days.WORKING)
