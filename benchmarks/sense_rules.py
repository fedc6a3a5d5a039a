"""Rules over 100,000 series, judged in columns and one reading at a time.

    python benchmarks/sense_rules.py [--series 100000] [--moments 10] [--reference 1000]
    python benchmarks/sense_rules.py --rules 1000          1,000 rules on 100,000 series, with the memory that they take
    python benchmarks/sense_rules.py --onboarding 20       what it costs to add devices one by one to what is laid out

Prints readings judged per second of processor time: columns in one batch, columns in batches of one moment, and the slow
reference on a part of the series, with the ratio; checks that both say the same.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Compiled, Instance
from yuzhou.capabilities.sense.rules.compiling import compile_rules
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    Bound,
    Definition,
    During,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Rate,
    Schedule,
    Stuck,
    Window,
)
from yuzhou.capabilities.sense.rules.evaluate import Transitions, evaluate
from yuzhou.capabilities.sense.rules.reference import Reading, Reference
from yuzhou.capabilities.sense.rules.regrouping import extend, take_out
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import apply_change, extend_state, initial_state
from yuzhou.kernel.severity import Severity

FEED = Feed("w01018", "rtd")
DEFINITIONS = {
    "limit, two levels with hysteresis": Definition(
        (
            Level(Severity.WARNING, Limit(FEED, (Bound(high=90, clear_high=85),)), hold_seconds=60),
            Level(Severity.MAJOR, Limit(FEED, (Bound(high=95),))),
        )
    ),
    "frozen": Definition((Level(Severity.NOTICE, Frozen(FEED, 3, 120)),)),
    "rate": Definition((Level(Severity.NOTICE, Rate(FEED, 30, 60)),)),
    "flagged": Definition((Level(Severity.NOTICE, Flagged(FEED, frozenset({1, 4, 7}))),)),
    "missing": Definition((Level(Severity.NOTICE, Missing(FEED, 600)),)),
    "mean of an hour": Definition((Level(Severity.WARNING, Window(FEED, Aggregate.MEAN, 3600, (Bound(high=75),))),)),
    "slope of an hour": Definition((Level(Severity.WARNING, Window(FEED, Aggregate.SLOPE, 3600, (Bound(high=900),))),)),
    "stuck": Definition((Level(Severity.NOTICE, Stuck(FEED, 300, 1)),)),
    "limit within hours": Definition(
        (Level(Severity.WARNING, During(Limit(FEED, (Bound(high=90),)), Schedule(((480, 1080),)))),)
    ),
}


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--series", type=int, default=100_000)
    options.add_argument("--moments", type=int, default=10)
    options.add_argument("--reference", type=int, default=1_000)
    options.add_argument("--rules", type=int, default=0)
    options.add_argument("--onboarding", type=int, default=0)
    asked = options.parse_args()
    if asked.rules:
        return measure_set(asked)
    if asked.onboarding:
        return measure_onboarding(asked)
    columns = make_columns(asked.series, asked.moments)
    everything = [Instance(d, {FEED: s}) for s in range(asked.series) for d in DEFINITIONS.values()]
    cases = {name: [Instance(d, {FEED: s}) for s in range(asked.series)] for name, d in DEFINITIONS.items()}
    print(f"{asked.series:,} series × {asked.moments} moments = {len(columns):,} readings")
    for name, instances in (*cases.items(), ("all of them", everything)):
        measure(name, instances, columns, asked)


def measure(name: str, instances: list[Instance], columns: Columns, asked: argparse.Namespace) -> None:
    """One kind of rule."""
    started = time.process_time()
    compiled = compile_rules(instances)
    laid_out = time.process_time() - started
    whole, in_one = run(compiled, [columns])
    pieces, in_pieces = run(compiled, by_moment(columns, asked.moments))
    small = [one for one in instances if one.series[FEED] < asked.reference]
    part = columns.take(columns.series < asked.reference)
    slow, slowly = run_slowly(small, part)
    assert {row for row in whole if row[0] < len(small)} == slow, "columns and reference differ"
    assert whole == pieces, "pieces and whole differ"
    rate, rate_slow = len(columns) / in_one, len(part) / slowly
    print(
        f"{name:>34}: {rate:>11,.0f}/s at once, {len(columns) / in_pieces:>11,.0f}/s moment by moment, "
        f"reference {rate_slow:>9,.0f}/s: {rate / rate_slow:5.1f} times; laid out in {laid_out:.2f} s, {len(whole):,} transitions"
    )


def rule_set(rules: int, series: int) -> list[Instance]:
    """Rules of all kinds, each with limits of its own, each on its share of the series."""
    kinds = list(DEFINITIONS.values())
    made = []
    for number in range(rules):
        level = kinds[number % len(kinds)].levels[0]
        definition = Definition((Level(level.severity, level.when, level.hold_seconds + number % 7),))
        made += [Instance(definition, {FEED: one}) for one in range(number * series // rules, (number + 1) * series // rules)]
    return made


def measure_set(asked: argparse.Namespace) -> None:
    """A set of many rules: readings a second with it, beside sorting them alone, and memory."""
    instances = rule_set(asked.rules, asked.series)
    columns = make_columns(asked.series, asked.moments)
    before = memory()
    started = time.process_time()
    compiled = compile_rules(instances)
    laid_out = time.process_time() - started
    _, in_pieces = run(compiled, by_moment(columns, asked.moments))
    started = time.process_time()
    for batch in by_moment(columns, asked.moments):
        np.lexsort((batch.at, batch.series))
    plain = time.process_time() - started
    print(
        f"{asked.rules:,} rules on {asked.series:,} series: {len(columns) / in_pieces:,.0f} readings/s moment by moment "
        f"({in_pieces / plain:.1f} times what sorting them takes), laid out in {laid_out:.2f} s, {memory() - before:,.0f} MiB"
    )


def measure_onboarding(asked: argparse.Namespace) -> None:
    """Devices that come one by one: what is there stays, the new is added after it; beside laying all out anew."""
    started = time.process_time()
    compiled = compile_rules(rule_set(1000, asked.series))
    whole = time.process_time() - started
    state = initial_state(compiled, 0)
    started = time.process_time()
    for number in range(asked.onboarding):
        more = [Instance(definition, {FEED: asked.series + number}) for definition in DEFINITIONS.values()]
        compiled = extend(take_out(compiled, np.asarray([number])), compile_rules(more))
        state = extend_state(state, compiled)
    each = (time.process_time() - started) / asked.onboarding
    print(
        f"{asked.series:,} instances: all anew {whole:.2f} s, a device more {each * 1000:.0f} ms ({whole / each:.0f} times less)"
    )


def memory() -> float:
    """What this process holds, MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def make_columns(series: int, moments: int) -> Columns:
    """Values that mostly behave, ordered by series and time."""
    rng = np.random.default_rng(3)
    value = (60 + 12 * rng.standard_normal((series, moments))).round(1)
    value[rng.random(value.shape) < 0.01] = 97
    at = np.tile(np.arange(moments) * 60_000_000, series)
    flag = np.where(rng.random(series * moments) < 0.01, 4, 0).astype(np.uint8)
    return Columns(np.repeat(np.arange(series), moments), at, value.reshape(-1), flag, at)


