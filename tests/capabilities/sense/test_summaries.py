"""Hours, days and longer: the same from summaries as from the readings themselves, whatever comes late and wherever it lies."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capabilities.sense.stage import COD, HOUR, RTD, T0, batch, minute, series_of, stored, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DataFlag, Mark, Source
from yuzhou.capabilities.sense.rules.buckets import Period, begin_of
from yuzhou.capabilities.sense.rules.summaries import combine, mean_of, summarise, time_mean_of
from yuzhou.capabilities.sense.selectors.summaries import read_periods, sum_up
from yuzhou.capabilities.sense.services.partitions import list_partitions
from yuzhou.capabilities.sense.services.retention import keep_partitions

owner = [pytest.mark.django_db, pytest.mark.owner]


def columns(rows):
    """(minute, value, flag) of one series."""
    at = np.array([us(T0) + int(m * 60_000_000) for m, _, _ in rows], np.int64)
    one = np.ones(len(rows), np.int64)
    return {
        "series_id": one,
        "at": at,
        "value": np.array([v for _, v, _ in rows], float),
        "flag": np.array([f for _, _, f in rows], np.uint8),
    }


def test_an_hour_of_irregular_values_is_weighted_by_time():
    hour = sum_up(columns([(0, 10, 0), (45, 50, 0)]), Period.HOUR)
    assert mean_of(hour).tolist() == [30]
    assert time_mean_of(hour).tolist() == [(45 * 10 + 15 * 50) / 60]
    assert (hour["first"].tolist(), hour["last"].tolist(), hour["low"].tolist(), hour["high"].tolist()) == (
        [10],
        [50],
        [10],
        [50],
    )


def test_what_is_not_valid_counts_only_where_nothing_is():
    hour = sum_up(columns([(0, 10, 0), (10, 900, DataFlag.FAULT), (20, float("nan"), 0)]), Period.HOUR)
    assert (hour["count"].tolist(), hour["valid"].tolist(), hour["high"].tolist()) == ([3], [1], [10])
    none = sum_up(columns([(0, 7, DataFlag.FAULT), (1, float("nan"), Mark.SUSPECT)]), Period.HOUR)
    assert (none["valid"].tolist(), none["used"].tolist(), none["total"].tolist()) == ([0], [1], [7])
    assert np.isnan(sum_up(columns([(0, float("nan"), Mark.SUSPECT)]), Period.HOUR)["low"]).all()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * 1440),
            st.floats(-1e6, 1e6) | st.just(float("nan")),
            st.sampled_from([0, DataFlag.FAULT, int(Mark.SUSPECT), int(Mark.LATE)]),
        ),
        unique_by=lambda row: row[0],
        max_size=60,
    ).map(sorted)
)
def test_days_made_of_hours_are_days_made_of_readings(rows):
    found = columns(rows)
    hours = sum_up(found, Period.HOUR)
    from_hours, direct = combine(hours, begin_of(hours["at"], Period.DAY)), sum_up(found, Period.DAY)
    for name in ("at", "count", "valid", "used", "low", "high", "first", "last", "flag"):
        np.testing.assert_array_equal(from_hours[name], direct[name])
    np.testing.assert_allclose(from_hours["total"], direct["total"], atol=1e-6)
    assert (from_hours["seconds"] <= direct["seconds"] + 1e-6).all()  # a value holds to the end of its own period only


def test_periods_begin_with_the_citys_clock_and_calendar():
    at = np.array([us(T0)])  # Friday 20 November, nine in the morning
    begun = {period: begin_of(at, period)[0] for period in Period}
    local = {period: T0 + timedelta(hours=8) + timedelta(microseconds=int(start) - us(T0)) for period, start in begun.items()}
    assert str(local[Period.HOURS_6])[:16] == "2026-11-20 06:00"
    assert str(local[Period.DAY])[:16] == "2026-11-20 00:00"
    assert str(local[Period.WEEK])[:10] == "2026-11-16"
    assert str(local[Period.MONTH])[:10] == "2026-11-01"
    assert str(local[Period.QUARTER])[:10] == "2026-10-01"
    assert str(local[Period.YEAR])[:10] == "2026-01-01"
    assert begin_of(at, Period.MONTH, 1)[0] - begun[Period.MONTH] == 30 * 86_400_000_000


@pytest.fixture
def ids(make_device, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    settings.SENSE_HOT_DAYS = 3
    return series_of(make_device())


def by(series, period, start=T0 - timedelta(days=30), end=T0 + timedelta(days=2), statistic="rtd"):
    found = read_periods({series: statistic}, start, end, period)
    return list(zip(found["at"].tolist(), found["count"].tolist(), mean_of(found).tolist(), strict=True))


def walk(series, days, step=30):
    points = [(n, float(n % 97)) for n in range(-days * 1440, 60, step)]
    return batch(series, *points)


@pytest.mark.parametrize("period", [Period.MINUTES_30, Period.HOUR, Period.HOURS_6, Period.DAY, Period.WEEK, Period.MONTH])
class TestWhereverTheyLie:
    pytestmark = owner

    def test_before_after_and_archived_they_are_the_same(self, ids, period):
        cod = ids[COD, RTD]
        api.ingest(walk(cod, 9))
        live = by(cod, period)
        assert sum(count for _, count, _ in live) == 9 * 48 + 2
        api.close_periods(minute(30))  # the present hour and day stay open
        assert by(cod, period) == live
        keep_partitions(T0.date())
        assert min(list_partitions("sense_hour")) >= T0.date() - timedelta(days=3)
        assert by(cod, period) == live
        assert by(cod, period, end=minute(60)) == live

    def test_late_readings_count_at_once_and_for_good(self, ids, period):
        cod = ids[COD, RTD]
        api.ingest(walk(cod, 9))
        api.close_periods(minute(70))
        keep_partitions(T0.date())
        late = [(-8 * 1440 + 7, 500.0), (-1440 + 7, 700.0), (-8 * 1440, 900.0)]
        api.ingest(batch(cod, *late, source=Source.REISSUED, received=minute(80)))
        live = by(cod, period)
        assert sum(count for _, count, _ in live) == 9 * 48 + 4
        assert api.close_periods(minute(81)) > 0
        assert by(cod, period) == pytest.approx(live)
        keep_partitions(T0.date())
        assert by(cod, period) == pytest.approx(live)


class TestMeans:
    pytestmark = owner

    def test_a_late_reading_of_an_archived_hour_makes_its_mean_from_all_of_it(self, ids):
        start = -6 * 1440
        api.ingest(batch(ids[COD, RTD], *((start + n, 10.0) for n in range(50))))
        api.ingest(batch(ids[COD, RTD], (0, 10)))
        api.close_periods(minute(71))
        keep_partitions(T0.date())
        late = batch(ids[COD, RTD], *((start + n, 70.0) for n in range(50, 60)), source=Source.REISSUED, received=minute(75))
        api.ingest(late)
        api.close_periods(minute(76))
        (found,) = [row for row in stored(ids[COD, HOUR]) if row[0] == start]
        assert found[1] == 20

    def test_days_of_hourly_series_are_made_of_what_was_reported(self, ids):
        hourly = ids[COD, HOUR]
        api.ingest(batch(hourly, *((60 * n, float(n)) for n in range(-30, 1))))
        live = by(hourly, Period.DAY, statistic="hour-avg")
        assert [count for _, count, _ in live] == [21, 10]
        api.close_periods(T0 + timedelta(days=2))
        assert by(hourly, Period.DAY, statistic="hour-avg") == live

    def test_a_backlog_is_worked_off_in_time_slices(self, ids, monkeypatch):
        from yuzhou.capabilities.sense.services import aggregates

        monkeypatch.setattr(aggregates, "AT_ONCE", 5)
        api.ingest(walk(ids[COD, RTD], 2))
        assert api.close_periods(minute(71), most_seconds=0) == 0
        assert api.close_periods(minute(71), most_seconds=0.001) <= 5
        api.close_periods(minute(71))
        assert len(stored(ids[COD, HOUR])) >= 48

    def test_days_archived_before_there_were_summaries_are_summed_up_once(self, ids):
        from yuzhou.capabilities.sense.models import DuePeriod
        from yuzhou.capabilities.sense.services.retention import note_unsummed

        api.ingest(walk(ids[COD, RTD], 9))
        DuePeriod.objects.all().delete()
        keep_partitions(T0.date())
        assert note_unsummed() == 0
        due = DuePeriod.objects.filter(hours=1).count()
        assert due >= 5 * 24
        api.close_periods(minute(71))
        assert DuePeriod.objects.count() == 0
        days = by(ids[COD, RTD], Period.DAY)
        assert sum(count for _, count, _ in days) == due * 2

    def test_only_one_closes_at_a_time(self, ids):
        import psycopg
        from django.db import connection

        api.ingest(walk(ids[COD, RTD], 1))
        info = connection.get_connection_params()
        with psycopg.connect(
            host=info.get("host"),
            port=info.get("port"),
            user=info.get("user"),
            dbname=info["dbname"],
            password=info.get("password"),
        ) as other:
            other.execute("SELECT pg_advisory_lock(%s, 1)", [0x59_5A_50_41])
            assert api.close_periods(minute(71)) == 0
            other.execute("SELECT pg_advisory_unlock(%s, 1)", [0x59_5A_50_41])
        assert api.close_periods(minute(71)) > 0


def test_an_hour_without_anything_is_no_row():
    empty = summarise(*(np.zeros(0, np.int64),) * 2, np.zeros(0), np.zeros(0, np.uint8), *(np.zeros(0, np.int64),) * 2)
    assert len(empty["at"]) == 0
