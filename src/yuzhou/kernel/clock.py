"""Time: aware UTC in store, the city's own on pages and in day buckets."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The city's calendar day of an aware moment."""
    return moment.astimezone(CITY).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of the city's day and of the next, in UTC: a half-open interval."""
    start = datetime.combine(day, time_of_day.min, CITY)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)
