"""The door to the working-day calendar."""

from yuzhou.kernel.calendar.rules import DayView, Source, YearCalendar
from yuzhou.kernel.calendar.years import (
    add_working_days,
    count_working_days,
    get_day,
    get_year,
    import_year,
    is_working_day,
)

__all__ = [
    "DayView",
    "Source",
    "YearCalendar",
    "add_working_days",
    "count_working_days",
    "get_day",
    "get_year",
    "import_year",
    "is_working_day",
]
