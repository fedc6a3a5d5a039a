"""Working days by the holidays that the State Council publishes each year (国务院办公厅关于部分节假日安排的通知)."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop
from yuzhou.kernel.text import Text

MOST_DAYS = 3660

UNREADABLE = declare_message(
    "kernel.calendar-line", gettext_noop("Line {line} of the calendar is not DATE,rest|work,NAME of the year {year}.")
)
TOO_FEW = declare_message(
    "kernel.calendar-short", gettext_noop("The calendar of {year} names only {count} days off: a year has at least {least}.")
)
TOO_FAR = declare_message("kernel.calendar-far", gettext_noop("At most {most} working days can be counted."))
LEAST_DAYS_OFF = 7


class Source(StrEnum):
    """Where a year's calendar comes from. A provisional one knows weekends only."""

    PUBLISHED = "published"
    IMPORTED = "imported"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """A year's days off that are weekdays or feasts, and weekend days that are worked, with their names."""

    year: int
    source: Source
    rest: Mapping[date, Text]
    work: Mapping[date, Text]

    def is_working(self, day: date) -> bool:
        """Whether people work on a day of this year."""
        return day in self.work or (day.weekday() < 5 and day not in self.rest)


@dataclass(frozen=True, slots=True)
class DayView:
    """A day: whether it is worked, for which feast it is an exception, and whether its year is provisional."""

    day: date
    is_working: bool
    feast: Text | None
    is_provisional: bool


Lookup = Callable[[int], YearCalendar]


def view_day(day: date, calendar: YearCalendar) -> DayView:
    """What the calendar says of a day of its year."""
    feast = calendar.rest.get(day) or calendar.work.get(day)
    return DayView(day, calendar.is_working(day), feast, calendar.source is Source.PROVISIONAL)


def add_working_days(start: date, count: int, lookup: Lookup) -> date:
    """The working day that is `count` working days after (before, if negative) the start, which is not counted itself.

    With 0, the start if it is worked, else the next day that is. Raises Invalid beyond ten years of days.
    """
    if abs(count) > MOST_DAYS:
        raise Invalid(TOO_FAR, most=MOST_DAYS)
    step = timedelta(days=-1 if count < 0 else 1)
    day, left = start, abs(count)
    while left or not lookup(day.year).is_working(day):
        day += step
        left -= bool(left) and lookup(day.year).is_working(day)
    return day


def count_working_days(start: date, end: date, lookup: Lookup) -> int:
    """How many working days lie after the start up to and including the end; negative when the end comes first."""
    if end < start:
        return -count_working_days(end, start, lookup)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(lookup(day.year).is_working(day) for day in days)


def parse_year(text: str, year: int) -> YearCalendar:
    """Read a year as lines of DATE,rest|work,NAME (a first line of titles may stand). Raises Invalid(field="file")."""
    days: dict[str, dict[date, Text]] = {"rest": {}, "work": {}}
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        if not any(cell.strip() for cell in row) or (number == 1 and row[0].strip().lower() == "date"):
            continue
        day, kind, name = _parse_line(row, number, year)
        days[kind][day] = Text(name, name)
    if len(days["rest"]) < LEAST_DAYS_OFF:
        raise Invalid(TOO_FEW, field="file", year=year, count=len(days["rest"]), least=LEAST_DAYS_OFF)
    return YearCalendar(year, Source.IMPORTED, days["rest"], days["work"])


def _parse_line(row: list[str], number: int, year: int) -> tuple[date, str, str]:
    cells = [cell.strip() for cell in row]
    try:
        day, kind, name = date.fromisoformat(cells[0]), cells[1], cells[2] if len(cells) > 2 else ""
    except (ValueError, IndexError):
        raise Invalid(UNREADABLE, field="file", line=number, year=year) from None
    if day.year != year or kind not in ("rest", "work"):
        raise Invalid(UNREADABLE, field="file", line=number, year=year)
    return day, kind, name
