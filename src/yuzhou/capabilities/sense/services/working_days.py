"""The state's working days, as rules ask for them many times."""

from datetime import date
from time import monotonic

from yuzhou.kernel.calendar.api import is_working_day


class Calendar:
    """The state's working days, each asked for once an hour at most."""

    def __init__(self) -> None:
        self._known: dict[date, bool] = {}
        self._since = monotonic()

    def __call__(self, day: date) -> bool:
        if monotonic() - self._since > 3600:
            self._known, self._since = {}, monotonic()
        if day not in self._known:
            self._known[day] = is_working_day(day)
        return self._known[day]
