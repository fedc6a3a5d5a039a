"""Rules on their way with readings: restarts, late and early readings, other devices, what devices have of their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.capabilities.sense.stage import AMMONIA, COD, HOUR, RTD, SYSTEM, as_owner, batch, minute, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    AlarmAct,
    Bound,
    CommandType,
    Compare,
    Definition,
    Device,
    Feed,
    Level,
    Limit,
    Mark,
    Missing,
    Near,
    Operation,
    Other,
    ReadingBatch,
    Source,
    Then,
    Window,
)
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.capabilities.sense.services.acting import act_on_alarm
from yuzhou.capabilities.sense.services.engine import Engine, engine, forget_engine
from yuzhou.capabilities.sense.services.ticking import find_missing
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, PermissionDenied
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
FEED = Feed(COD, RTD)


def one(when: Any, severity: Severity = Severity.WARNING, **more: Any) -> Definition:
    return Definition((Level(severity, when),), **more)


def above(high: float) -> Definition:
    return one(Limit(FEED, (Bound(high=high),)))


def define(key: str, definition: Definition, **aim: Any):
    with acting_as(SYSTEM):
        return api.define_rule(actor=SYSTEM, key=key, title=Text("规则", "Rule"), definition=definition, **aim)


def alarms(device: Device | None = None) -> list[tuple[float, float | None]]:
    """From and to, in minutes."""
    with acting_as(SYSTEM):
        found = api.list_alarms(actor=SYSTEM, device_ids=[device.id] if device else None)

    def at(moment):
        return None if moment is None else (moment - minute(0)).total_seconds() / 60

    return sorted((at(alarm.raised_at), at(alarm.cleared_at)) for alarm in found)


MEAN = Window(FEED, Aggregate.MEAN, 3600, (Bound(high=10),), at_least=3)


@pytest.mark.parametrize("restart", [False, True])
def test_a_window_goes_on_after_a_restart(make_device, restart):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("mean", one(MEAN), device_id=device.id)
    for n in range(40):
        api.ingest(batch(series, (n, float(n))))
        if restart and n % 7 == 3:
            forget_engine()
    assert alarms() == [(21, None)]


def test_two_processes_keep_one_window(make_device, monkeypatch):
    """Each reads from the store what the other took in."""
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("mean", one(MEAN), device_id=device.id)
    engines = [Engine(), Engine()]
    for n in range(40):
        monkeypatch.setattr("yuzhou.capabilities.sense.services.engine._engine", engines[n % 2])
        api.ingest(batch(series, (n, float(n))))
    assert alarms() == [(21, None)]


def test_late_readings_count_in_the_windows_of_those_that_follow(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("count", one(Window(FEED, Aggregate.COUNT, 3600, (Bound(high=4.5),), at_least=1)), device_id=device.id)
    api.ingest(batch(series, (0, 1), (10, 1), (20, 1)))
    api.ingest(batch(series, (5, 1), (15, 1), received=minute(21)))
    assert alarms() == []
    api.ingest(batch(series, (22, 1)))
    assert alarms() == [(22, None)]


def test_a_reading_ahead_of_our_clock_does_not_keep_others_from_being_judged(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("high", above(100), device_id=device.id)
    api.ingest(batch(series, (8, 5), received=minute(0)))
    api.ingest(batch(series, (1, 500), received=minute(1)))
    assert alarms() == [(1, None)]
    forget_engine()
    api.ingest(batch(series, (2, 5), received=minute(2)))
    assert alarms() == [(1, 2)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sense_reading WHERE flag & %s <> 0", [int(Mark.LATE)])
        assert cursor.fetchone() == (0,)
    api.ingest(batch(series, (1.5, 700), received=minute(3)))
    assert alarms() == [(1, 2)]


def test_a_burst_ahead_of_our_clock_is_judged_by_its_last(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("high", above(100), device_id=device.id)
    api.ingest(batch(series, (1, 500), (2, 500), (3, 5), received=minute(0)))
    assert alarms() == []
    api.ingest(batch(series, (4, 500), received=minute(0.5)))
    assert alarms() == [(0.5, None)]


def test_a_redelivered_batch_changes_nothing(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define("mean", one(MEAN), device_id=device.id)
    for again in range(2):
        for n in range(30):
            api.ingest(batch(series, (n, float(n)), received=minute(n + again * 40)))
    assert alarms() == [(21, None)]


def test_a_device_against_those_of_its_place(make_device):
    here, near, far = make_device("50.a.b"), make_device("50.a.c"), make_device("50.z.b")
    compare = Compare(FEED, Other(FEED, profile="outlet", near=Near.DISTRICT), Operation.RATIO, (Bound(high=2),))
    define("ratio", one(compare), profile="outlet")
    ids = {device.id: series_of(device)[COD, RTD] for device in (here, near, far)}
    for n in range(3):
        at = [us(minute(n))] * 3
        values = [10 if n else 1, 1, 100]
        api.ingest(ReadingBatch.of(series_id=list(ids.values()), at=at, value=values, received_at=minute(n)))
    assert alarms(here) == [(1, None)]
    assert alarms(near) == alarms(far) == []
    with acting_as(SYSTEM):
        (alarm,) = api.list_alarms(actor=SYSTEM, device_ids=[here.id])
        assert "10" in word_alarm(alarm)
    joining = make_device("50.a.d")
    api.ingest(batch(series_of(joining)[COD, RTD], (3, 100)))
    api.ingest(batch(ids[here.id], (4, 10)))
    assert alarms(here) == [(1, 4)]


def test_devices_that_come_one_by_one_are_judged_without_laying_all_out_anew(make_device, monkeypatch):
    define("high", above(100), profile="outlet")
    first = make_device()
    series = series_of(first)[COD, RTD]
    api.ingest(batch(series, (0, 500)))
    loads = []
    monkeypatch.setattr(Engine, "_load", lambda self: loads.append(self))
    late = make_device()
    api.ingest(batch(series_of(late)[COD, RTD], (1, 500)))
    assert alarms(late) == [(1, None)]
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=late.id, enabled=False)
    api.ingest(batch(series, (2, 5)))
    assert alarms(first) == [(0, 2)]
    define("high", above(1000), profile="outlet")
    define("low", one(Limit(FEED, (Bound(low=1),))), device_id=first.id)
    api.ingest(batch(series, (3, 500), (4, 0.5)))
    assert alarms(first) == [(0, 2), (4, None)]
    define("low", one(Limit(FEED, (Bound(low=1),))), device_id=first.id, enabled=False)
    api.ingest(batch(series, (5, 0.5)))
    assert [to is None for _, to in alarms(first)] == [False, False]
    assert not loads
    assert engine().alive == 1


def test_a_device_has_numbers_of_its_own_in_the_rule_of_its_profile(make_device):
    plain, own = make_device(), make_device()
    rule = define("high", above(100), profile="outlet")
    pointer = "/levels/0/when/bounds/0/high"
    with acting_as(SYSTEM):
        api.override_rule(actor=SYSTEM, rule_id=rule.id, device_id=own.id, numbers={pointer: 1000})
        with pytest.raises(Invalid):
            api.override_rule(actor=SYSTEM, rule_id=rule.id, device_id=own.id, numbers={"/levels/0/severity": 4})
    ids = [series_of(device)[COD, RTD] for device in (plain, own)]
    for series in ids:
        api.ingest(batch(series, (0, 500)))
    assert (alarms(plain), alarms(own)) == ([(0, None)], [])
    define("high", above(600), profile="outlet")
    for series in ids:
        api.ingest(batch(series, (1, 700)))
    assert (alarms(plain), alarms(own)) == ([(0, None)], [])
    with acting_as(SYSTEM):
        api.override_rule(actor=SYSTEM, rule_id=rule.id, device_id=own.id)
    api.ingest(batch(ids[1], (2, 700)))
    assert alarms(own) == [(2, None)]
    with acting_as(SYSTEM):
        api.override_rule(actor=SYSTEM, rule_id=rule.id, device_id=own.id, enabled=False)
    api.ingest(batch(ids[0], (3, 1)))
    assert [to is None for _, to in alarms(own)] == [False]


def test_every_change_of_a_rule_is_a_version(make_device):
    device = make_device()
    rule = define("high", above(100), device_id=device.id)
    define("high", above(100), device_id=device.id)
    define("high", above(200), device_id=device.id, note="stricter law")
    with acting_as(SYSTEM):
        api.switch_rule(actor=SYSTEM, rule_id=rule.id, enabled=False)
        versions = api.rule_versions(actor=SYSTEM, rule_id=rule.id)
    assert [(v.number, v.enabled, v.note) for v in versions] == [(3, False, ""), (2, True, "stricter law"), (1, True, "")]
    assert versions[0].definition == above(200)


def test_a_silent_device_is_said_to_be_silent(make_device):
    device = make_device()
    ids = series_of(device)
    parts = tuple(Missing(Feed(prop, RTD), 600) for prop in (COD, AMMONIA))
    from yuzhou.capabilities.sense.contracts import AnyOf

    define("missing", one(AnyOf(parts)), device_id=device.id)
    with as_owner():
        for prop in (COD, AMMONIA):
            api.ingest(batch(ids[prop, RTD], (0, 1)))
        find_missing(us(minute(60 * 24 * 400)))
    with acting_as(SYSTEM):
        (alarm,) = api.list_alarms(actor=SYSTEM)
        assert alarm.code == "sense.alarm.silent"
        assert set(alarm.params["missing"]) == {COD, AMMONIA}


def commanded() -> list[str]:
    """What became of the commands of rules, by the courses of their alarms."""
    with acting_as(SYSTEM):
        found = api.list_alarms(actor=SYSTEM, order="raised_at")
        history = [entry for alarm in found for entry in api.alarm_history(actor=SYSTEM, alarm_id=alarm.id)]
    return [entry.code for entry in history if entry.act is AlarmAct.COMMANDED]


@pytest.mark.parametrize(
    ("statistic", "age", "fresh", "said"),
    [
        (RTD, timedelta(days=30), 300, "stale"),
        (RTD, timedelta(minutes=6), 300, "stale"),
        (RTD, timedelta(minutes=6), 600, "asked"),
        (HOUR, timedelta(minutes=80), 300, "asked"),
        (HOUR, timedelta(hours=3), 300, "stale"),
    ],
)
def test_a_machine_is_not_moved_by_the_past(make_device, statistic, age, fresh, said):
    api.declare_command_types(protocol="plain", types=[CommandType("stop-pump", Text("停泵", "Stop the pump"))])
    device = make_device(protocol="plain")
    levels = one(Limit(Feed(COD, statistic), (Bound(high=100),))).levels
    then = Then("stop-pump", severity=Severity.WARNING, fresh_seconds=fresh)
    define("high", Definition(levels, (then,)), device_id=device.id)
    at = us(now() - age)
    reissued = ReadingBatch.of(
        series_id=[series_of(device)[COD, statistic]], at=[at], value=[500], source=Source.REISSUED, received_at=now()
    )
    (alarm,) = api.ingest(reissued).alarms_raised
    with acting_as(SYSTEM):
        act_on_alarm(alarm_id=alarm)
        asked = api.list_commands(actor=SYSTEM, device_id=device.id)
    assert (commanded(), len(asked)) == ([f"sense.then.{said}"], int(said == "asked"))


def test_a_rule_asks_for_a_command_once_and_not_again_too_soon(make_device):
    kind = CommandType("stop-pump", Text("停泵", "Stop the pump"))
    api.declare_command_types(protocol="plain", types=[kind])
    device = make_device(protocol="plain")
    series = series_of(device)[COD, RTD]
    then = Then("stop-pump", severity=Severity.WARNING, dead_seconds=3600)
    define("high", Definition(above(100).levels, (then,)), device_id=device.id)

    today = (now() - minute(3)) // timedelta(minutes=1)
    for n, value in enumerate((500, 600, 5, 700)):
        result = api.ingest(batch(series, (today + n, value)))
        for alarm in result.alarms_raised:
            for _ in range(2):
                with acting_as(SYSTEM):
                    act_on_alarm(alarm_id=alarm)
    assert commanded() == ["sense.then.asked", "sense.then.paused"]
    with acting_as(SYSTEM):
        (command,) = api.list_commands(actor=SYSTEM, device_id=device.id)
    assert (command.name, command.state) == ("stop-pump", "requested")


def test_a_rule_that_commands_is_aimed_only_by_who_may_command(make_device):
    api.declare_command_types(protocol="plain", types=[CommandType("stop-pump", Text("停泵", "Stop the pump"))])
    ours, theirs = make_device(protocol="plain"), make_device(protocol="plain")
    rights = frozenset({"sense.device:read", "sense.rule:define"})
    mere = Actor(ActorKind.PERSON, "甲", uuid7(), grants=(Grant("officer", rights, place_path="50"),))
    definition = Definition(above(100).levels, (Then("stop-pump", severity=Severity.WARNING),))

    def again(**more):
        with acting_as(mere):
            given = {"definition": definition, "title": Text("规则", "Rule"), **more}
            return api.define_rule(actor=mere, key="high", **given)

    rule = define("high", definition, device_id=ours.id)
    assert again(device_id=ours.id, title=Text("停泵", "Stop")).version == 2
    assert not again(device_id=ours.id, enabled=False).enabled
    for aim in ({"device_id": theirs.id}, {"profile": "outlet"}, {"device_id": ours.id, "enabled": True}):
        with pytest.raises(PermissionDenied):
            again(**aim)
    with pytest.raises(PermissionDenied), acting_as(mere):
        api.switch_rule(actor=mere, rule_id=rule.id, enabled=True)

    of_all = define("of-all", definition, profile="outlet")

    def own(numbers=None, *, enabled=True, actor=mere):
        with acting_as(actor):
            api.override_rule(actor=actor, rule_id=of_all.id, device_id=ours.id, numbers=numbers, enabled=enabled)

    own(enabled=False)
    for numbers in (None, {"/levels/0/when/bounds/0/high": 0}):
        with pytest.raises(PermissionDenied):
            own(numbers)
    own(actor=SYSTEM)


def test_a_missing_part_is_told_by_the_clock_from_the_store(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    share = Window(FEED, Aggregate.MISSING, 3600, (Bound(high=0.5),), every_seconds=60)
    define("share", one(share), device_id=device.id)
    api.ingest(batch(series, *((n, 1) for n in range(70))))
    forget_engine()
    find_missing(us(minute(0) + timedelta(minutes=90)))
    assert alarms() == []
    find_missing(us(minute(0) + timedelta(minutes=110)))
    assert alarms() == [(110, None)]
