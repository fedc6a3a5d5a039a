"""The meaning of rules, one reading at a time and without haste: what `evaluate` is tested and measured against."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from yuzhou.capabilities.sense.rules.compiled import FAR_AHEAD, LONG_AGO, Instance, microseconds
from yuzhou.capabilities.sense.rules.definition import (
    All,
    AnyOf,
    Bound,
    Condition,
    Flagged,
    Frozen,
    Leaf,
    Level,
    Limit,
    Missing,
    Rate,
    leaves,
)

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

    def read(self, reading: Reading) -> None:
        """Take one reading of its series."""
        match self.leaf:
            case Missing(valid_only=valid_only):
                if reading.valid or not valid_only:
                    self.heard = max(self.heard, reading.received)
                    self.truth = False
            case Flagged(flags=flags):
                self.truth = reading.flag & 0x0F in flags
            case Limit(bounds=bounds) if reading.valid:
                self.truth = _beyond(bounds, reading, self.truth)
            case Rate(change=change, per_seconds=per) if reading.valid:
                last = self.last
                us = round(per * 1e6)
                self.truth = last is not None and abs(reading.value - last.value) * us > change * (reading.at - last.at)
                self.last = reading
            case Frozen() as leaf if reading.valid:
                self._extend_run(leaf, reading)

    def _extend_run(self, leaf: Frozen, reading: Reading) -> None:
        if self.last is not None and abs(reading.value - self.last.value) <= leaf.tolerance:
            self.run_length += 1
        else:
            self.run_start, self.run_length = reading.at, 1
        self.last = reading
        self.truth = self.run_length >= leaf.samples and reading.at - self.run_start >= round(leaf.seconds * 1e6)


def _beyond(bounds: tuple[Bound, ...], reading: Reading, was: bool) -> bool:
    for bound in bounds:
        if microseconds(bound.valid_from, LONG_AGO) <= reading.at < microseconds(bound.valid_to, FAR_AHEAD):
            high = math.inf if bound.high is None else bound.high
            low = -math.inf if bound.low is None else bound.low
            if reading.value > high or reading.value < low:
                return True
            clear_high = high if bound.clear_high is None else min(high, bound.clear_high)
            clear_low = low if bound.clear_low is None else max(low, bound.clear_low)
            return was and not clear_low <= reading.value <= clear_high
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
        holds = _holds(self.level.when, iter(self.leaves))
        if holds != self.holds:
            self.holds, self.since = holds, at
        wait = self.level.hold_seconds if holds else self.level.clear_seconds
        if at - self.since >= round(wait * 1e6):
            self.active = holds


def _holds(condition: Condition, found: Iterable[_Leaf]) -> bool:
    leaf = iter(found)
    if not isinstance(condition, All | AnyOf):
        return next(leaf).truth
    parts = [_holds(part, leaf) for part in condition.of]  # every leaf is used up, whatever the others say
    return all(parts) if isinstance(condition, All) else any(parts)


@dataclass(slots=True)
class Reference:
    """One instance, judged slowly."""

    instance: Instance
    armed_at: int
    severity: int = 0
    levels: list[_Level] = field(init=False)

    def __post_init__(self) -> None:
        self.levels = [
            _Level(level, [_Leaf(leaf, self.instance.series[leaf.feed], self.armed_at) for leaf in leaves(level.when)])
            for level in self.instance.definition.levels
        ]

    def read(self, readings: Iterable[Reading]) -> list[Change]:
        """Readings in the order of time; those of one moment are judged together."""
        moments: dict[int, list[Reading]] = {}
        mine = {leaf.series for level in self.levels for leaf in level.leaves}
        for reading in readings:
            if reading.series in mine:
                moments.setdefault(reading.at, []).append(reading)
        return [change for at in sorted(moments) for change in self._moment(at, {r.series: r for r in moments[at]})]

    def _moment(self, at: int, readings: Mapping[int, Reading]) -> list[Change]:
        for level in self.levels:
            for leaf in level.leaves:
                if leaf.series in readings:
                    leaf.read(readings[leaf.series])
        return self._settle(at)

    def tick(self, now: int) -> list[Change]:
        """Let time pass."""
        due = False
        unsettled = any(level.holds != level.active for level in self.levels)
        for level in self.levels:
            for leaf in level.leaves:
                if isinstance(leaf.leaf, Missing) and now - leaf.heard >= round(leaf.leaf.seconds * 1e6):
                    due = due or not leaf.truth or unsettled
                    leaf.truth = True
        return self._settle(now) if due else []

    def _settle(self, at: int) -> list[Change]:
        for level in self.levels:
            level.settle(at)
        before = self.severity
        self.severity = max((int(level.level.severity) for level in self.levels if level.active), default=0)
        return [] if before == self.severity else [(at, before, self.severity)]
