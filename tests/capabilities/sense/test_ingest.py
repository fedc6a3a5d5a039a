"""Batches become rows, once, and in good order."""

import numpy as np
import pytest
from django.db import connection

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, T0, batch, minute, series_of, stored, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    DeviceState,
    Mark,
    QuarantinedFrame,
    RawFrame,
    ReadingBatch,
    SeriesSpec,
    Source,
    Statistic,
)
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def cod(make_device):
    return series_of(make_device())[COD, RTD]


def latest(series):
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, value FROM sense_latest WHERE series_id = %s", [series])
        return cursor.fetchone()


def test_rows_and_newest_values(cod):
    result = api.ingest(batch(cod, (1, 10.5), (0, 9.25)))
    assert (result.stored, result.late) == (2, 0)
    assert stored(cod) == [(0, 9.25, 0, 0), (1, 10.5, 0, 0)]
    assert latest(cod) == (minute(1), 10.5)


def test_the_same_batch_again_changes_nothing(cod):
    api.ingest(batch(cod, (0, 1), (1, 2)))
    again = api.ingest(batch(cod, (0, 1), (1, 2)))
    assert (again.stored, again.duplicates) == (0, 2)
    assert len(stored(cod)) == 2


def test_late_rows_are_kept_and_marked(cod):
    api.ingest(batch(cod, (5, 1)))
    result = api.ingest(batch(cod, (3, 7)))
    assert (result.stored, result.late) == (1, 1)
    assert stored(cod) == [(3, 7, int(Mark.LATE), 0), (5, 1, 0, 0)]
    assert latest(cod) == (minute(5), 1)


