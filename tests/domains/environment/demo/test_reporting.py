"""Yesterday's daily reports of the demonstration: asked for once, by the real job, when there is something to report."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from yuzhou.domains.environment import tasks
from yuzhou.domains.environment.demo.simulate import have_yesterday_reported
from yuzhou.kernel import clock
from yuzhou.kernel.places.api import list_districts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


@dataclass
class Told:
    """What is asked of a simulated logger."""

    told_until: float


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch, places: None) -> list[tuple[str, str, str]]:
    """The jobs that were queued: name, day, below."""
    jobs: list[tuple[str, str, str]] = []
    monkeypatch.setattr(tasks, "defer", lambda name, *, day, below: jobs.append((name, day, below)))
    return jobs


async def test_the_reports_of_yesterday_wait_for_the_last_logger(queued: list[tuple[str, str, str]]) -> None:
    today = clock.local_day(clock.now())
    midnight = clock.day_bounds(today)[0].timestamp()
    early, late = Told(midnight + 60), Told(midnight - 1)
    waiting = asyncio.create_task(have_yesterday_reported([early, late]))
    await asyncio.sleep(0.1)
    assert queued == []
    late.told_until = midnight
    await asyncio.wait_for(waiting, 20)
    assert {(name, date.fromisoformat(day)) for name, day, _ in queued} == {
        ("environment.make_reports", today - timedelta(days=1))
    }
    districts = await asyncio.to_thread(lambda: {district.path for district in list_districts()})
    assert sorted(below for _, _, below in queued) == sorted(districts)
