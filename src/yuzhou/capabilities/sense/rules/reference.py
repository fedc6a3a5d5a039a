"""The meaning of rules, one reading at a time and without haste: what `evaluate` is tested and measured against."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import FAR_AHEAD, LONG_AGO, MODES, Instance, microseconds
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    During,
    Flagged,
    Frozen,
    Leaf,
    Level,
    Limit,
    Missing,
    Operation,
    Rate,
    Stuck,
    Window,
    leaves,
)
from yuzhou.capabilities.sense.rules.reference_hours import is_within, schedules_of
from yuzhou.capabilities.sense.rules.windows import DIGITS, settled

STEPS = 24
MINUTE = 60_000_000

Change: TypeAlias = tuple[int, int, int]  # at, severity before, after


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading; times in µs."""

    series: int
    at: int
    value: float
    flag: int
    received: int

    @property
    def valid(self) -> bool:
        """Finite, normal, not suspect."""
        return self.flag & 0x8F == 0 and math.isfinite(self.value)


@dataclass(slots=True)
class _Leaf:
    leaf: Leaf
    series: int
    heard: int
    truth: bool = False
    last: Reading | None = None
    run_start: int = 0
    run_length: int = 0
    seen: list[Reading] = field(default_factory=list)
    others: Sequence[int] = ()

    def read(self, reading: Reading, world: Mapping[int, list[Reading]]) -> None:
        """Take one reading of its series, where the valid readings of all others up to now are known."""
        match self.leaf:
            case Missing(valid_only=valid_only):
                if reading.valid or not valid_only:
                    self.heard = max(self.heard, reading.received)
                    self.truth = False
            case Flagged(flags=flags):
                self.truth = reading.flag & 0x0F in flags
            case Limit(bounds=bounds) if reading.valid:
                self.truth = _beyond(bounds, reading.at, reading.value, self.truth)
            case Window() | Stuck() as leaf if reading.valid:
                self.seen.append(reading)
                self._judge_window(leaf, reading.at)
            case Compare() as leaf if reading.valid:
                self._compare(leaf, reading, world)
            case Rate(change=change, per_seconds=per) if reading.valid:
                last = self.last
                us = round(per * 1e6)
                self.truth = last is not None and abs(reading.value - last.value) * us > change * (reading.at - last.at)
                self.last = reading
            case Frozen() as leaf if reading.valid:
                self._extend_run(leaf, reading)

    def share(self, leaf: Window, now: int) -> float | None:
        """The part of the readings that is missing; None before a whole window was seen."""
        if not self.seen or now - self.seen[0].at < round(leaf.seconds * 1e6):
            return None
        step = round(leaf.seconds * 1e6) // STEPS
        came = sum(1 <= now // step - one.at // step <= STEPS for one in self.seen)
        return min(1.0, max(0.0, 1 - came / (leaf.seconds / leaf.every_seconds)))

    def _judge_window(self, leaf: Window | Stuck, at: int) -> None:
        step = round(leaf.seconds * 1e6) // STEPS
        held = [one for one in self.seen if 0 <= at // step - one.at // step < STEPS]
        value: float | None
        if isinstance(leaf, Stuck):
            enough = len(held) >= leaf.at_least and at - self.seen[0].at >= round(leaf.seconds * 1e6)
            value = max(one.value for one in held) - min(one.value for one in held)
            if enough:
                self.truth = value <= leaf.tolerance
            return
        if leaf.of is Aggregate.MISSING:
            value = self.share(leaf, at)
        else:
            value = _aggregate(leaf.of, held) if len(held) >= leaf.at_least else None
        if value is not None:
            self.truth = _beyond(leaf.bounds, at, value, self.truth)

    def _compare(self, leaf: Compare, reading: Reading, world: Mapping[int, list[Reading]]) -> None:
        moment = reading.at if leaf.other.device else reading.at // MINUTE * MINUTE
        newest = [
            max((one for one in world.get(series, []) if one.at <= moment), key=lambda one: one.at, default=None)
            for series in self.others
            if series != self.series
        ]
        values = [one.value for one in newest if one is not None and moment - one.at <= round(leaf.within_seconds * 1e6)]
        if not values:
            return
        other = {
            Aggregate.SUM: sum(values),
            Aggregate.MIN: min(values),
            Aggregate.MAX: max(values),
            Aggregate.COUNT: float(len(values)),
        }.get(leaf.other.of, sum(values) / len(values))
        if leaf.operation is Operation.DIFFERENCE:
            self.truth = _beyond(leaf.bounds, reading.at, reading.value - other, self.truth)
        elif other != 0:
            self.truth = _beyond(leaf.bounds, reading.at, reading.value / other, self.truth)

    def _extend_run(self, leaf: Frozen, reading: Reading) -> None:
        if self.last is not None and abs(reading.value - self.last.value) <= leaf.tolerance:
            self.run_length += 1
        else:
            self.run_start, self.run_length = reading.at, 1
        self.last = reading
        self.truth = self.run_length >= leaf.samples and reading.at - self.run_start >= round(leaf.seconds * 1e6)


def _aggregate(of: Aggregate, held: list[Reading]) -> float | None:
    """What the values come to, to the digits that count."""
    found = _computed(of, held)
    if found is None or MODES[of] not in DIGITS:
        return found
    return float(settled(np.array([found]), DIGITS[MODES[of]])[0])


def _computed(of: Aggregate, held: list[Reading]) -> float | None:
    values, count = [one.value for one in held], len(held)
    mean = sum(values) / count
    match of:
        case Aggregate.MEAN:
            return mean
        case Aggregate.MIN:
            return min(values)
        case Aggregate.MAX:
            return max(values)
        case Aggregate.SUM:
            return sum(values)
        case Aggregate.COUNT:
            return float(count)
        case Aggregate.RANGE:
            return max(values) - min(values)
        case Aggregate.DEVIATION:
            return math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1)) if count > 1 else None
        case _:
            hours = [(one.at - held[0].at) / 3.6e9 for one in held]
            middle = sum(hours) / count
            spread = sum((hour - middle) ** 2 for hour in hours)
            shared = sum((hour - middle) * (value - mean) for hour, value in zip(hours, values, strict=True))
            return shared / spread if spread > 0 else None


