"""What happens to readings that are not as they should be: each kind has its answer. The table is in docs/sense.md."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, T0, batch, minute, series_of, stored, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DataFlag, Mark, Profile, PropertySpec, Source
from yuzhou.capabilities.sense.rules.drift import Drift
from yuzhou.capabilities.sense.services.clocks import forget_clocks, tell_clocks
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.traits import forget_traits
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

SECOND = 1_000_000
owner = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture(autouse=True)
def afresh():
    forget_traits()
    forget_clocks()
    yield
    forget_traits()
    forget_clocks()


class TestValues:
    pytestmark = owner

    @pytest.fixture
    def ids(self, make_device):
        properties = (
            PropertySpec(COD, Text("化学需氧量", "COD"), "mg/L", low=0, high=1000),
            PropertySpec(AMMONIA, Text("氨氮", "Ammonia")),
        )
        with acting_as(SYSTEM):
            profile = Profile("bounded", Text("样例", "Sample"), "hj212", properties)
            api.define_profile(actor=SYSTEM, profile=profile)
        return series_of(make_device(profile="bounded"))

    def test_what_cannot_be_is_kept_over_range_and_suspect(self, ids):
        api.ingest(batch(ids[COD, RTD], (0, 12), (1, -3), (2, 5000), (3, 0), (4, 1000)))
        wrong = int(Mark.SUSPECT) | DataFlag.OVER_RANGE
        assert [flag for _, _, flag, _ in stored(ids[COD, RTD])] == [0, wrong, wrong, 0, 0]
        api.ingest(batch(ids[AMMONIA, RTD], (0, -3), (1, 1e12)))
        assert [flag for _, _, flag, _ in stored(ids[AMMONIA, RTD])] == [0, 0]

    def test_the_instruments_own_word_stays(self, ids):
        api.ingest(batch(ids[COD, RTD], (0, -3), flag=DataFlag.CALIBRATING))
        assert stored(ids[COD, RTD])[0][2] == int(Mark.SUSPECT) | DataFlag.CALIBRATING

    def test_what_cannot_be_counts_in_no_mean(self, ids):
        api.ingest(batch(ids[COD, RTD], *((n, 10.0 if n % 2 else 9999.0) for n in range(60))))
        api.close_periods(minute(71))
        from yuzhou.capabilities.sense.contracts import Period

        with acting_as(SYSTEM):
            found = api.read_summaries(actor=SYSTEM, series_ids=[ids[COD, RTD]], start=T0, end=minute(60), period=Period.HOUR)
        assert (found.columns["mean"].tolist(), found.columns["count"].tolist()) == ([10], [60])

    def test_a_time_far_ahead_of_its_receipt_is_suspect(self, ids):
        api.ingest(batch(ids[COD, RTD], (5, 10), (20, 11), received=T0))
        assert [flag for _, _, flag, _ in stored(ids[COD, RTD])] == [0, int(Mark.SUSPECT)]


class TestClocks:
    pytestmark = owner

    def run(self, series, ahead, minutes=range(0, 30), jitter=0.05):
        """Each minute a value, by a clock that is so many seconds ahead."""
        for n in minutes:
            received = minute(n)
            at = received + timedelta(seconds=ahead - jitter)
            api.ingest(batch(series, ((at - T0).total_seconds() / 60, 1.0), received=received))

    def clock(self, device):
        with acting_as(SYSTEM):
            return api.get_clock(actor=SYSTEM, device_id=device.id)

    @pytest.mark.parametrize(("ahead", "is_off"), [(0, False), (-2, False), (30, False), (240, True), (-200, True)])
    def test_a_clock_is_known_by_its_readings(self, make_device, ahead, is_off):
        device = make_device()
        self.run(series_of(device)[COD, RTD], ahead)
        found = self.clock(device)
        assert found.is_off == is_off
        assert found.offset_seconds == pytest.approx(ahead, abs=2)

    def test_ahead_is_known_at_once(self, make_device):
        device = make_device()
        self.run(series_of(device)[COD, RTD], 240, range(1))
        assert self.clock(device).is_off

    def test_a_logger_that_catches_up_is_not_behind(self, make_device):
        device = make_device()
        series = series_of(device)[COD, RTD]
        for n in range(30):  # each minute it sends ten more of what it kept
            points = [(-600 + n * 10 + k, 1.0) for k in range(10)]
            api.ingest(batch(series, *points, source=Source.REISSUED, received=minute(n)))
        assert not self.clock(device).is_off

    def test_rules_may_look_at_it(self, make_device):
        good, bad = make_device(), make_device()
        self.run(series_of(good)[COD, RTD], 0)
        self.run(series_of(bad)[COD, RTD], 240)
        assert tell_clocks(minute(31)) == 1
        assert tell_clocks(minute(31)) == 0
        with acting_as(SYSTEM):
            found = {
                s.device_id: s
                for s in api.list_series(actor=SYSTEM, device_ids=[good.id, bad.id])
                if s.property == "clock-offset"
            }
        assert list(found) == [bad.id]
        assert found[bad.id].unit == "s"
        assert stored(found[bad.id].id)[-1][1] == pytest.approx(240, abs=2)
        self.run(series_of(bad)[COD, RTD], 0, range(40, 60))
        tell_clocks(minute(61))
        assert stored(found[bad.id].id)[-1][1] == pytest.approx(0, abs=2)

    def test_right_readings_after_one_ahead_are_stored(self, make_device):
        series = series_of(make_device())[COD, RTD]
        api.ingest(batch(series, (9, 1.0), received=minute(0)))
        forget_engine()
        result = api.ingest(batch(series, (1, 2.0), received=minute(1)))
        assert result.stored == 1
        assert api.ingest(batch(series, (9, 3.0), source=Source.REISSUED, received=minute(9))).corrected == 1


@given(st.integers(-3000, 3000), st.lists(st.floats(0, 20), min_size=60, max_size=60))
def test_an_offset_is_found_through_any_delays(offset, delays):
    drift, last = Drift(), None
    for n, delay in enumerate(delays):
        received = us(T0) + n * 60 * SECOND
        devices, found = drift.observe(np.array([3]), np.array([int((offset - delay) * SECOND)]), received)
        last = found[0] / SECOND if len(devices) else last
    assert last is not None
    assert offset - 20.001 <= last <= offset + 0.001
