"""When a notice may leave, and to whom it goes next."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from yuzhou.kernel.clock import CITY

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
MAX_ATTEMPTS = len(PAUSES) + 1


def is_quiet(moment: datetime, start: time, end: time) -> bool:
    """Whether a moment lies in the quiet hours, which may run over midnight; equal ends mean none."""
    at = moment.astimezone(CITY).time()
    return start <= at < end if start <= end else at >= start or at < end


def after_quiet(moment: datetime, start: time | None, end: time | None) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in (in city time)."""
    if start is None or end is None or not is_quiet(moment, start, end):
        return moment
    local = moment.astimezone(CITY)
    until = datetime.combine(local.date(), end, CITY)
    return until if until > local else until + timedelta(days=1)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None to give up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def upwards(path: str) -> Iterator[str]:
    """A place path and those above it, up to the city."""
    labels = path.split(".")
    for length in range(len(labels), 0, -1):
        yield ".".join(labels[:length])
