"""Rules over columns say what the slow reference says, in one piece or in many."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules import evaluate as evaluation
from yuzhou.capabilities.sense.rules import portion
from yuzhou.capabilities.sense.rules.compiled import Instance, Members
from yuzhou.capabilities.sense.rules.compiling import compile_rules
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Days,
    Definition,
    During,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Operation,
    Other,
    Rate,
    Schedule,
    Stuck,
    Then,
    Window,
)
from yuzhou.capabilities.sense.rules.evaluate import evaluate
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.capabilities.sense.rules.reference import Reading, Reference
from yuzhou.capabilities.sense.rules.regrouping import extend, take_out
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import apply_change, extend_state, initial_state
from yuzhou.capabilities.sense.rules.ticking import tick
from yuzhou.capabilities.sense.rules.windows import settled
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


OTHERS = (
    Other(FEEDS[0], device=UUID(int=7)),
    Other(FEEDS[0], profile="outlet"),
    *(Other(FEEDS[0], profile="outlet", of=of) for of in (Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)),
)


def windows() -> st.SearchStrategy:
    """Bounds lie where no sum of halves comes to, so that the order of adding up does not decide."""
    feed, seconds = st.sampled_from(FEEDS), st.sampled_from([240.0, 600.0, 3600.0])
    bound = st.sampled_from([Bound(high=4.63), Bound(low=2.37, clear_low=3.11), Bound(high=0.713), Bound(low=-1.91, high=17.39)])
    plain = st.sampled_from([one for one in Aggregate if one is not Aggregate.MISSING])
    share = st.tuples(st.sampled_from([Bound(high=0.21), Bound(high=0.53, clear_high=0.31)]))
    every = st.sampled_from([60.0, 90.0])
    return (
        st.builds(Window, feed, plain, seconds, st.tuples(bound), st.integers(1, 4))
        | st.builds(Window, feed, st.just(Aggregate.MISSING), seconds, share, st.just(2), every)
        | st.builds(Stuck, feed, seconds, st.sampled_from([0.0, 0.5, 2.0]), st.integers(2, 4))
    )


def comparisons() -> st.SearchStrategy:
    bound = st.sampled_from([Bound(high=1.9), Bound(low=-1.1, high=2.3), Bound(high=1.37, clear_high=1.13)])
    within = st.sampled_from([60.0, 300.0])
    operation = st.sampled_from(list(Operation))
    return st.builds(Compare, st.sampled_from(FEEDS), st.sampled_from(OTHERS), operation, st.tuples(bound), within)


def schedules() -> st.SearchStrategy[Schedule]:
    """T0 is a Sunday, 8 o'clock in the city."""
    hours = st.sampled_from([(), ((480, 490),), ((485, 480),), ((490, 500), (479, 482)), ((1320, 481),)])
    days = st.frozensets(st.sampled_from([5, 6, 0]))
    return st.builds(Schedule, hours, days, st.sampled_from([Days.EVERY, Days.EVERY, Days.REST, Days.WORKING]))


