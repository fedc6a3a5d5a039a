"""Times in which the platform itself did not run are no silence of devices."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.capabilities.sense.stage import COD, RTD, T0, batch, minute, series_of, us
from tests.capabilities.sense.test_judging import FEED, alarms, define, one
from tests.capabilities.sense.test_trials import spans, tried
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Aggregate, Bound, Missing, Window
from yuzhou.capabilities.sense.models import DeviceStatus, WatchRecord
from yuzhou.capabilities.sense.rules.stops import Stops
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.ticking import find_missing, watch_clock
from yuzhou.kernel.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
MINUTE = 60_000_000


def watched(*stretches: tuple[datetime, datetime]) -> None:
    WatchRecord.objects.all().delete()
    WatchRecord.objects.bulk_create(WatchRecord(since=since, until=until) for since, until in stretches)


def ago(minutes: float) -> datetime:
    return now() - timedelta(minutes=minutes)


def heard(device, minutes: float, state: str = "online") -> None:
    DeviceStatus.objects.filter(device_id=device.id).update(last_seen=ago(minutes), state=state)


def state_of(device) -> str:
    return DeviceStatus.objects.get(device_id=device.id).state


def test_the_clock_notes_when_it_runs():
    watch_clock()
    (begun,) = WatchRecord.objects.all()
    watch_clock()
    (same,) = WatchRecord.objects.all()
    assert (same.since, same.until > begun.until) == (begun.since, True)
    watched((ago(300), ago(31)), (now() + timedelta(days=300), now() + timedelta(days=301)))
    watch_clock()
    stood, runs = WatchRecord.objects.order_by("since")
    assert (stood.until < ago(30), runs.since > ago(1)) == (True, True)


def test_no_device_is_silent_for_a_stop_of_the_platform(make_device):
    device, gone, disabled = make_device(silent_after_seconds=600), make_device(silent_after_seconds=600), make_device()
    heard(device, 32)
    heard(gone, 90, "silent")
    heard(disabled, 32, "disabled")
    watched((ago(300), ago(31)))
    watch_clock()
    assert [state_of(one) for one in (device, gone)] == ["online", "silent"]
    watched((ago(300), ago(31)), (ago(9), now()))
    watch_clock()
    assert state_of(device) == "online"
    watched((ago(300), ago(31)), (ago(10.1), now()))
    watch_clock()
    assert state_of(device) == "silent"


def test_short_stops_hide_no_device_that_may_be_silent_for_long(make_device):
    """A nightly stop of half an hour, and a device that may be silent for a day."""
    device = make_device(silent_after_seconds=86_400)
    heard(device, 60 * 24 + 10)
    watched((ago(60 * 40), ago(60 * 12)), (ago(60 * 12 - 30), now()))
    watch_clock()
    assert state_of(device) == "silent"


def test_a_short_stop_does_not_hide_a_long_one():
    stops = Stops(np.asarray([100, 140]) * MINUTE, np.asarray([30, 2]) * MINUTE)
    assert (stops.floor(np.asarray([600, 100, 10]) * float(MINUTE)) // MINUTE).tolist()[1:] == [100, 140]
    assert stops.floor(np.asarray([600.0 * MINUTE]))[0] < 0
    assert len(stops.upto(120 * MINUTE)) == 1


def test_no_data_are_missing_for_a_stop_of_the_platform(make_device):
    device, silent = make_device(), make_device()
    for each in (device, silent):
        define(f"missing-{each.id}", one(Missing(FEED, 600)), device_id=each.id)
    begun = now()
    api.ingest(batch(series_of(silent)[COD, RTD], (0, 1), received=begun))
    at = us(begun)
    assert len(find_missing(at + 11 * MINUTE).raised) == 2
    back = batch(series_of(device)[COD, RTD], (1, 1), received=begun + timedelta(minutes=12))
    assert len(api.ingest(back).alarms_cleared) == 1
    watched(
        (begun - timedelta(hours=3), begun + timedelta(minutes=13)), (begun + timedelta(minutes=43), begun + timedelta(hours=3))
    )
    forget_engine()
    assert find_missing(at + 44 * MINUTE).raised == ()
    assert [to for _, to in alarms(silent)] == [None]
    assert find_missing(at + 52 * MINUTE).raised == ()
    assert len(find_missing(at + 54 * MINUTE).raised) == 1
    assert [to for _, to in alarms(silent)] == [None]


def test_no_part_is_missing_for_a_stop_of_the_platform(make_device):
    device = make_device()
    share = Window(FEED, Aggregate.MISSING, 3600, (Bound(high=0.4),), every_seconds=60)
    define("share", one(share), device_id=device.id)
    watched((minute(-60), minute(70)), (minute(100), now()))
    series = series_of(device)[COD, RTD]
    api.ingest(batch(series, *((n, 1) for n in range(70))))
    forget_engine()
    find_missing(us(minute(101)))
    for n in range(101, 120):
        api.ingest(batch(series, (n, 1)))
    find_missing(us(minute(125)))
    assert alarms() == []
    find_missing(us(minute(165)))
    assert len(alarms()) == 1


def test_a_trial_knows_of_the_stops(make_device):
    device = make_device()
    series = series_of(device)[COD, RTD]
    for n in (*range(11), 45):
        api.ingest(batch(series, (n, 5)))
    rule = one(Missing(FEED, 600))
    assert spans(tried(rule, hours=1, device_id=device.id)) == [(20, 45), (55, None)]
    watched((T0 - timedelta(hours=1), minute(11)), (minute(40), minute(300)))
    assert spans(tried(rule, hours=1, device_id=device.id)) == [(55, None)]
    watched((T0 - timedelta(hours=1), minute(11)), (minute(30), minute(300)))
    assert spans(tried(rule, hours=1, device_id=device.id)) == [(40, 45), (55, None)]
