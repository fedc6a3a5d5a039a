"""Hourly and daily means, reported or computed."""

from datetime import timedelta

import pytest

from tests.capabilities.sense.stage import COD, HOUR, RTD, SYSTEM, T0, batch, minute, series_of, stored
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DataFlag, Mark, Source, Statistic
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def ids(make_device):
    return series_of(make_device())


def every_minute(series, value=lambda n: float(n), count=60, **more):
    return batch(series, *((n, value(n)) for n in range(count)), **more)


def test_an_hour_is_computed_after_its_grace_when_none_was_reported(ids):
    api.ingest(every_minute(ids[COD, RTD]))
    assert api.close_periods(minute(69)) == 0
    assert api.close_periods(minute(71)) == 1
    assert stored(ids[COD, HOUR]) == [(0, 29.5, int(Mark.COMPUTED), int(Source.COMPUTED))]
    assert api.close_periods(minute(71)) == 0


def test_a_reported_hour_stays(ids):
    api.ingest(every_minute(ids[COD, RTD]))
    api.ingest(batch(ids[COD, HOUR], (0, 31)))
    api.close_periods(minute(71))
    assert stored(ids[COD, HOUR]) == [(0, 31, 0, int(Source.REAL_TIME))]


def test_an_hour_reported_late_takes_the_place_of_the_computed(ids):
    api.ingest(every_minute(ids[COD, RTD]))
    api.close_periods(minute(71))
    api.ingest(batch(ids[COD, HOUR], (0, 31), received=minute(80)))
    assert stored(ids[COD, HOUR]) == [(0, 31, int(Mark.LATE), int(Source.REAL_TIME))]


def test_invalid_values_do_not_count_and_too_few_make_the_mean_suspect(ids):
    api.ingest(every_minute(ids[COD, RTD], lambda n: 10.0, 30))
    api.ingest(batch(ids[COD, RTD], *((n, 900) for n in range(30, 60)), flag=DataFlag.FAULT))
    api.close_periods(minute(71))
    assert stored(ids[COD, HOUR]) == [(0, 10, int(Mark.COMPUTED | Mark.SUSPECT), int(Source.COMPUTED))]


def test_late_readings_correct_a_computed_hour(ids):
    api.ingest(every_minute(ids[COD, RTD], lambda n: 10.0, 50))
    api.ingest(batch(ids[COD, RTD], (60, 10)))
    api.close_periods(minute(71))
    assert stored(ids[COD, HOUR])[0][1] == 10
    api.ingest(batch(ids[COD, RTD], *((n, 70) for n in range(50, 60)), source=Source.REISSUED, received=minute(75)))
    assert api.close_periods(minute(76)) == 1
    assert stored(ids[COD, HOUR])[0][1] == 20
    with acting_as(SYSTEM):
        (value,) = [v for v in api.latest_values(actor=SYSTEM, device_ids=_devices()) if v.statistic is HOUR]
    assert value.value == 20


def test_a_mean_whose_values_turn_out_invalid_is_a_mean_no_more_and_may_come_back(ids):
    api.ingest(every_minute(ids[COD, RTD], lambda n: 900.0))
    api.close_periods(minute(71))
    fault = every_minute(ids[COD, RTD], lambda n: 900.0, flag=DataFlag.FAULT, source=Source.REISSUED, received=minute(75))
    api.ingest(fault)
    assert api.close_periods(minute(76)) == 1
    ((_, value, flag, _),) = stored(ids[COD, HOUR])
    assert value != value
    assert flag & Mark.SUSPECT
    api.ingest(every_minute(ids[COD, RTD], lambda n: 900.0, source=Source.MANUAL, received=minute(77)))
    api.close_periods(minute(78))
    ((_, value, flag, _),) = stored(ids[COD, HOUR])
    assert (value, flag & Mark.SUSPECT) == (900, 0)


def test_a_mean_of_too_few_is_suspect_no_more_when_the_rest_says_the_same(ids):
    api.ingest(every_minute(ids[COD, RTD], lambda n: 10.0, 20))
    api.close_periods(minute(71))
    assert stored(ids[COD, HOUR])[0][2] & Mark.SUSPECT
    rest = [(n, 10.0) for n in range(20, 60)]
    api.ingest(batch(ids[COD, RTD], *rest, source=Source.REISSUED, received=minute(75)))
    assert api.close_periods(minute(76)) == 1
    ((_, value, flag, _),) = stored(ids[COD, HOUR])
    assert (value, flag & Mark.SUSPECT) == (10, 0)


def _devices():
    return [d.id for d in api.list_devices(actor=SYSTEM)]


def test_a_backlog_of_days_is_summed_up_too(ids):
    start = -48 * 60
    api.ingest(batch(ids[COD, RTD], *((start + n * 5, 1.0) for n in range(48 * 12)), source=Source.REISSUED))
    assert api.close_periods(minute(71)) >= 48
    hours = stored(ids[COD, HOUR])
    assert len(hours) == 48
    assert {value for _, value, _, _ in hours} == {1.0}
    days = [s for s in _all_series() if s.statistic is Statistic.DAY_AVG]
    (day,) = {s.id for s in days}
    flags = [flag for _, _, flag, _ in stored(day)]
    assert int(Mark.COMPUTED) in flags


def _all_series():
    with acting_as(SYSTEM):
        return api.list_series(actor=SYSTEM, device_ids=_devices())


def test_days_begin_at_the_citys_midnight(ids):
    midnight = -540  # T0 is nine in the morning in Chongqing
    api.ingest(batch(ids[COD, HOUR], *((midnight + 60 * n, float(n)) for n in range(24)), received=T0 + timedelta(days=1)))
    api.close_periods(T0 + timedelta(days=1))
    (day,) = {s.id for s in _all_series() if s.statistic is Statistic.DAY_AVG}
    assert stored(day) == [(midnight, 11.5, int(Mark.COMPUTED), int(Source.COMPUTED))]


def test_a_batch_with_newer_and_older_rows_of_one_hour(ids):
    api.ingest(batch(ids[COD, RTD], (20, 1)))
    forget_engine()
    result = api.ingest(batch(ids[COD, RTD], (10, 1), (30, 1), (12, 1), (31, 1)))
    assert (result.stored, result.late) == (4, 2)
    api.close_periods(minute(71))
    assert stored(ids[COD, HOUR])[0][1] == 1


def test_a_backlog_closes_in_any_order(ids):
    for hour in (3, 1, 2, 0, 5):
        points = [(hour * 60 + n, 1.0) for n in range(60)]
        api.ingest(batch(ids[COD, RTD], *points, received=minute(400)))
        forget_engine()
    assert api.close_periods(minute(480)) == 5
    assert len(stored(ids[COD, HOUR])) == 5


def test_a_logger_that_catches_up_in_order_corrects_the_hours_summed_up_meanwhile(ids):
    api.ingest(every_minute(ids[COD, RTD], lambda n: 10.0, 20))
    assert api.close_periods(minute(71)) == 1
    rest = [(n, 70.0) for n in range(20, 200)]
    api.ingest(batch(ids[COD, RTD], *rest, source=Source.REISSUED, received=minute(200)))
    api.close_periods(minute(201))
    assert stored(ids[COD, HOUR])[0][1] == 50
