"""Rules over columns say what the slow reference says, in one piece or in many."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules import evaluate as evaluation
from yuzhou.capabilities.sense.rules import portion
from yuzhou.capabilities.sense.rules.compiled import Instance, compile_rules
from yuzhou.capabilities.sense.rules.definition import (
    All,
    AnyOf,
    Bound,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Rate,
)
from yuzhou.capabilities.sense.rules.evaluate import evaluate, tick
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.capabilities.sense.rules.reference import Reading, Reference
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import apply_change, initial_state
from yuzhou.kernel.severity import Severity

START = datetime(2026, 11, 1, tzinfo=UTC)
T0 = int(START.timestamp()) * 1_000_000
MINUTE = 60_000_000
FEEDS = (Feed("w01018", "rtd"), Feed("w21003", "rtd"), Feed("w00000", "rtd"))


def bounds() -> st.SearchStrategy[tuple[Bound, ...]]:
    level = st.integers(3, 8).map(float)

    def build(high: float, gap: float, low: float | None, cut: int | None, high2: float) -> tuple[Bound, ...]:
        first = Bound(high=high, clear_high=high - gap, low=low)
        if cut is None:
            return (first,)
        moment = START + timedelta(minutes=cut)
        return (
            Bound(high=high, clear_high=high - gap, low=low, valid_to=moment),
            Bound(high=high2, valid_from=moment, valid_to=moment + timedelta(minutes=7)),
        )

    return st.builds(
        build, level, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([None, 1.0]), st.none() | st.integers(2, 20), level
    )


def conditions() -> st.SearchStrategy:
    feed = st.sampled_from(FEEDS)
    leaf = (
        st.builds(Limit, feed, bounds())
        | st.builds(Missing, feed, st.sampled_from([90.0, 240.0]), st.booleans())
        | st.builds(Frozen, feed, st.integers(2, 4), st.sampled_from([0.0, 120.0]), st.sampled_from([0.0, 1.0]))
        | st.builds(Rate, feed, st.sampled_from([1.0, 3.0]), st.sampled_from([60.0, 90.0]))
        | st.builds(Flagged, feed, st.frozensets(st.sampled_from([1, 4, 5, 7]), min_size=1))
    )
    branch = st.lists(leaf, min_size=1, max_size=3).map(tuple)
    tree = branch.map(All) | branch.map(AnyOf)
    deep = st.lists(leaf | tree, min_size=1, max_size=3).map(tuple)
    return leaf | tree | deep.map(All) | deep.map(AnyOf)


def definitions() -> st.SearchStrategy[Definition]:
    level = st.builds(
        Level,
        st.sampled_from(list(Severity)),
        conditions(),
        st.sampled_from([0.0, 60.0, 150.0]),
        st.sampled_from([0.0, 60.0, 200.0]),
    )
    return st.lists(level, min_size=1, max_size=3).map(tuple).map(Definition)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Instance], list[list[Reading] | int]]:
    """Some devices with rules, and what happens: batches of readings by time, and moments that pass."""
    devices = draw(st.integers(1, 3))
    instances = [
        Instance(definition, {feed: device * 10 + n for n, feed in enumerate(FEEDS)})
        for definition in draw(st.lists(definitions(), min_size=1, max_size=4))
        for device in range(devices)
    ]
    story: list[list[Reading] | int] = []
    at = T0
    for _ in range(draw(st.integers(1, 6))):
        batch = []
        for _ in range(draw(st.integers(0, 8))):
            at += draw(st.sampled_from([30, 60, 60, 60, 300])) * 1_000_000
            for series in draw(st.lists(st.sampled_from([d * 10 + n for d in range(devices) for n in range(3)]), unique=True)):
                value = draw(st.sampled_from([0.0, 2.0, 4.0, 4.5, 5.0, 6.0, 7.0, 9.0, float("nan")]))
                batch.append(Reading(series, at, value, draw(st.sampled_from([0, 0, 0, 0, 1, 4, 0x40, 0x80])), at + 5))
        story.append(batch)
        if draw(st.booleans()):
            at += draw(st.sampled_from([0, 60, 300])) * 1_000_000
            story.append(at + 10)
    return instances, story


def columns(readings: list[Reading]) -> Columns:
    rows = sorted(readings, key=lambda r: (r.series, r.at))
    return Columns(
        np.array([r.series for r in rows], np.int64),
        np.array([r.at for r in rows], np.int64),
        np.array([r.value for r in rows], np.float64),
        np.array([r.flag for r in rows], np.uint8),
        np.array([r.received for r in rows], np.int64),
    )


def run(instances: list[Instance], story: list[list[Reading] | int]) -> list[tuple[int, int, int, int]]:
    compiled = compile_rules(instances)
    state = initial_state(compiled, T0)
    found = []
    for step in story:
        change, seen = tick(compiled, state, step) if isinstance(step, int) else evaluate(compiled, state, columns(step))
        apply_change(state, change)
        found += list(zip(*(c.tolist() for c in (seen.instance, seen.at, seen.before, seen.after)), strict=True))
    return sorted(found)


def run_slowly(instances: list[Instance], story: list[list[Reading] | int]) -> list[tuple[int, int, int, int]]:
    found = []
    for number, instance in enumerate(instances):
        reference = Reference(instance, T0)
        for step in story:
            seen = reference.tick(step) if isinstance(step, int) else reference.read(step)
            found += [(number, *change) for change in seen]
    return sorted(found)


@settings(max_examples=400, deadline=None)
@given(stories())
def test_columns_say_what_the_reference_says(story):
    assert run(*story) == run_slowly(*story)


@settings(max_examples=150, deadline=None)
@given(stories(), st.booleans())
def test_portions_say_what_the_whole_says(story, cut):
    """Few of many instances are judged by themselves, and long columns in parts."""
    instances, steps = story
    idle = [Instance(instances[0].definition, {feed: 1000 + n for n, feed in enumerate(FEEDS)})] * (200 if not cut else 0)
    with pytest.MonkeyPatch.context() as patch:
        if cut:
            for module in (evaluation, portion):
                patch.setattr(module, "COMFORTABLE", 2)
            patch.setattr(evaluation, "WORTH_CUTTING", 0)
        found = run([*idle, *instances], steps)
    found = [(number - len(idle), *rest) for number, *rest in found]
    assert [row for row in found if row[0] >= 0] == run(instances, steps)


@settings(max_examples=200, deadline=None)
@given(stories())
def test_pieces_equal_the_whole(story):
    instances, steps = story
    readings = [r for step in steps if not isinstance(step, int) for r in step]
    moments = sorted({r.at for r in readings})
    pieces = [[r for r in readings if r.at == at] for at in moments]
    assert run(instances, pieces) == run(instances, [readings])


@settings(max_examples=100, deadline=None)
@given(definitions())
def test_notation_keeps_a_definition(definition):
    assert read_definition(write_definition(definition)) == definition


def limit(high: float, **more: float) -> Definition:
    return Definition((Level(Severity.WARNING, Limit(FEEDS[0], (Bound(high=high, **more),))),))


def values(*pairs: tuple[int, float], series: int = 0, flag: int = 0) -> list[Reading]:
    return [Reading(series, T0 + minute * MINUTE, value, flag, T0 + minute * MINUTE) for minute, value in pairs]


def told(definition: Definition, *steps: list[Reading] | int) -> list[tuple[int, int, int]]:
    found = run([Instance(definition, {feed: n for n, feed in enumerate(FEEDS)})], list(steps))
    return [((at - T0) // MINUTE, before, after) for _, at, before, after in found]


def test_hysteresis_keeps_the_alarm_until_the_clear_value():
    assert told(limit(100, clear_high=90), values((0, 101), (1, 95), (2, 101), (3, 90))) == [(0, 0, 2), (3, 2, 0)]


def test_a_value_at_the_limit_is_within_it():
    assert told(limit(100), values((0, 100.0))) == []


@pytest.mark.parametrize("flag", [1, 2, 3, 4, 5, 6, 7, 0x80])
def test_invalid_values_neither_raise_nor_clear(flag):
    assert told(limit(100), values((0, 500), flag=flag)) == []
    assert told(limit(100), values((0, 500)), values((1, 5), flag=flag)) == [(0, 0, 2)]


def test_severity_goes_up_and_down():
    feed = FEEDS[0]
    definition = Definition(
        (
            Level(Severity.WARNING, Limit(feed, (Bound(high=100),))),
            Level(Severity.CRITICAL, Limit(feed, (Bound(high=200),))),
        )
    )
    assert told(definition, values((0, 150), (1, 250), (2, 150), (3, 50))) == [(0, 0, 2), (1, 2, 4), (2, 4, 2), (3, 2, 0)]


def test_hold_is_confirmed_by_a_reading():
    definition = Definition((Level(Severity.WARNING, Limit(FEEDS[0], (Bound(high=100),)), hold_seconds=300),))
    assert told(definition, values((0, 101), (4, 101), (6, 101), (7, 1))) == [(6, 0, 2), (7, 2, 0)]


def test_missing_is_told_by_time_and_ends_with_a_reading():
    definition = Definition((Level(Severity.MAJOR, Missing(FEEDS[0], 600)),))
    assert told(definition, values((0, 1)), T0 + 9 * MINUTE, T0 + 10 * MINUTE, values((11, 1))) == [(10, 0, 3), (11, 3, 0)]


def test_dated_limits_hold_in_their_own_time():
    new_law = START + timedelta(minutes=5)
    rule = Limit(FEEDS[0], (Bound(high=100, valid_to=new_law), Bound(high=50, valid_from=new_law)))
    definition = Definition((Level(Severity.WARNING, rule),))
    assert told(definition, values((4, 80), (5, 80), (6, 40))) == [(5, 0, 2), (6, 2, 0)]


def test_and_joins_two_series():
    high = Limit(FEEDS[0], (Bound(high=100),))
    flowing = Limit(FEEDS[2], (Bound(high=1),))
    definition = Definition((Level(Severity.WARNING, All((high, flowing))),))
    cod, flow = values((0, 150), (2, 150)), values((0, 0), (1, 5), (3, 0), series=2)
    assert told(definition, sorted(cod + flow, key=lambda r: r.at)) == [(1, 0, 2), (3, 2, 0)]


def test_a_long_column_of_one_series():
    definition = Definition((*limit(100).levels, Level(Severity.MAJOR, Frozen(FEEDS[0], 50_000))))
    assert told(definition, values(*((n, 5.0) for n in range(45_000)), (45_000, 101))) == [(45_000, 0, 2)]
