"""Rules on devices raise alarms that people handle."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.capabilities.sense.stage import AMMONIA, COD, HOUR, RTD, SYSTEM, T0, as_owner, batch, minute, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    AlarmAct,
    AlarmState,
    Bound,
    CloseReason,
    DataFlag,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    QuarantinedFrame,
    Severity,
    Source,
)
from yuzhou.capabilities.sense.models import AlarmRecord, RuleRecord
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.ticking import find_missing
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

FEED = Feed(COD, RTD)


def limit(high, severity=Severity.WARNING, **more):
    return Level(severity, Limit(FEED, (Bound(high=high, **more),)))


def define(device, *levels, key="cod"):
    with acting_as(SYSTEM):
        return api.define_rule(
            actor=SYSTEM,
            key=key,
            title=Text("化学需氧量超标", "COD too high"),
            definition=Definition(levels),
            device_id=device.id,
        )


@pytest.fixture
def device(make_device):
    return make_device()


@pytest.fixture
def cod(device):
    return series_of(device)[COD, RTD]


def alarms(**filters):
    with acting_as(SYSTEM):
        return list(api.list_alarms(actor=SYSTEM, order="raised_at", **filters))


def history(alarm):
    with acting_as(SYSTEM):
        return [(e.act, e.severity) for e in api.alarm_history(actor=SYSTEM, alarm_id=alarm.id)]


def test_an_alarm_rises_worsens_eases_and_clears(device, cod):
    define(device, limit(100), limit(200, Severity.CRITICAL))
    raised = api.ingest(batch(cod, (0, 50), (1, 150))).alarms_raised
    (alarm,) = alarms()
    assert (alarm.id,) == raised
    assert (alarm.severity, alarm.state, alarm.raised_at) == (Severity.WARNING, AlarmState.RAISED, minute(1))
    assert alarm.code == "sense.alarm.limit-high"
    assert (alarm.params["value"], alarm.params["limit"]) == (150, 100)
    assert api.ingest(batch(cod, (2, 250), (3, 150))).alarms_changed == (alarm.id, alarm.id)
    assert api.ingest(batch(cod, (4, 50))).alarms_cleared == (alarm.id,)
    (alarm,) = alarms()
    assert (alarm.state, alarm.peak_severity, alarm.cleared_at) == (AlarmState.CLEARED, Severity.CRITICAL, minute(4))
    assert history(alarm) == [
        (AlarmAct.RAISED, 2),
        (AlarmAct.SEVERITY_CHANGED, 4),
        (AlarmAct.SEVERITY_CHANGED, 2),
        (AlarmAct.CLEARED, 2),
    ]


def test_one_batch_may_raise_clear_and_raise_again(device, cod):
    define(device, limit(100))
    result = api.ingest(batch(cod, (0, 150), (1, 50), (2, 150)))
    assert (len(result.alarms_raised), len(result.alarms_cleared)) == (2, 1)
    assert [a.state for a in alarms()] == [AlarmState.CLEARED, AlarmState.RAISED]


def test_redelivery_raises_nothing_again(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    again = api.ingest(batch(cod, (0, 150)))
    assert (again.duplicates, again.alarms_raised) == (1, ())
    assert len(alarms()) == 1


def test_late_readings_neither_raise_nor_clear(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (10, 150)))
    result = api.ingest(batch(cod, (5, 20), (6, 500), source=Source.REISSUED))
    assert (result.late, result.alarms_raised, result.alarms_cleared) == (2, (), ())
    assert [a.state for a in alarms()] == [AlarmState.RAISED]


def test_state_outlives_the_process(device, cod):
    define(device, limit(100, clear_high=90), Level(Severity.MAJOR, Frozen(FEED, samples=4)))
    api.ingest(batch(cod, (0, 150), (1, 95), (2, 95)))
    forget_engine()
    api.ingest(batch(cod, (3, 95)))
    assert [a.severity for a in alarms()] == [Severity.WARNING]
    forget_engine()
    assert api.ingest(batch(cod, (4, 95))).alarms_changed
    assert [a.severity for a in alarms()] == [Severity.MAJOR]
    forget_engine()
    assert api.ingest(batch(cod, (5, 80))).alarms_cleared


def test_another_process_writes_between(device, cod, monkeypatch):
    from yuzhou.capabilities.sense.services import engine as module

    define(device, limit(100, clear_high=90))
    api.ingest(batch(cod, (0, 50)))
    mine = module._engine
    forget_engine()
    api.ingest(batch(cod, (1, 150)))
    monkeypatch.setattr(module, "_engine", mine)
    assert api.ingest(batch(cod, (1, 150))).duplicates == 1
    assert api.ingest(batch(cod, (2, 95))).alarms_cleared == ()
    assert api.ingest(batch(cod, (3, 85))).alarms_cleared


def test_missing_data_by_the_clock(device, cod):
    define(device, Level(Severity.MAJOR, Missing(FEED, 600)))
    armed = now()
    api.ingest(batch(cod, (0, 1)))
    assert find_missing(us(armed) + 590_000_000).raised == ()
    (raised,) = find_missing(us(armed) + 610_000_000).raised
    assert find_missing(us(armed) + 620_000_000).raised == ()
    (alarm,) = alarms()
    assert (alarm.id, alarm.code) == (raised, "sense.alarm.missing")
    assert api.ingest(batch(cod, (12, 1))).alarms_cleared == (raised,)


def test_flagged_data(device, cod):
    define(device, Level(Severity.NOTICE, Flagged(FEED, frozenset({DataFlag.FAULT, DataFlag.LINK_FAULT}))))
    api.ingest(batch(cod, (0, 900), flag=DataFlag.FAULT))
    (alarm,) = alarms()
    assert (alarm.code, alarm.params["flag"]) == ("sense.alarm.flagged", "D")


def test_a_rule_of_a_profile_watches_all_its_devices(make_device):
    devices = [make_device() for _ in range(3)] + [make_device(profile="other")]
    with acting_as(SYSTEM):
        api.define_rule(actor=SYSTEM, key="p", title=Text("规则", "Rule"), definition=Definition((limit(1),)), profile="outlet")
    for found in devices:
        api.ingest(batch(series_of(found)[COD, RTD], (0, 5)))
    assert {a.device_id for a in alarms()} == {d.id for d in devices[:3]}


def test_a_changed_limit_keeps_and_clears_the_open_alarm(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    define(device, limit(200))
    assert api.ingest(batch(cod, (1, 150))).alarms_cleared


def test_a_changed_form_starts_afresh_and_clears_the_open_alarm(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    define(device, limit(200), limit(300, Severity.MAJOR))
    assert api.ingest(batch(cod, (1, 150))).alarms_cleared


def test_a_withdrawn_rule_clears_its_alarms(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    with acting_as(SYSTEM):
        api.define_rule(
            actor=SYSTEM,
            key="cod",
            title=Text("甲", "A"),
            definition=Definition((limit(100),)),
            device_id=device.id,
            enabled=False,
        )
    assert [a.state for a in alarms()] == [AlarmState.CLEARED]
    assert api.ingest(batch(cod, (1, 150))).alarms_raised == ()


@pytest.mark.parametrize(
    "definition",
    [
        Definition(()),
        Definition((Level(Severity.NOTICE, Limit(FEED, ())),)),
        Definition((Level(Severity.NOTICE, Limit(FEED, (Bound(),))),)),
        Definition((Level(Severity.NOTICE, Limit(FEED, (Bound(high=1), Bound(high=2)))),)),
        Definition((Level(Severity.NOTICE, Missing(FEED, 0)),)),
        Definition((Level(Severity.NOTICE, Frozen(FEED, samples=1)),)),
    ],
)
def test_a_rule_that_says_nothing_is_refused(device, definition):
    with acting_as(SYSTEM), pytest.raises(Invalid):
        api.define_rule(actor=SYSTEM, key="x", title=Text("甲", "A"), definition=definition, device_id=device.id)


def test_events_tell_of_alarms(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150), (1, 50)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, payload ->> 'code' FROM kernel_events_event")
        assert set(cursor.fetchall()) == {("sense.AlarmRaised@1", "sense.alarm.limit-high"), ("sense.AlarmCleared@1", None)}


OFFICER = frozenset(
    {"sense.device:read", "sense.alarm:read", "sense.alarm:acknowledge", "sense.alarm:comment", "sense.alarm:close"}
)
FIRM = frozenset({"sense.device:read", "sense.alarm:read", "sense.alarm:comment"})


def officer(path):
    return Actor(ActorKind.PERSON, "值班员", id=uuid7(), grants=(Grant("environment-officer", OFFICER, place_path=path),))


def firm(organisation):
    grant = Grant("environment-firm", FIRM, organisation=organisation)
    return Actor(ActorKind.PERSON, "企业人员", id=uuid7(), organisation=organisation, grants=(grant,))


@pytest.fixture
def alarm(make_device):
    operator = uuid7()
    device = make_device(place_path="50.a.b", operator_id=operator)
    define(device, limit(100))
    series = series_of(device)[COD, RTD]
    api.ingest(batch(series, (0, 150)))
    (found,) = alarms()
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    yield found, operator, series
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_another_district_sees_nothing(alarm):
    found, _, series = alarm
    other = officer("50.c")
    with acting_as(other):
        assert list(api.list_alarms(actor=other)) == []
        assert list(api.list_devices(actor=other)) == []
        assert api.read_series(actor=other, series_ids=[series], start=T0, end=minute(5)) == {}
        with pytest.raises(NotFound):
            api.get_alarm(actor=other, alarm_id=found.id)
        with pytest.raises(NotFound):
            api.close_alarm(actor=other, alarm_id=found.id, reason=CloseReason.HANDLED)


def test_row_security_stands_below_the_selectors(alarm):
    with acting_as(officer("50.c")), connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM sense_alarm), (SELECT count(*) FROM sense_device)")
        assert cursor.fetchone() == (0, 0)


def test_row_security_covers_history_commands_and_refusals(alarm):
    found, operator, series = alarm
    device = found.device_id
    refused = [QuarantinedFrame("hj212", "hj212.bad-crc", b"##1", T0, device_id=of) for of in (device, None)]
    with as_owner(), connection.cursor() as cursor:
        api.ingest(batch(series, (1, 50)), quarantined=refused)
        cursor.execute(
            "INSERT INTO sense_command (id, device_id, name, params, state, requested_at, requested_by, expires_at, attempts,"
            " reference, answer_code, request_key) VALUES (%s, %s, 'a', '{}', 'done', now(), 'a', now(), 1, '', '', '')",
            [found.id, device],
        )
    tables = ("sense_alarm_entry", "sense_command", "sense_quarantine")
    counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    for actor, expected in (
        (officer("50.c"), (0, 0, 0)),
        (officer("50.a"), (2, 1, 1)),
        (firm(operator), (2, 1, 1)),
        (officer("50"), (2, 1, 2)),
    ):
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute(counts)
            assert cursor.fetchone() == expected


def test_an_officer_acknowledges_comments_and_closes(alarm):
    found, operator, _ = alarm
    actor = officer("50.a")
    with acting_as(actor):
        assert api.acknowledge_alarm(actor=actor, alarm_id=found.id, text="去看看").state is AlarmState.ACKNOWLEDGED
        api.acknowledge_alarm(actor=actor, alarm_id=found.id)
        api.comment_alarm(actor=actor, alarm_id=found.id, text="已通知企业")
    with acting_as(firm(operator)) as _:
        api.comment_alarm(actor=firm(operator), alarm_id=found.id, text="正在检修")
    with acting_as(actor):
        closed = api.close_alarm(actor=actor, alarm_id=found.id, reason=CloseReason.HANDLED, text="恢复")
        assert (closed.state, closed.close_reason) == (AlarmState.CLOSED, CloseReason.HANDLED)
        acts = [(e.act, e.text) for e in api.alarm_history(actor=actor, alarm_id=found.id)]
        assert acts[1:] == [
            (AlarmAct.ACKNOWLEDGED, "去看看"),
            (AlarmAct.COMMENTED, "已通知企业"),
            (AlarmAct.ANSWERED, "正在检修"),
            (AlarmAct.CLOSED, "恢复"),
        ]
        with pytest.raises(Conflict):
            api.close_alarm(actor=actor, alarm_id=found.id, reason=CloseReason.HANDLED)


def test_a_firm_sees_its_own_and_may_not_close(alarm):
    found, operator, _ = alarm
    mine, other = firm(operator), firm(uuid7())
    with acting_as(mine):
        assert [a.id for a in api.list_alarms(actor=mine)] == [found.id]
        with pytest.raises(PermissionDenied):
            api.close_alarm(actor=mine, alarm_id=found.id, reason=CloseReason.HANDLED)
        with pytest.raises(Invalid):
            api.comment_alarm(actor=mine, alarm_id=found.id, text="  ")
    with acting_as(other):
        assert list(api.list_alarms(actor=other)) == []


def test_a_closed_alarm_rises_anew_only_after_its_cause_had_gone(alarm):
    found, _, series = alarm
    actor = officer("50.a")
    with acting_as(actor):
        api.close_alarm(actor=actor, alarm_id=found.id, reason=CloseReason.FALSE_ALARM)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert api.ingest(batch(series, (1, 160))).alarms_raised == ()
    assert api.ingest(batch(series, (2, 60), (3, 160))).alarms_raised


def test_alarms_are_found_by_place_state_severity_text_and_time(alarm):
    found, _, _ = alarm
    actor = officer("50")
    with acting_as(actor):

        def count(**filters):
            return api.list_alarms(actor=actor, **filters).total

        assert count(place_path="50.a") == 1
        assert count(place_path="50.c") == 0
        assert count(states=[AlarmState.RAISED]) == 1
        assert count(states=[AlarmState.CLOSED]) == 0
        assert count(min_severity=Severity.MAJOR) == 0
        assert count(text="需氧量") == 1
        assert count(text="nothing of the kind") == 0
        assert count(raised_from=T0, raised_to=T0 + timedelta(seconds=1)) == 1
        assert count(raised_to=T0) == 0
        assert count(device_ids=[found.device_id]) == 1


def test_hourly_means_are_watched_too(device):
    hour = series_of(device)[COD, HOUR]
    definition = Definition((Level(Severity.MAJOR, Limit(Feed(COD, HOUR), (Bound(high=50),))),))
    with acting_as(SYSTEM):
        api.define_rule(
            actor=SYSTEM, key="h", title=Text("小时均值超标", "Hourly mean"), definition=definition, device_id=device.id
        )
    assert api.ingest(batch(hour, (0, 51))).alarms_raised


def test_data_without_a_valid_value_are_missing_only_after_their_time(device, cod):
    define(device, Level(Severity.WARNING, Missing(FEED, 600, valid_only=True)))
    start = now()
    api.ingest(batch(cod, (0, 10), received=start))
    forget_engine()  # the worker's own copy
    assert find_missing(us(start + timedelta(minutes=5))).raised == ()
    api.ingest(batch(cod, (9, 10), flag=DataFlag.FAULT, received=start + timedelta(minutes=9)))
    forget_engine()
    assert len(find_missing(us(start + timedelta(minutes=11))).raised) == 1


def test_a_rule_switched_on_again_speaks_of_what_stands(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    switch(limit(100), device, enabled=False)
    switch(limit(100), device, enabled=True)
    assert len(api.ingest(batch(cod, (1, 150))).alarms_raised) == 1


def test_a_device_switched_on_again_speaks_of_what_stands(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    for enabled in (False, True):
        with acting_as(SYSTEM):
            api.update_device(actor=SYSTEM, device_id=device.id, enabled=enabled)
    assert len(api.ingest(batch(cod, (1, 150))).alarms_raised) == 1


def test_a_rule_that_looks_elsewhere_leaves_no_alarm_behind(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 150)))
    define(device, Level(Severity.WARNING, Limit(Feed(AMMONIA, RTD), (Bound(high=100),))))
    api.ingest(batch(cod, (1, 150)))
    (alarm,) = alarms()
    assert alarm.state is AlarmState.CLEARED


def test_an_alarm_that_rose_while_its_rule_was_withdrawn_clears(device, cod):
    define(device, limit(100))
    api.ingest(batch(cod, (0, 50)))
    switch(limit(100), device, enabled=False)
    AlarmRecord.objects.create(  # by a gateway that had read the rules before
        rule_id=rule_id(),
        device_id=device.id,
        series_id=cod,
        severity=2,
        peak_severity=2,
        state=AlarmState.RAISED,
        raised_at=minute(1),
        place_path=device.place_path,
        created_at=now(),
    )
    api.ingest(batch(cod, (2, 150)))
    (alarm,) = alarms()
    assert alarm.state is AlarmState.CLEARED


def switch(level, device, *, enabled):
    with acting_as(SYSTEM):
        api.define_rule(
            actor=SYSTEM,
            key="cod",
            title=Text("化学需氧量超标", "COD too high"),
            definition=Definition((level,)),
            device_id=device.id,
            enabled=enabled,
        )


def rule_id():
    return RuleRecord.objects.get(key="cod").id