def by_moment(columns: Columns, moments: int) -> list[Columns]:
    """A batch for each moment."""
    return [columns.take(columns.at == n * 60_000_000) for n in range(moments)]


def run(compiled: Compiled, batches: list[Columns]) -> tuple[set[tuple[int, ...]], float]:
    """What was found, and the seconds it took."""
    state = initial_state(compiled, 0)
    found: list[Transitions] = []
    started = time.process_time()
    for batch in batches:
        change, transitions = evaluate(compiled, state, batch)
        apply_change(state, change)
        found.append(transitions)
    seconds = time.process_time() - started
    rows = {row for t in found for row in zip(*(c.tolist() for c in (t.instance, t.at, t.before, t.after)), strict=True)}
    return rows, seconds


def run_slowly(instances: list[Instance], columns: Columns) -> tuple[set[tuple[int, ...]], float]:
    """The same by the reference."""
    readings: dict[int, list[Reading]] = {}
    fields = (columns.series, columns.at, columns.value, columns.flag, columns.received)
    for row in zip(*(c.tolist() for c in fields), strict=True):
        readings.setdefault(row[0], []).append(Reading(*row))
    started = time.process_time()
    found = set()
    for number, instance in enumerate(instances):
        found |= {(number, *change) for change in Reference(instance, 0).read(readings[instance.series[FEED]])}
    return found, time.process_time() - started


if __name__ == "__main__":
    main()
