"""What the environment gives to the desk's common pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Alarm
from yuzhou.domains.environment.contracts import Outlet
from yuzhou.domains.environment.web.desk import alarms_to_answer, find_outlets
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alarm(outlet: Outlet, store: Callable[..., None]) -> Alarm:
    """An hourly mean above the limit, just now."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    midnight, _ = clock.day_bounds(clock.local_day(clock.now()))
    store(outlet, "w01018", max(hour - timedelta(hours=1), midnight), [150.0])
    with acting_as(SYSTEM):
        (found,) = [a for a in sense.list_alarms(actor=SYSTEM) if a.rule_key.split(":")[2] == "limit"]
    return found


def test_a_firm_has_the_alarm_among_its_tasks_until_it_answers(alarm: Alarm, outlet: Outlet) -> None:
    member = person("environment-firm", organisation=alarm.operator_id)
    with acting_as(member):
        (task,) = alarms_to_answer(member)
        assert outlet.name in str(task.title)
        sense.comment_alarm(actor=member, alarm_id=alarm.id, text="样例答复")
        assert alarms_to_answer(member) == []


def test_an_outlet_is_found_by_those_who_may_see_it(outlet: Outlet, officer: Actor, wanzhou: str) -> None:
    with acting_as(officer):
        ((title, address),) = find_outlets(officer, outlet.mn[-4:])
    assert outlet.name in title
    assert str(outlet.id) in address
    stranger = person("environment-officer", place_path=wanzhou)
    with acting_as(stranger):
        assert find_outlets(stranger, "样例") == []
