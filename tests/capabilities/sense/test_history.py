"""Hot and archived readings are one."""

from datetime import timedelta

import numpy as np
import pytest

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, T0, batch, minute, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DataFlag, Source
from yuzhou.capabilities.sense.selectors import readings
from yuzhou.capabilities.sense.selectors.columns import archive_path
from yuzhou.capabilities.sense.services import partitions
from yuzhou.capabilities.sense.services.partitions import list_partitions
from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def cod(make_device, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    settings.SENSE_HOT_DAYS = 3
    return series_of(make_device())[COD, RTD]


def read(series, start=T0 - timedelta(days=30), end=T0 + timedelta(days=2), **more):
    with acting_as(SYSTEM):
        return api.read_series(actor=SYSTEM, series_ids=[series], start=start, end=end, **more)[series]


def test_old_days_move_to_parquet_and_read_as_before(cod):
    points = [(n * 60, float(n)) for n in range(-10 * 24, 1)]
    api.ingest(batch(cod, *points))
    before = read(cod)
    moved = keep_partitions(T0.date())
    assert len(moved) == 7
    assert all(archive_path(day).exists() for day in moved)
    assert min(list_partitions("sense_reading")) == T0.date() - timedelta(days=3)
    after = read(cod)
    for name in ("at", "value", "flag", "source"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert keep_partitions(T0.date()) == []


def test_late_readings_of_an_archived_day_join_it(cod):
    api.ingest(batch(cod, (-6 * 1440, 1.0), (-6 * 1440 + 2, 3.0), (0, 9.0)))
    keep_partitions(T0.date())
    api.ingest(batch(cod, (-6 * 1440 + 1, 2.0), (-6 * 1440 + 2, 4.0), source=Source.REISSUED, received=minute(1)))
    assert read(cod).value.tolist() == [1, 2, 4, 9]
    assert keep_partitions(T0.date()) == [T0.date() - timedelta(days=6)]
    assert read(cod).value.tolist() == [1, 2, 4, 9]


def test_means_of_buckets_leave_out_invalid_values(cod):
    api.ingest(batch(cod, (0, 10), (1, 20), (10, 5)))
    api.ingest(batch(cod, (2, 900), flag=DataFlag.CALIBRATING))
    thinned = read(cod, resolution_seconds=600)
    assert thinned.at.tolist() == [us(minute(0)), us(minute(10))]
    assert thinned.value.tolist() == [15, 5]
    assert (thinned.low.tolist(), thinned.high.tolist()) == ([10, 5], [20, 5])
    assert thinned.flag.tolist()[0] & 0x0F == DataFlag.CALIBRATING


def test_what_is_cut_off_is_said_to_be(cod):
    api.ingest(batch(cod, *((n, n) for n in range(10))))
    assert (read(cod, limit=4).value.tolist(), read(cod, limit=4).truncated) == ([0, 1, 2, 3], True)
    assert not read(cod, limit=10).truncated


def test_old_frames_go(cod, settings):
    from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame, ReadingBatch

    settings.SENSE_FRAME_DAYS = 5
    (device,) = api.list_devices(actor=SYSTEM)
    for days in (0, 7):
        at = T0 - timedelta(days=days)
        frame, refused = RawFrame(device.id, at, b"x"), QuarantinedFrame("hj212", "hj212.bad-crc", b"x", at)
        api.ingest(ReadingBatch.empty(at), raw_frames=[frame], quarantined=[refused])
    keep_partitions(T0.date())
    with acting_as(SYSTEM):
        assert api.list_raw_frames(actor=SYSTEM, device_id=device.id).total == 1
        assert api.list_quarantine(actor=SYSTEM).total == 1


def test_a_day_that_another_process_archived_is_taken_up_again(cod):
    api.ingest(batch(cod, (-6 * 1440, 1.0), (0, 9.0)))
    known = set(partitions._known)
    keep_partitions(T0.date())
    partitions._known |= known  # as in a gateway that did not archive the day itself
    api.ingest(batch(cod, (-6 * 1440 + 1, 2.0), source=Source.REISSUED, received=minute(1)))
    assert read(cod).value.tolist() == [1, 2, 9]


def test_no_more_is_read_than_may_be_given(cod, monkeypatch):
    api.ingest(batch(cod, *((n, 1.0) for n in range(20))))
    monkeypatch.setattr(readings, "MOST_READ", 10)
    taken = []
    monkeypatch.setattr(readings, "merge", lambda hot, archived: taken.append(len(hot["at"])) or hot)
    with pytest.raises(Invalid):
        read(cod)
    assert taken == [11]