def test_of_two_real_time_values_the_first_stays_and_the_other_is_kept_apart(cod):
    api.ingest(batch(cod, (0, 1)))
    result = api.ingest(batch(cod, (0, 2)))
    assert (result.stored, result.ignored) == (0, 1)
    assert stored(cod) == [(0, 1, 0, 0)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, was_stored FROM sense_replaced")
        assert cursor.fetchall() == [(2.0, False)]


def test_a_reissued_value_corrects_and_the_earlier_is_kept_apart(cod):
    api.ingest(batch(cod, (0, 1)))
    result = api.ingest(batch(cod, (0, 2), source=Source.REISSUED))
    assert (result.stored, result.corrected) == (1, 1)
    assert stored(cod) == [(0, 2, int(Mark.LATE | Mark.CORRECTED), int(Source.REISSUED))]
    assert latest(cod) == (minute(0), 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, was_stored FROM sense_replaced")
        assert cursor.fetchall() == [(1.0, True)]


def test_repeats_within_a_batch(cod):
    result = api.ingest(batch(cod, (0, 1), (0, 1), (0, 3)))
    assert (result.stored, result.duplicates, result.ignored) == (1, 1, 1)
    assert stored(cod)[0][1] == 1


def test_unknown_series_and_impossible_times_do_not_fail_the_rest(cod):
    at = [us(T0), us(T0), us(minute(600)), us(T0) - 500 * 86_400_000_000]
    mixed = ReadingBatch.of(series_id=[cod, 999_999, cod, cod], at=at, value=[1, 2, 3, 4], received_at=T0)
    result = api.ingest(mixed)
    assert (result.stored, result.ignored, result.unknown_series) == (1, 3, (999_999,))
    with acting_as(SYSTEM):
        assert [q.code for q in api.list_quarantine(actor=SYSTEM)] == ["sense.impossible-time"]


def test_not_a_number_is_kept_and_suspect(cod):
    api.ingest(batch(cod, (0, float("nan")), (1, float("inf"))))
    assert [flag for _, _, flag, _ in stored(cod)] == [int(Mark.SUSPECT)] * 2
    again = api.ingest(batch(cod, (0, float("nan"))))
    assert again.duplicates == 1


def test_days_get_their_partition(cod):
    api.ingest(batch(cod, (0, 1), (-3 * 1440, 2), (1440, 3)))
    assert len(stored(cod)) == 3


def test_frames_refusals_and_presence(make_device):
    device = make_device()
    frame = RawFrame(device.id, T0, b"##0101...", kind="2011", quirks=("lower-crc",))
    refused = QuarantinedFrame("hj212", "hj212.bad-crc", b"##\xff", T0, peer="10.0.0.9:4000", identity="X", device_id=device.id)
    api.ingest(ReadingBatch.empty(T0), raw_frames=[frame], quarantined=[refused])
    with acting_as(SYSTEM):
        frames = api.list_raw_frames(actor=SYSTEM, device_id=device.id)
        assert [(f.kind, f.content, f.quirks) for f in frames] == [("2011", "##0101...", ("lower-crc",))]
        (entry,) = api.list_quarantine(actor=SYSTEM, device_id=device.id)
        assert (entry.code, entry.peer, entry.content, entry.size) == ("hj212.bad-crc", "10.0.0.9:4000", "##\\xff", 3)
        found = api.get_device(actor=SYSTEM, device_id=device.id)
        assert (found.state, found.last_seen) == (DeviceState.ONLINE, T0)


def test_a_long_frame_is_marked_as_cut(make_device):
    device = make_device()
    frames = [RawFrame(device.id, minute(n), b"7" * size, quirks=("lower-crc",)) for n, size in enumerate((8192, 8193))]
    refused = QuarantinedFrame("hj212", "hj212.bad-crc", b"7" * 9000, T0, device_id=device.id)
    api.ingest(ReadingBatch.empty(T0), raw_frames=frames, quarantined=[refused])
    with acting_as(SYSTEM):
        cut, whole = api.list_raw_frames(actor=SYSTEM, device_id=device.id)
        assert (len(cut.content), cut.quirks, whole.quirks) == (8192, ("lower-crc", "cut"), ("lower-crc",))
        (entry,) = api.list_quarantine(actor=SYSTEM, device_id=device.id)
        assert (len(entry.content), entry.size) == (8192, 9000)


def test_directory_names_devices_and_their_secrets(make_device):
    device = make_device(secret="s3cret")
    directory = api.load_directory(protocol="hj212")
    entry = directory.devices[device.identity]
    assert (entry.secret, set(entry.series)) == ("s3cret", set(series_of(device)))
    assert directory.version == api.directory_version(protocol="hj212")
    with acting_as(SYSTEM):
        made = api.ensure_series(device_id=device.id, specs=[SeriesSpec("w00000", Statistic.RTD)])
    assert api.directory_version(protocol="hj212") > directory.version
    changed = api.load_directory(protocol="hj212", since=directory.version)
    assert changed.partial
    assert set(changed.devices[device.identity].series) == set(entry.series) | set(made)
    assert api.load_directory(protocol="hj212", since=changed.version).devices == {}
    result = api.ingest(batch(made["w00000", Statistic.RTD], (0, 3)))
    assert result.stored == 1


def test_a_large_batch_in_any_order(make_device):
    ids = [n for device in [make_device() for _ in range(5)] for n in series_of(device).values()]
    rng = np.random.default_rng(1)
    series = rng.choice(ids, 20_000)
    at = us(T0) + rng.integers(0, 3600, 20_000) * 1_000_000
    value = rng.random(20_000).round(2)
    wanted = {}
    for s, a, v in zip(series.tolist(), at.tolist(), value.tolist(), strict=True):
        wanted.setdefault((s, a), v)
    seen = set()
    for part in np.array_split(np.arange(20_000), 3):
        api.ingest(ReadingBatch.of(series_id=series[part], at=at[part], value=value[part], received_at=minute(60)))
    for s in ids:
        seen |= {(s, us(minute(m)), v) for m, v, _, _ in stored(s)}
    assert seen == {(s, a, v) for (s, a), v in wanted.items()}


def test_latest_values_of_many(make_device):
    device = make_device()
    ids = series_of(device)
    api.ingest(batch(ids[COD, RTD], (0, 1), (1, 2)))
    api.ingest(batch(ids[AMMONIA, RTD], (0, 5)))
    with acting_as(SYSTEM):
        values = api.latest_values(actor=SYSTEM, device_ids=[device.id])
    assert [(v.property, v.value) for v in values] == [(COD, 2), (AMMONIA, 5)]


def test_the_newest_value_does_not_freeze_behind_one_of_the_future(cod):
    """A restart amid it changes nothing: the place of the future one stays known."""
    series = cod
    api.ingest(batch(series, (50, 999), received=minute(0)))

    def newest():
        with acting_as(SYSTEM):
            devices = [device.id for device in api.list_devices(actor=SYSTEM)]
            return [one.value for one in api.latest_values(actor=SYSTEM, device_ids=devices) if one.series_id == series]

    assert newest() == [999]
    for n in (1, 2, 3):
        forget_engine()
        api.ingest(batch(series, (n, n)))
        assert newest() == [n]
    api.ingest(batch(series, (2.5, 25), source=Source.REISSUED, received=minute(3)))
    forget_engine()
    assert newest() == [3]
    api.ingest(batch(series, (50, 5), received=minute(50)))
    api.ingest(batch(series, (51, 51)))
    assert newest() == [51]
    assert [at for at, *_ in stored(series)] == [1, 2, 2.5, 3, 50, 51]
