"""Whatever comes in whatever order: the store holds what a dictionary would, and every row handed in is accounted for."""

import math
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capabilities.sense.stage import COD, HOUR, RTD, T0, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ReadingBatch, Source
from yuzhou.capabilities.sense.services.engine import forget_engine

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

STANDING = {Source.COMPUTED: 0, Source.REAL_TIME: 1, Source.REISSUED: 2, Source.MANUAL: 3}
ROW = st.tuples(
    st.integers(0, 2),  # which series; 2 is unknown
    st.integers(0, 5),  # minute
    st.sampled_from([1.0, 2.0, float("nan")]),
    st.sampled_from([0, 4]),
    st.sampled_from(list(Source)),
)
Held = tuple[float | None, int, Source]


def held(value: float, flag: int, source: Source) -> Held:
    return (None if math.isnan(value) else value, flag, source)


def wins(new: Held, old: Held) -> bool:
    differs = new[:2] != old[:2] or (old[2] is Source.COMPUTED and new[2] is not Source.COMPUTED)
    if not differs:
        return False
    more = STANDING[new[2]] - STANDING[old[2]]
    return more > 0 or (more == 0 and new[2] is not Source.REAL_TIME)


def expected(batches: list[list[tuple]], ids: list[int]) -> dict[tuple[int, int], Held]:
    store: dict[tuple[int, int], Held] = {}
    for batch in batches:
        best: dict[tuple[int, int], Held] = {}
        for which, minute, value, flag, source in batch:
            if which == 2:
                continue
            key, new = (ids[which], minute), held(value, flag, source)
            old = best.get(key)
            more = 1 if old is None else STANDING[new[2]] - STANDING[old[2]]
            if more > 0 or (more == 0 and source is not Source.REAL_TIME):
                best[key] = new
        for key, new in best.items():
            if key not in store or wins(new, store[key]):
                store[key] = new
    return store


def found(ids: list[int]) -> dict[tuple[int, int], Held]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT series_id, at, value, flag & 15, source FROM sense_reading WHERE series_id = ANY(%s)", [ids])
        return {(s, int((at - T0).total_seconds() // 60)): held(v, f, Source(src)) for s, at, v, f, src in cursor.fetchall()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=5), restart=st.booleans())
def test_the_store_is_what_a_dictionary_would_be(make_device, batches, restart):
    with transaction.atomic():
        ids = [series_of(make_device())[key] for key in ((COD, RTD), (COD, HOUR))]
        forget_engine()
        for batch in batches:
            columns = list(zip(*batch, strict=True)) or [()] * 5
            result = api.ingest(
                ReadingBatch.of(
                    series_id=[[*ids, 2_000_000][which] for which in columns[0]],
                    at=[us(T0 + timedelta(minutes=minute)) for minute in columns[1]],
                    value=columns[2],
                    flag=columns[3],
                    source=columns[4],
                    received_at=T0 + timedelta(minutes=10),
                )
            )
            assert result.stored + result.duplicates + result.ignored == len(batch)
            if restart:
                forget_engine()
        assert found(ids) == expected(batches, ids)
        with connection.cursor() as cursor:
            cursor.execute("SELECT series_id, at FROM sense_latest WHERE series_id = ANY(%s)", [ids])
            newest = {s: int((at - T0).total_seconds() // 60) for s, at in cursor.fetchall()}
        assert newest == {s: max(m for t, m in found(ids) if t == s) for s in ids if any(t == s for t, _ in found(ids))}