def conditions() -> st.SearchStrategy:
    feed = st.sampled_from(FEEDS)
    leaf = (
        st.builds(Limit, feed, bounds())
        | st.builds(Missing, feed, st.sampled_from([90.0, 240.0]), st.booleans())
        | st.builds(Frozen, feed, st.integers(2, 4), st.sampled_from([0.0, 120.0]), st.sampled_from([0.0, 1.0]))
        | st.builds(Rate, feed, st.sampled_from([1.0, 3.0]), st.sampled_from([60.0, 90.0]))
        | st.builds(Flagged, feed, st.frozensets(st.sampled_from([1, 4, 5, 7]), min_size=1))
        | windows()
        | comparisons()
    )
    leaf = leaf | st.builds(During, leaf, schedules())
    branch = st.lists(leaf, min_size=1, max_size=3).map(tuple)
    tree = branch.map(All) | branch.map(AnyOf)
    tree = tree | st.builds(During, tree, schedules())
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
    fixed, group = Members.of(0), Members.of(*(device * 10 for device in range(devices)))
    others = {other: fixed if other.device else group for other in OTHERS}
    instances = [
        Instance(definition, {feed: device * 10 + n for n, feed in enumerate(FEEDS)}, others)
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
    return sorted(judge_all(compiled, initial_state(compiled, T0), story))


def judge_all(compiled, state, story):
    found = []
    for step in story:
        change, seen = tick(compiled, state, step) if isinstance(step, int) else evaluate(compiled, state, columns(step))
        apply_change(state, change)
        found += list(zip(*(c.tolist() for c in (seen.instance, seen.at, seen.before, seen.after)), strict=True))
    return found


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
    elsewhere = {feed: 1000 + n for n, feed in enumerate(FEEDS)}
    idle = [Instance(instances[0].definition, elsewhere, instances[0].others)] * (200 if not cut else 0)
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


@settings(max_examples=100, deadline=None)
@given(stories(), st.integers(0, 4), st.integers(0, 4))
def test_what_is_added_or_taken_out_changes_nothing_else(story, late, gone):
    """Rules that come and go while others are judged leave these as they are."""
    instances, steps = story
    first, more = instances[: max(1, len(instances) - late)], instances[max(1, len(instances) - late) :]
    compiled = compile_rules(first)
    state = initial_state(compiled, T0)
    cut = len(steps) // 2
    found = judge_all(compiled, state, steps[:cut])
    compiled = extend(compiled, compile_rules(more))
    state = extend_state(state, compiled)
    out = np.arange(min(gone, len(first) - 1))
    compiled = take_out(compiled, out)
    found += judge_all(compiled, state, steps[cut:])
    expected = run(first, steps)
    assert sorted(row for row in found if len(out) <= row[0] < len(first)) == [row for row in expected if row[0] >= len(out)]


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


def test_a_window_slides_in_steps():
    window = Window(FEEDS[0], Aggregate.MEAN, 3600, (Bound(high=10),), at_least=3)
    definition = Definition((Level(Severity.WARNING, window),))
    rising = values(*((n, float(n)) for n in range(40)))
    assert told(definition, rising) == [(21, 0, 2)]  # the mean of 0 … 21 is 10.5, that of 0 … 20 is 10
    assert told(definition, rising[:10], rising[10:], values((130, 0), (131, 0), (132, 0))) == [(21, 0, 2), (132, 2, 0)]


def test_a_stuck_value_is_told_after_a_whole_window():
    definition = Definition((Level(Severity.WARNING, Stuck(FEEDS[0], 3600, tolerance=0.5)),))
    steps = values(*((n, 5 + 0.5 * (n % 2)) for n in range(0, 70, 5)), (70, 6.1))
    assert told(definition, steps) == [(60, 0, 2), (70, 2, 0)]


def test_the_missing_part_is_told_by_the_clock():
    window = Window(FEEDS[0], Aggregate.MISSING, 3600, (Bound(high=0.5, clear_high=0.25),), every_seconds=60)
    definition = Definition((Level(Severity.MAJOR, window),))
    steps = values(*((n, 1.0) for n in range(70)))
    assert told(definition, steps, T0 + 90 * MINUTE, T0 + 105 * MINUTE) == [(105, 0, 3)]


def test_one_device_against_the_others():
    compare = Compare(FEEDS[0], Other(FEEDS[0], profile="outlet"), Operation.DIFFERENCE, (Bound(high=10),), 300)
    members = Members.of(0, 10, 20)
    rule = Definition((Level(Severity.WARNING, compare),))
    here = Instance(rule, {FEEDS[0]: 0}, {compare.other: members})
    others = values((0, 1), (1, 2), series=10) + values((0, 3), (1, 100), series=20)
    found = run([here], [sorted(others + values((0, 5), (1, 20), (9, 200)), key=lambda r: r.at)])
    assert [(at - T0) // MINUTE for _, at, _, _ in found] == []
    found = run([here], [sorted(others + values((0, 13), (2, 20), (9, 200)), key=lambda r: r.at)])
    assert [((at - T0) // MINUTE, after) for _, at, _, after in found] == [(0, 2), (2, 0)]


def test_hours_over_midnight_belong_to_the_day_they_began_on():
    night = Schedule(((22 * 60, 6 * 60),), weekdays=frozenset({6}))
    definition = Definition((Level(Severity.WARNING, During(limit(55).levels[0].when, night)),))
    loud = values(*((60 * n, 60.0) for n in range(48)))  # T0: Sunday, 8:00
    assert told(definition, loud) == [(14 * 60, 0, 2), (22 * 60, 2, 0)]
    assert told(definition, loud[:16], T0 + 23 * 60 * MINUTE) == [(14 * 60, 0, 2), (23 * 60, 2, 0)]


def test_working_days_follow_the_calendar():
    """1 November 2026 is a Sunday; here it is worked instead of Monday."""
    definition = Definition((Level(Severity.WARNING, During(limit(55).levels[0].when, Schedule(days=Days.WORKING))),))
    worked = {date(2026, 11, 1)}
    compiled = compile_rules([Instance(definition, {FEEDS[0]: 0})], lambda day: day in worked)
    found = judge_all(compiled, initial_state(compiled, T0), [values((0, 60), (15 * 60, 60), (17 * 60, 60))])
    assert [((at - T0) // MINUTE, after) for _, at, _, after in found] == [(0, 2), (17 * 60, 0)]


def test_commands_are_part_of_a_definition():
    definition = Definition(limit(1).levels, (Then("stop", (("line", 2),), Severity.MAJOR, 900, UUID(int=5)),))
    assert read_definition(write_definition(definition)) == definition


def test_what_a_rule_says_of_freshness_is_written_where_it_is_its_own():
    plain, own = (Definition(limit(1).levels, (Then("stop", fresh_seconds=fresh),)) for fresh in (300, 60))
    assert "fresh_seconds" not in write_definition(plain)["then"][0]
    assert [read_definition(write_definition(one)) for one in (plain, own)] == [plain, own]


def test_a_long_column_of_one_series():
    definition = Definition((*limit(100).levels, Level(Severity.MAJOR, Frozen(FEEDS[0], 50_000))))
    assert told(definition, values(*((n, 5.0) for n in range(45_000)), (45_000, 101))) == [(45_000, 0, 2)]


def test_a_mean_at_its_limit_is_not_above_it_for_what_fractions_leave_over() -> None:
    values = np.array([70.1, 69.9, 70.3, 69.7, 70.0, 70.2, 69.8])
    assert settled(np.array([sum(values) / 7]), 12)[0] == 70.0
    odd = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-320, 1e308, -12.3456789012345])
    out = settled(odd, 9)
    assert np.array_equal(out[[0, 3, 4]], odd[[0, 3, 4]])
    assert np.isnan(out[2])
    assert out[-1] == -12.3456789
