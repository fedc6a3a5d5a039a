"""What the environment does on events of sense, each delivered twice."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import AlarmState, CloseReason, ReadingBatch, Statistic
from yuzhou.domains.environment import handlers
from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, Outlet
from yuzhou.kernel import clock, registry
from yuzhou.kernel.access.api import actor_for, create_user, grant_role
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.events.contracts import ReceivedEvent
from yuzhou.kernel.events.models import EventRecord
from yuzhou.kernel.notices.api import list_notices
from yuzhou.kernel.notices.models import Escalation
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def someone(name: str, role: str, **where: object) -> Actor:
    with acting_as(SYSTEM):
        account = create_user(actor=SYSTEM, username=name, display_name=name, **where)
        grant_role(actor=SYSTEM, user=account, role=role, **where)
        return actor_for(account)


@pytest.fixture
def people(register: Callable[..., Outlet], yubei: str, wanzhou: str) -> tuple[Outlet, Actor, Actor, Actor]:
    """An outlet, the officer of its district, its firm, and the officer of another district."""
    limit = LimitEntry(100.0, basis="样例许可", valid_from=date(2026, 1, 1))
    outlet = register(SYSTEM, factors=(FactorEntry("w01018", limits=(limit,)),))
    return (
        outlet,
        someone("here", "environment-officer", place_path=yubei),
        someone("firm", "environment-firm", organisation=outlet.operator.id),
        someone("there", "environment-officer", place_path=wanzhou),
    )


def report_hour(outlet: Outlet, value: float, *, ago: int) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=ago)
    with acting_as(SYSTEM):
        series = sense.list_series(actor=SYSTEM, device_ids=[outlet.device_id])
        (cod,) = [s.id for s in series if (s.property, s.statistic) == ("w01018", Statistic.HOUR_AVG)]
    at = int(hour.timestamp() * 1e6)
    sense.ingest(ReadingBatch.of(series_id=[cod], at=[at], value=[value], received_at=clock.now()))


def deliver_twice(name: str) -> None:
    """Hand the event to its handler, and again as after a crash."""
    (run,) = [s.handler for part, s in registry.every("subscriptions") if part.key == "environment" and s.event == name]
    records = list(EventRecord.objects.filter(name=name))
    assert records
    for record in records:
        event = ReceivedEvent(record.id, record.name, record.subject, record.payload, record.emitted_at)
        for _ in range(2):
            with acting_as(handlers.SYSTEM):
                registry.resolve(run)(event)


def notices(actor: Actor) -> list[str]:
    with acting_as(actor):
        return [notice.text for notice in list_notices(actor=actor)]


def open_escalations() -> int:
    with acting_as(SYSTEM):
        return Escalation.objects.count()


def test_an_alarm_is_told_once_to_the_district_and_the_firm(people: tuple[Outlet, Actor, Actor, Actor]) -> None:
    outlet, here, firm, there = people
    report_hour(outlet, 150.0, ago=2)
    deliver_twice("sense.AlarmRaised@1")
    for actor in (here, firm):
        (text,) = notices(actor)
        assert outlet.name in text
    assert notices(there) == []
    assert open_escalations() == 1
    with acting_as(here):
        (alarm,) = sense.list_alarms(actor=here)
        sense.acknowledge_alarm(actor=here, alarm_id=alarm.id)
    deliver_twice("sense.AlarmAcknowledged@1")
    assert open_escalations() == 0
    with acting_as(here):
        assert sense.close_alarm(actor=here, alarm_id=alarm.id, reason=CloseReason.HANDLED).state is AlarmState.CLOSED
    deliver_twice("sense.AlarmClosed@1")
    deliver_twice("sense.AlarmRaised@1")  # late: nobody is told of what is over
    assert len(notices(here)) == 1


def test_a_cause_that_is_gone_stops_the_escalation(people: tuple[Outlet, Actor, Actor, Actor]) -> None:
    outlet, *_ = people
    report_hour(outlet, 150.0, ago=2)
    deliver_twice("sense.AlarmRaised@1")
    assert open_escalations() == 1
    report_hour(outlet, 40.0, ago=1)
    deliver_twice("sense.AlarmCleared@1")
    assert open_escalations() == 0
