"""Rules tried on the past say what they would have raised live, and write nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, T0, as_owner, batch, minute, series_of, us
from tests.capabilities.sense.test_judging import FEED, MEAN, above, alarms, define, one
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Aggregate, Bound, During, Limit, Missing, Schedule, Stuck, TrialState, Window
from yuzhou.capabilities.sense.services.ticking import find_missing
from yuzhou.capabilities.sense.services.trials import run_trial
from yuzhou.kernel.actor import Actor, Grant
from yuzhou.kernel.errors import Invalid, NotFound, PermissionDenied
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
TITLE = Text("试算", "Trial")


def tried(definition, *, hours=24, actor=SYSTEM, **aim):
    with acting_as(actor):
        found = api.try_rule(actor=actor, title=TITLE, definition=definition, start=T0, end=T0 + timedelta(hours=hours), **aim)
    return found


def spans(trial):
    def at(moment):
        return None if moment is None else (moment - minute(0)).total_seconds() / 60

    return sorted((at(alarm.raised_at), at(alarm.cleared_at)) for alarm in trial.alarms)


RULES = [
    above(100),
    one(MEAN),
    one(During(Limit(FEED, (Bound(high=50),)), Schedule(((9 * 60 + 5, 9 * 60 + 30),)))),
    one(Window(FEED, Aggregate.SLOPE, 1800, (Bound(high=101.3),))),
    one(Stuck(FEED, 600, 1)),
]


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.sampled_from([0.0, 5.0, 20.0, 60.0, 120.0]), min_size=1, max_size=60))
def test_a_trial_says_what_was_raised_live(make_device, values, rule):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define(f"live-{device.id}", rule, device_id=device.id)
    for n, value in enumerate(values):
        api.ingest(batch(series, (n, value)))
    find_missing(us(minute(len(values))))
    live = [span for span in alarms(device) if span[0] < len(values)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sense_alarm")
        before = cursor.fetchone()
        trial = tried(rule, hours=len(values) / 60, device_id=device.id)
        cursor.execute("SELECT count(*) FROM sense_alarm")
        assert cursor.fetchone() == before
    assert trial.state is TrialState.DONE
    ended = [(start, None if end is not None and end >= len(values) else end) for start, end in live]
    assert spans(trial) == ended


WINDOWS = [
    one(MEAN),
    one(Window(FEED, Aggregate.MAX, 1200, (Bound(high=100),))),
    one(Window(FEED, Aggregate.SUM, 2400, (Bound(high=300),))),
    one(Window(FEED, Aggregate.SLOPE, 1800, (Bound(high=101.3),))),
]
LATE = st.tuples(st.sampled_from([0, 0, 0, 2, 7, 33]), st.sampled_from([0.0, 5.0, 20.0, 60.0, 120.0]))


@pytest.mark.parametrize("rule", WINDOWS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(LATE, min_size=1, max_size=40))
def test_a_trial_counts_late_readings_in_windows_as_live(make_device, story, rule):
    device = make_device()
    series = series_of(device)[COD, RTD]
    define(f"live-{device.id}", rule, device_id=device.id)
    arrived: dict[int, list[tuple[int, float]]] = {}
    for n, (delay, value) in enumerate(story):
        arrived.setdefault(n + delay, []).append((n, value))
    for n in sorted(arrived):
        api.ingest(batch(series, *arrived[n], received=minute(n)))
    assert spans(tried(rule, hours=2, device_id=device.id)) == sorted(alarms(device))


def test_a_late_reading_of_yesterday_counts_in_a_trial(make_device):
    """The late ones come the day after, into a window that still holds them."""
    device = make_device()
    series = series_of(device)[COD, RTD]
    rule = one(Window(FEED, Aggregate.MEAN, 86_400 * 2, (Bound(high=50),), at_least=3))
    define(f"live-{device.id}", rule, device_id=device.id)
    api.ingest(batch(series, (0, 5), (10, 5), (60 * 23, 5)))
    api.ingest(batch(series, (20, 900), received=minute(60 * 25)))
    api.ingest(batch(series, (60 * 26, 5)))
    assert spans(tried(rule, hours=48, device_id=device.id)) == alarms(device) == [(60 * 26, None)]


def test_what_a_device_kept_is_judged_in_a_trial_when_it_came(make_device):
    """For three days nothing came; then all of it did."""
    device = make_device()
    series = series_of(device)[COD, RTD]
    days = 60 * 24
    for n in range(0, 600, 50):
        api.ingest(batch(series, (n, 5)))
    api.ingest(batch(series, *((n, 5) for n in range(600, 3 * days - 60, 60)), received=minute(3 * days - 30)))
    once = one(Missing(FEED, 2 * days * 60))
    assert [start for start, _ in spans(tried(once, hours=72, device_id=device.id))] == [550 + 2 * days]


def test_the_clock_runs_in_a_trial(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    for n in (0, 1, 2, 40, 41):
        api.ingest(batch(series, (n, 5)))
    trial = tried(one(Missing(FEED, 600)), hours=1, device_id=device.id)
    assert spans(trial) == [(12, 40), (51, None)]
    assert trial.readings == 5


def test_the_clock_of_a_trial_runs_for_the_whole_day(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    for n in (*range(20), *range(700, 740)):
        api.ingest(batch(series, (n, 5)))
    share = Window(FEED, Aggregate.MISSING, 240, (Bound(high=0.5),), every_seconds=60)
    (first, ended), (second, stands) = spans(tried(one(share), device_id=device.id))
    assert (20 < first < 26, 700 <= ended <= 705, 740 < second < 746, stands) == (True, True, True, None)


def test_a_profile_is_tried_by_a_job_that_can_be_stopped(make_device):
    devices = [make_device() for _ in range(3)]
    for n, device in enumerate(devices):
        api.ingest(batch(series_of(device)[COD, RTD], (0, 50), (1, 100 + n)))
    with as_owner():
        trial = tried(above(100), profile="outlet")
        assert (trial.state, trial.total) == (TrialState.WAITING, 3)
        run_trial(trial.id)
        with acting_as(SYSTEM):
            done = api.get_trial(actor=SYSTEM, trial_id=trial.id)
        assert (done.state, done.done, {alarm.device_id for alarm in done.alarms}) == (
            TrialState.DONE,
            3,
            {device.id for device in devices[1:]},
        )
        other = tried(above(100), profile="outlet")
        with acting_as(SYSTEM):
            api.cancel_trial(actor=SYSTEM, trial_id=other.id)
        run_trial(other.id)
        with acting_as(SYSTEM):
            assert api.get_trial(actor=SYSTEM, trial_id=other.id).state is TrialState.CANCELLED


def test_a_trial_has_the_scope_of_who_asks(make_device):
    from yuzhou.kernel.ids import uuid7

    here, there = make_device("50.a.b"), make_device("50.z.b")
    grant = Grant("officer", frozenset({"sense.device:read", "sense.rule:define"}), place_path="50.a")
    officer = Actor(id=uuid7(), kind="person", name="officer", grants=(grant,))
    assert tried(above(100), actor=officer, device_id=here.id).state is TrialState.DONE
    with pytest.raises(NotFound):
        tried(above(100), actor=officer, device_id=there.id)
    trial = tried(above(100), actor=officer, profile="outlet")
    assert trial.total == 1
    with pytest.raises(NotFound), acting_as(SYSTEM):
        api.get_trial(actor=SYSTEM, trial_id=trial.id)
    with pytest.raises((PermissionDenied, NotFound)), acting_as(officer):
        api.define_rule(actor=officer, key="all", title=TITLE, definition=above(1), profile="outlet")
    with pytest.raises(Invalid):
        tried(above(100), hours=24 * 400, device_id=here.id)
