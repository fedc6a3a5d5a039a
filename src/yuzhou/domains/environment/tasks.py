"""The jobs of the environment domain."""

from datetime import date, timedelta

from yuzhou.domains.environment.services.reports import make_reports
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.jobs.api import defer, task
from yuzhou.kernel.places.api import list_districts

SYSTEM = Actor.system("environment")
LATE_DAYS = 7


def make_daily_reports() -> None:
    """Queue yesterday's reports, district by district, and again those of the week before: late data give a new version."""
    yesterday = clock.local_day(clock.now()) - timedelta(days=1)
    for days_ago in range(LATE_DAYS):
        queue_reports(yesterday - timedelta(days=days_ago))


def remake_recent_reports() -> None:
    """Queue yesterday's reports again, for loggers that reissue during the day."""
    queue_reports(clock.local_day(clock.now()) - timedelta(days=1))


def queue_reports(day: date) -> None:
    """Queue the reports of a day for every district."""
    for district in list_districts():
        defer("environment.make_reports", day=day.isoformat(), below=district.path)


@task("environment.make_reports")
def make_district_reports(day: str, below: str) -> None:
    """Make the reports of a district's day."""
    make_reports(actor=SYSTEM, day=date.fromisoformat(day), below=below)
