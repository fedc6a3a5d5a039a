"""The calendar of each year: imported, else published (by chinesecalendar), else provisional."""

from datetime import date
from functools import lru_cache

import chinese_calendar

from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.calendar import rules
from yuzhou.kernel.calendar.models import ImportedYear
from yuzhou.kernel.calendar.rules import DayView, Source, YearCalendar
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

NAMES = {feast.value: Text(feast.chinese, feast.value) for feast in chinese_calendar.Holiday}


class Years:
    """Calendars by year, each fetched once: good for one computation."""

    def __init__(self) -> None:
        self._known: dict[int, YearCalendar] = {}

    def __call__(self, year: int) -> YearCalendar:
        if year not in self._known:
            self._known[year] = get_year(year)
        return self._known[year]


def get_year(year: int) -> YearCalendar:
    """The calendar of a year; its `source` says how sure it is."""
    imported = ImportedYear.objects.filter(year=year).first()
    return _imported(imported) if imported else _published(year) or YearCalendar(year, Source.PROVISIONAL, {}, {})


def get_day(day: date) -> DayView:
    """What the calendar says of a day."""
    return rules.view_day(day, get_year(day.year))


def is_working_day(day: date) -> bool:
    """Whether a day is worked; by weekday alone where the year is provisional."""
    return get_year(day.year).is_working(day)


def add_working_days(start: date, count: int) -> date:
    """As `rules.add_working_days`, by the calendars at hand."""
    return rules.add_working_days(start, count, Years())


def count_working_days(start: date, end: date) -> int:
    """As `rules.count_working_days`, by the calendars at hand."""
    return rules.count_working_days(start, end, Years())


@transaction_required
def import_year(*, actor: Actor, year: int, text: str, origin: str) -> YearCalendar:
    """Take over a year from a text (see `rules.parse_year`), in place of what was known of it. Runs as the database owner."""
    calendar = rules.parse_year(text, year)
    values = {
        "rest": [[day.isoformat(), name.zh] for day, name in sorted(calendar.rest.items())],
        "work": [[day.isoformat(), name.zh] for day, name in sorted(calendar.work.items())],
        "origin": origin[:200],
        "imported_at": clock.now(),
    }
    ImportedYear.objects.update_or_create(year=year, defaults=values)
    acts.record(actor=actor, act="kernel.calendar:import", subject=urn("calendar", year), details={"origin": origin[:200]})
    return calendar


def _imported(record: ImportedYear) -> YearCalendar:
    def read(pairs: list[list[str]]) -> dict[date, Text]:
        return {date.fromisoformat(day): Text(name, name) for day, name in pairs}

    return YearCalendar(record.year, Source.IMPORTED, read(record.rest), read(record.work))


@lru_cache(maxsize=64)
def _published(year: int) -> YearCalendar | None:
    def of_year(days: dict[date, str]) -> dict[date, Text]:
        return {day: NAMES[name] for day, name in days.items() if day.year == year}

    rest = of_year(chinese_calendar.constants.holidays)
    work = of_year(chinese_calendar.constants.workdays)
    return YearCalendar(year, Source.PUBLISHED, rest, work) if rest else None
