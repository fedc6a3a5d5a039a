"""A batch of several deliveries tells for each what became of it, and what is stored with it stands or falls with it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, batch, minute, series_of, stored, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import IngestResult, ReadingBatch, Tally

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def cod(make_device):
    return series_of(make_device())[COD, RTD]


def delivered(rows, origins) -> ReadingBatch:
    series, minutes, values, sources = zip(*rows, strict=True)
    at = [us(minute(m)) for m in minutes]
    whole = ReadingBatch.of(series_id=series, at=at, value=values, source=sources, received_at=minute(60))
    return replace(whole, origin=np.array(origins, np.int32))


def test_each_delivery_is_told_what_became_of_it(cod):
    api.ingest(batch(cod, (10, 1), (11, 2)))
    rows = [(cod, 20, 1, 0), (cod, 10, 1, 0), (cod, 11, 6, 0), (cod, 5, 1, 0), (cod, 20, 1, 0), (cod, 11, 5, 1), (0, 1, 1, 0)]
    result = api.ingest(delivered(rows, [0, 0, 0, 1, 1, 3, 3]))
    assert result.tallies == (
        Tally(stored=1, duplicates=1, ignored=1),
        Tally(stored=1, duplicates=1, late=1),
        Tally(),
        Tally(stored=1, corrected=1, ignored=1),
    )


def test_what_is_stored_within_falls_with_the_readings(cod):
    def refuse(result: IngestResult) -> None:
        assert result.stored == 1
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        api.ingest(batch(cod, (1, 1)), within=refuse)
    assert stored(cod) == []
    assert api.ingest(batch(cod, (1, 1))).stored == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 2), st.sampled_from([0, 1, 3])), min_size=1, max_size=12
        ),
        min_size=1,
        max_size=4,
    )
)
def test_tallies_add_up(make_device, batches):
    of = series_of(make_device())
    series = of[COD, RTD], of[AMMONIA, RTD]
    for rows in batches:
        origins = [number % 3 for number in range(len(rows))]
        result = api.ingest(delivered([(series[which], at, value, source) for which, at, value, source in rows], origins))
        for name in ("stored", "duplicates", "corrected", "ignored", "late"):
            assert sum(getattr(tally, name) for tally in result.tallies) == getattr(result, name), name
        for number, tally in enumerate(result.tallies):
            assert tally.stored + tally.duplicates + tally.ignored == origins.count(number)
