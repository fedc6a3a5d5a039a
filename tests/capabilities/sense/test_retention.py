"""Data that are over their time go, unless they are held."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, T0, batch, minute, series_of
from tests.capabilities.sense.test_onboarding_pages import city, look, send  # noqa: F401 - a fixture
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Period, Profile, QuarantinedFrame, RawFrame, ReadingBatch, Source
from yuzhou.capabilities.sense.models import ArchivedDay
from yuzhou.capabilities.sense.services import purging
from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, NotFound, PermissionDenied
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def device(make_device, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    settings.SENSE_HOT_DAYS = 5
    settings.SENSE_FRAME_DAYS = 30
    act("define_profile", profile=Profile("short", Text("样例", "Sample"), "hj212"))
    return make_device(profile="short")


def act(name, **more):
    with acting_as(SYSTEM):
        return getattr(api, name)(actor=SYSTEM, **more)


def days_left(series):
    found = act("read_history", series_ids=[series], start=T0 - timedelta(days=99), end=T0 + timedelta(days=1))
    return sorted(
        {(T0 - timedelta(days=0)).toordinal() - day for day in (found.columns["at"] // 86_400_000_000 + 719163).tolist()}
    )


def fill(series, days=range(0, 30, 3)):
    api.ingest(batch(series, *((-day * 1440, float(day)) for day in days), received=T0))


def test_readings_go_when_their_days_are_over_hot_and_archived(device, make_device):
    short, other = series_of(device)[COD, RTD], series_of(make_device())[COD, RTD]
    fill(short)
    fill(other)
    act("set_retention", profile="short", reading_days=10)
    keep_partitions(T0.date())
    assert days_left(short) == [0, 3, 6, 9]
    assert days_left(other) == list(range(0, 30, 3))
    keep_partitions(T0.date() + timedelta(days=5))
    assert days_left(short) == [0, 3]
    act("set_retention", profile="short", reading_days=None)
    fill(short, [20])
    keep_partitions(T0.date() + timedelta(days=9))
    assert days_left(short) == [0, 3, 20]


def test_a_series_may_have_its_own_time_shorter_than_it_is_hot(device, settings):
    settings.SENSE_HOT_DAYS = 60
    cod, ammonia = series_of(device)[COD, RTD], series_of(device)[AMMONIA, RTD]
    fill(cod)
    fill(ammonia)
    act("set_retention", profile="short", reading_days=20)
    act("set_retention", series_id=cod, reading_days=7)
    keep_partitions(T0.date())
    assert days_left(cod) == [0, 3, 6]
    assert days_left(ammonia) == [0, 3, 6, 9, 12, 15, 18]


def test_sums_stay_when_readings_go(device):
    cod = series_of(device)[COD, RTD]
    fill(cod)
    api.close_periods(minute(71))
    act("set_retention", profile="short", reading_days=10)
    keep_partitions(T0.date())
    span = {"start": T0 - timedelta(days=40), "end": T0 + timedelta(days=1)}
    assert act("read_summaries", series_ids=[cod], period=Period.DAY, **span).columns["count"].sum() == 10


def test_one_late_reading_does_not_take_the_place_of_an_hour_that_was_summed_up(device):
    cod = series_of(device)[COD, RTD]
    long_ago = -12 * 1440
    api.ingest(batch(cod, *((long_ago + n, 1.0) for n in range(60)), received=T0))
    api.close_periods(minute(71))
    act("set_retention", profile="short", reading_days=10)
    keep_partitions(T0.date())
    late = batch(cod, (long_ago + 30, 900.0), source=Source.REISSUED, received=minute(80))
    assert api.ingest(late).stored == 1
    span = {"start": T0 - timedelta(days=13), "end": T0 - timedelta(days=11)}
    for _ in range(2):
        for period in (Period.HOUR, Period.DAY):
            found = act("read_summaries", series_ids=[cod], period=period, **span).columns
            assert (found["count"].tolist(), found["high"].tolist()) == ([60], [1])
        api.close_periods(minute(90))
    again = batch(cod, *((long_ago + n, 2.0) for n in range(60)), source=Source.REISSUED, received=minute(95))
    api.ingest(again)
    api.close_periods(minute(100))
    assert act("read_summaries", series_ids=[cod], period=Period.HOUR, **span).columns["high"].tolist() == [2]


def test_what_is_held_stays_and_goes_when_the_hold_is_lifted(device):
    cod = series_of(device)[COD, RTD]
    fill(cod)
    frames = [RawFrame(device.id, T0 - timedelta(days=n), b"x") for n in (1, 40)]
    refused = QuarantinedFrame("hj212", "hj212.crc", b"x", T0 - timedelta(days=40), device_id=device.id)
    api.ingest(ReadingBatch.empty(T0), raw_frames=frames, quarantined=[refused])
    act("set_retention", profile="short", reading_days=10)
    hold = act("place_hold", device_id=device.id, reason="样例案件")
    keep_partitions(T0.date())
    assert days_left(cod) == list(range(0, 30, 3))
    assert act("list_raw_frames", device_id=device.id).total == 2
    assert act("list_quarantine").total == 1
    assert act("release_hold", hold_id=hold.id).released_at == act("release_hold", hold_id=hold.id).released_at
    assert (act("list_holds"), len(act("list_holds", standing=False))) == ([], 1)
    keep_partitions(T0.date())
    assert days_left(cod) == [0, 3, 6, 9]
    assert act("list_raw_frames", device_id=device.id).total == 1
    assert act("list_quarantine").total == 0


def test_a_hold_stops_a_purge_that_is_under_way(device, monkeypatch):
    cod = series_of(device)[COD, RTD]
    fill(cod)
    act("set_retention", profile="short", reading_days=10)
    asked = purging._oldest_by_series

    def hold_after(today):
        found = asked(today)
        act("place_hold", device_id=device.id, reason="样例案件")
        return found

    monkeypatch.setattr(purging, "_oldest_by_series", hold_after)
    keep_partitions(T0.date())
    assert days_left(cod) == list(range(0, 30, 3))


def test_frames_of_a_profile_may_be_kept_shorter_or_longer(device, make_device):
    other = make_device()
    for one in (device, other):
        frames = [RawFrame(one.id, T0 - timedelta(days=n), b"x") for n in (1, 15, 40, 90)]
        api.ingest(ReadingBatch.empty(T0), raw_frames=frames)
    act("set_retention", profile="short", frame_days=10)
    keep_partitions(T0.date())
    assert [act("list_raw_frames", device_id=one.id).total for one in (device, other)] == [1, 2]
    act("set_retention", profile="short", frame_days=60)
    api.ingest(ReadingBatch.empty(T0), raw_frames=[RawFrame(one.id, T0 - timedelta(days=40), b"x") for one in (device, other)])
    keep_partitions(T0.date())
    assert [act("list_raw_frames", device_id=one.id).total for one in (device, other)] == [2, 2]


def test_a_day_without_any_row_left_has_no_file(device):
    fill(series_of(device)[COD, RTD])
    act("set_retention", profile="short", reading_days=10)
    keep_partitions(T0.date())
    assert ArchivedDay.objects.get(day=T0.date() - timedelta(days=12)).file == ""


def test_what_makes_no_sense_is_refused(device):
    for more, error in (
        ({"profile": "short", "reading_days": 2}, Invalid),
        ({"reading_days": 20}, Invalid),
        ({"profile": "unknown", "reading_days": 20}, NotFound),
        ({"series_id": 2**30, "reading_days": 20}, NotFound),
    ):
        with pytest.raises(error):
            act("set_retention", **more)
    with pytest.raises(Invalid):
        act("place_hold", profile="short", reason=" ")
    with pytest.raises(NotFound):
        act("release_hold", hold_id=device.id)
    public = Actor.public()
    with acting_as(public), pytest.raises(PermissionDenied):
        api.list_holds(actor=public)


def test_rules_and_holds_are_set_on_the_desk(device, city):  # noqa: F811 - the fixture
    page = reverse("sense:retention")
    assert "All readings are kept for ever" in look(city, page)
    assert "Sample" in send(city, reverse("sense:retention-edit"), profile="short", reading_days="100")
    assert "100" in look(city, page)
    refused = city.post(reverse("sense:retention-edit"), {"profile": "short", "reading_days": "2"})
    assert refused.status_code == 422
    assert "at least 7 days" in refused.content.decode()
    assert "sample case" in send(city, reverse("sense:hold-new"), device_id=str(device.id), reason="sample case")
    (hold,) = act("list_holds")
    assert "Lift this hold?" in look(city, reverse("sense:hold-release", args=[hold.id]))
    assert "Nothing is held" in send(city, reverse("sense:hold-release", args=[hold.id]))
