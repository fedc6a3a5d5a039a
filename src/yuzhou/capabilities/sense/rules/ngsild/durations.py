"""Periods of an aggregation (clause 4.5.19.1): ISO 8601 durations, stepped by the calendar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, too_complex

MOST_PERIODS = 20_000
_FORM = re.compile(
    r"P(?!$)(?:(\d{1,6})W|(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})D)?(?:T(?!$)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?)"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """Months, and a time of fixed length; nothing at all for the whole of the range."""

    months: int = 0
    seconds: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether one period covers the whole range."""
        return not self.months and not self.seconds

    def after(self, start: datetime, count: int) -> datetime:
        """The moment so many periods later."""
        return start + relativedelta(months=self.months * count) + timedelta(seconds=self.seconds * count)


def parse_duration(text: str) -> Duration:
    """A duration; raises Problem."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise bad_data("duration", value=text[:40])
    weeks, years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Duration(years * 12 + months, (weeks * 7 + days) * 86_400 + hours * 3600 + minutes * 60 + seconds)


def periods(start: datetime, end: datetime, duration: Duration) -> Iterator[tuple[datetime, datetime]]:
    """The periods that cover a range, from its start on; the last one ends with the range. Raises Problem where too many."""
    if duration.is_whole:
        yield start, end
        return
    count, low = 0, start
    while low < end:
        count += 1
        if count > MOST_PERIODS:
            raise too_complex("periods", most=MOST_PERIODS)
        try:
            high = min(duration.after(start, count), end)
        except OverflowError:
            high = end
        yield low, high
        low = high