def _beyond(bounds: tuple[Bound, ...], at: int, value: float, was: bool) -> bool:
    for bound in bounds:
        if microseconds(bound.valid_from, LONG_AGO) <= at < microseconds(bound.valid_to, FAR_AHEAD):
            high = math.inf if bound.high is None else bound.high
            low = -math.inf if bound.low is None else bound.low
            if value > high or value < low:
                return True
            clear_high = high if bound.clear_high is None else min(high, bound.clear_high)
            clear_low = low if bound.clear_low is None else max(low, bound.clear_low)
            return was and not clear_low <= value <= clear_high
    return False


@dataclass(slots=True)
class _Level:
    level: Level
    leaves: list[_Leaf]
    holds: bool = False
    active: bool = False
    since: int = LONG_AGO

    def settle(self, at: int) -> None:
        """Look at the condition at this moment."""
        holds = self.condition(at)
        if holds != self.holds:
            self.holds, self.since = holds, at
        wait = self.level.hold_seconds if holds else self.level.clear_seconds
        if at - self.since >= round(wait * 1e6):
            self.active = holds

    def condition(self, at: int) -> bool:
        """Whether its condition holds by what the leaves said last."""
        return _holds(self.level.when, iter(self.leaves), at)

    def is_ending(self, at: int) -> bool:
        """Whether it holds or is active although its hours are over."""
        off = any(not is_within(schedule, at) for schedule in schedules_of(self.level.when))
        return off and (self.holds or self.active) and not self.condition(at)


def _holds(condition: Condition, found: Iterable[_Leaf], at: int) -> bool:
    leaf = iter(found)
    if isinstance(condition, During):
        holds = _holds(condition.of, leaf, at)  # its leaves are used up, whatever the hour
        return holds and is_within(condition.schedule, at)
    if not isinstance(condition, All | AnyOf):
        return next(leaf).truth
    parts = [_holds(part, leaf, at) for part in condition.of]  # every leaf is used up, whatever the others say
    return all(parts) if isinstance(condition, All) else any(parts)


@dataclass(slots=True)
class Reference:
    """One instance, judged slowly."""

    instance: Instance
    armed_at: int
    severity: int = 0
    levels: list[_Level] = field(init=False)
    world: dict[int, list[Reading]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.levels = [
            _Level(level, [self._leaf(leaf) for leaf in leaves(level.when)]) for level in self.instance.definition.levels
        ]

    def _leaf(self, leaf: Leaf) -> _Leaf:
        others = self.instance.others[leaf.other].series.tolist() if isinstance(leaf, Compare) else ()
        return _Leaf(leaf, self.instance.series[leaf.feed], self.armed_at, others=others)

    def read(self, readings: Iterable[Reading]) -> list[Change]:
        """Readings in the order of time; those of one moment are judged together."""
        moments: dict[int, list[Reading]] = {}
        mine = {leaf.series for level in self.levels for leaf in level.leaves}
        for reading in readings:
            if reading.valid:
                self.world.setdefault(reading.series, []).append(reading)
            if reading.series in mine:
                moments.setdefault(reading.at, []).append(reading)
        return [change for at in sorted(moments) for change in self._moment(at, {r.series: r for r in moments[at]})]

    def _moment(self, at: int, readings: Mapping[int, Reading]) -> list[Change]:
        for level in self.levels:
            for leaf in level.leaves:
                if leaf.series in readings:
                    leaf.read(readings[leaf.series], self.world)
        return self._settle(at)

    def tick(self, now: int) -> list[Change]:
        """Let time pass."""
        due = any(level.is_ending(now) for level in self.levels)
        unsettled = any(level.holds != level.active for level in self.levels)
        unsettled = unsettled or any(True for level in self.levels for _ in schedules_of(level.level.when))
        for level in self.levels:
            for leaf in level.leaves:
                if _is_missing(leaf, now):
                    due = due or not leaf.truth or unsettled
                    leaf.truth = True
        return self._settle(now) if due else []

    def _settle(self, at: int) -> list[Change]:
        for level in self.levels:
            level.settle(at)
        before = self.severity
        self.severity = max((int(level.level.severity) for level in self.levels if level.active), default=0)
        return [] if before == self.severity else [(at, before, self.severity)]


def _is_missing(leaf: _Leaf, now: int) -> bool:
    match leaf.leaf:
        case Missing(seconds=seconds):
            return now - leaf.heard >= round(seconds * 1e6)
        case Window(of=Aggregate.MISSING) as window:
            share = leaf.share(window, now)
            return share is not None and _beyond(window.bounds, now, share, False)
    return False
