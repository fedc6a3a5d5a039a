"""Reports of nothing but numbers take a shorter way, which must end where the longer one does."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.payloads import columns as in_columns
from yuzhou.capabilities.sense.doors.payloads import documents
from yuzhou.capabilities.sense.doors.payloads import readings as in_readings
from yuzhou.capabilities.sense.doors.payloads.from_json import read_json
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals

NOW = 1_790_000_000_000_000
names = st.sampled_from(["a", "b", "c.d", "not a name", ""])
numbers = st.one_of(
    st.integers(-5, 5), st.floats(-5, 5), st.just(1e308), st.just(10**400), st.booleans(), st.none(), st.just("x")
)
reports = st.lists(
    st.fixed_dictionaries({"values": st.dictionaries(names, numbers, min_size=1, max_size=4)}), min_size=1, max_size=4
)
BOUNDED: Any = {"a": SimpleNamespace(low=-1.0, high=1.0, names={}, unit="")}


def read(content: bytes) -> tuple[Any, ...]:
    refusals = Refusals()
    found = read_json(content, refusals)
    columns = in_columns.columns_of(found, received=NOW, default_device="d")
    made = [in_readings.readings_of(one, Shapes(), received=NOW, properties=BOUNDED) for one in found]
    plain = [None if one is None else (one.shape.keys, one.values, one.flags, one.at, one.marks) for one in made]
    shown = replace(columns, unit=None)
    return [(r.code, r.row, r.field) for r in refusals.kept], plain, shown


def same(one: Any, other: Any) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "value") for name in one.__slots__)


@given(reports)
def test_both_ways_end_alike(said: list[dict[str, Any]]) -> None:
    content = json.dumps(said).encode()
    short = read(content)
    kept = documents.MOST_REMEMBERED, in_columns._is_plain, in_readings._plain
    documents.MOST_REMEMBERED = -1
    in_columns._is_plain, in_readings._plain = lambda _: False, lambda *_: None
    try:
        long = read(content)
    finally:
        documents.MOST_REMEMBERED, in_columns._is_plain, in_readings._plain = kept
    assert repr(short[:2]) == repr(long[:2])
    assert same(short[2], long[2])


def test_what_is_beyond_all_bounds_is_still_marked() -> None:
    [report] = read_json(b'{"values": {"a": 2.0, "b": 1e308, "c.d": 1e308}}')
    made = in_readings.readings_of(report, Shapes(), received=NOW, properties=BOUNDED)
    assert made is not None
    assert made.flags[0] != 0
    assert made.flags[1:] == b"\0\0"
    assert not any(map(math.isnan, made.values))
