"""The rules of all devices laid out in memory, with what they remember; the database holds the truth, this is a copy.

Whoever ingests locks the ledger first. Where another process wrote since, whatever this one has not read or written after
that is read again before it is used. Of rules, devices and series only what changed is read and laid out again.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from uuid import UUID

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from yuzhou.capabilities.sense.models import RuleState
from yuzhou.capabilities.sense.rules.compiled import LEAF_STATE, LEVEL_STATE, LONG_AGO, Compiled, Int, Kind
from yuzhou.capabilities.sense.rules.compiling import compile_rules
from yuzhou.capabilities.sense.rules.periods import period_of
from yuzhou.capabilities.sense.rules.regrouping import extend, regroup, take_out
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.state import Change, State, apply_change, extend_state, initial_state
from yuzhou.capabilities.sense.services import instances as stored
from yuzhou.capabilities.sense.services.binding import Binder, BoundRule, Reach, read_reach
from yuzhou.capabilities.sense.services.ledger import sign_ledger, take_ledger
from yuzhou.capabilities.sense.services.working_days import Calendar
from yuzhou.kernel.ids import uuid7

MANY_CHANGES = 2_000  # devices or rules at once: above, all is laid out anew
REMEMBERED = 12 * 3600.0  # seconds: who did not look for so long reads all; notes of changes are kept twice as long
_BY_SERIES = (("frontier", LONG_AGO), ("judged", LONG_AGO), ("frontier_read", -1), ("noted", LONG_AGO), ("period", 0))

process_lock = threading.RLock()


def _none() -> Int:
    return np.zeros(0, np.int64)


@dataclass
class Engine:
    """One process's copy. `number` is the ledger's at its last own write, `foreign` that of the last write by another."""

    writer: UUID = field(default_factory=uuid7)
    version: int = -1
    subscriptions: int = 0  # their version
    looked: float = float("-inf")
    horizon: int = 0
    number: int = -1
    foreign: int = 0
    binder: Binder = field(default_factory=Binder)
    bound: list[BoundRule] = field(default_factory=list)
    places: dict[tuple[UUID, UUID], int] = field(default_factory=dict)  # by rule and device: which of the bound
    alive: int = 0
    calendar: Calendar = field(default_factory=Calendar)
    compiled: Compiled = field(default_factory=lambda: compile_rules(()))
    state: State = field(default_factory=lambda: initial_state(compile_rules(()), 0))
    instance_read: Int = field(default_factory=_none)
    revision: Int = field(default_factory=_none)  # by instance
    ring_seen: Int = field(default_factory=_none)  # by ring: up to where its series was judged when it was brought up to date
    peers_read: float = float("-inf")
    devices: list[UUID] = field(default_factory=list)
    device_place: dict[UUID, int] = field(default_factory=dict)
    reach: dict[UUID, Reach] = field(default_factory=dict)  # place and firm by device
    series_device: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))  # by series id; -1: unknown
    period: Int = field(default_factory=_none)  # by series id, µs: what it is summed up over
    noted: Int = field(default_factory=_none)  # by series id: the last period noted as due
    heard: dict[UUID, datetime] = field(default_factory=dict)  # when devices were last noted as online
    frontier: Int = field(default_factory=_none)  # by series id, µs: the newest stored
    judged: Int = field(default_factory=_none)  # by series id, µs: the newest judged, never ahead of its receipt
    frontier_read: Int = field(default_factory=_none)

    def lock(self) -> bool:
        """Wait for one's turn to ingest, and take in what others changed meanwhile; returns whether rules were laid out anew."""
        writer, number, version, self.subscriptions = take_ledger()
        if writer != self.writer or number != self.number:
            self.foreign = number + 1
            self.number = number
        if version == self.version:
            self.looked = monotonic()
            return False
        self._take_in()
        self.version, self.looked = version, monotonic()
        return True

    def unlock(self) -> None:
        """Sign the ledger; the lock goes with the transaction."""
        self.number += 1
        sign_ledger(self.writer, self.number)

    def known(self, series: Int) -> Bool:
        """Which series exist."""
        inside = (series >= 0) & (series < len(self.series_device))
        return inside & (self.series_device[np.where(inside, series, 0)] >= 0) if len(self.series_device) else inside

    def newest(self, series: Int) -> Int:
        """The time of the newest reading of each (known) series."""
        stale = np.unique(series[self.frontier_read[series] < self.foreign])
        if len(stale):
            self.frontier[stale] = LONG_AGO
            ids, at, _, judged = stored.read_newest(stale)
            self.frontier[ids] = at
            self.judged[ids] = np.maximum(self.judged[ids], judged)
            self.frontier_read[stale] = self.foreign
        return self.frontier[series]

    def judged_to(self, series: Int) -> Int:
        """Up to which time each (known) series was judged: that of its newest reading, or of the receipt of one ahead of it."""
        self.newest(series)
        return self.judged[series]

    def refresh(self, instances: Int) -> None:
        """Read again what others may have changed of these instances."""
        stale = instances[self.instance_read[instances] < self.foreign]
        if not len(stale):
            return
        numbers = {self.bound[i].number: int(i) for i in stale}
        for number, revision, severity, leaf, level in stored.read_states(numbers):
            at = numbers[number]
            first, end = self.compiled.leaf_start[at], self.compiled.leaf_start[at + 1]
            self.state.leaf[first:end] = np.frombuffer(leaf, LEAF_STATE)
            if revision != self.revision[at]:
                self.doubt(np.arange(first, end))
            first, end = self.compiled.level_start[at], self.compiled.level_start[at + 1]
            self.state.level[first:end] = np.frombuffer(level, LEVEL_STATE)
            self.state.severity[at], self.revision[at] = severity, revision
        self._hear(stale)
        self.instance_read[stale] = self.foreign

    def doubt(self, leaves: Int) -> None:
        """What the windows of these leaves hold is to be read again."""
        ring = self.compiled.leaf_ring[leaves]
        self.ring_seen[ring[ring >= 0]] = -1

    def watchers(self, series: Int) -> Int:
        """The instances that look at any of these series."""
        return np.unique(self.compiled.leaf_instance[self.compiled.leaves_of(series)])

    def commit(
        self, change: Change | None, series: Int, at: Int, noted: tuple[Int, Int], judged: tuple[Int, Int] | None = None
    ) -> None:
        """Take over what is durable now: newest stored of series, and up to where series (distinct) were judged."""
        np.maximum.at(self.noted, *noted)
        if change is not None:
            apply_change(self.state, change)
            self.instance_read[change.touched] = self.number
        self.frontier[series] = np.maximum(self.frontier[series], at)
        self.frontier_read[series] = self.number
        if judged is not None:
            self.judged[judged[0]] = np.maximum(self.judged[judged[0]], judged[1])
            leaves = self.compiled.leaves_of(judged[0])
            leaves = leaves[self.compiled.leaf_ring[leaves] >= 0]
            self.ring_seen[self.compiled.leaf_ring[leaves]] = self.judged[self.compiled.leaf_series[leaves]]

    def save(self, change: Change) -> None:
        """Store the state of instances that changed."""
        stored.write_states(self.compiled, self.bound, change)

    def hear(self, leaves: Int, heard: Int) -> None:
        """Leaves that count any reading as a sign of life learn when their series last gave one (by series id, µs)."""
        leaves = leaves[self.compiled.leaf_extra[leaves] == 0]
        known = heard[self.compiled.leaf_series[leaves]]
        self.state.leaf["heard"][leaves] = np.maximum(self.state.leaf["heard"][leaves], known)

    def is_watched(self, rule: UUID, device: UUID, series: int) -> bool:
        """Whether a rule on a device is judged, and about this series."""
        place = self.places.get((rule, device))
        return place is not None and self.bound[place].subject == series

    def _take_in(self) -> None:
        """Lay out what changed; all of it where nothing is there yet, or much changed, or much was taken out."""
        following, devices, rules = stored.read_changes(self.horizon)
        crowded = len(self.bound) > 2 * self.alive + 1000
        forgotten = monotonic() - self.looked > REMEMBERED
        if self.version < 0 or forgotten or crowded or max(len(devices), len(rules)) > MANY_CHANGES:
            self._load()
        else:
            self._update(devices, rules)
        self.horizon = following

    def _load(self) -> None:
        """Lay out all rules anew."""
        self.devices, self.device_place = [], {}
        for name in ("frontier", "judged", "frontier_read", "noted", "period", "series_device"):
            setattr(self, name, getattr(self, name)[:0])
        self.reach = read_reach()
        self._know_series(stored.read_series_devices())
        self.binder = Binder()
        self.binder.load()
        self.bound = stored.with_states(self.binder.bind(self.binder.rules.values()), RuleState.objects.all())
        self.compiled = compile_rules((one.instance for one in self.bound), self.calendar)
        self.state = initial_state(self.compiled, LONG_AGO)
        self.places = {(one.rule.id, one.device_id): place for place, one in enumerate(self.bound)}
        self.alive = len(self.bound)
        self.instance_read = np.full(len(self.bound), -1)
        self.revision = np.zeros(len(self.bound), np.int64)
        self.ring_seen = np.full(self.compiled.rings, -1)
        self.peers_read = float("-inf")
        self.foreign = max(self.foreign, self.number)

    def _update(self, devices: set[UUID], rules: set[UUID]) -> None:
        """Lay out rules and devices that changed; the others stay where they are."""
        if devices:
            self.reach |= read_reach(devices)
            self._know_series(stored.read_series_devices(devices))
        groups_changed = self.binder.refresh_groups(devices) if devices and self.binder.groups else False
        if rules:
            self.binder.load(rules)
        changed = [self.binder.rules[rule] for rule in rules if rule in self.binder.rules]
        wanted = self.binder.bind(changed)
        if devices:
            wanted += self.binder.bind((one for key, one in self.binder.rules.items() if key not in rules), devices)
        held = Q(rule_id__in=rules) | Q(device_id__in=devices)
        fresh = {(one.rule.id, one.device_id): one for one in stored.with_states(wanted, RuleState.objects.filter(held))}
        old = [place for key, place in self.places.items() if key[0] in rules or key[1] in devices]
        gone = [place for place in old if not self._stays(place, fresh)]
        for place in gone:
            del self.places[self.bound[place].rule.id, self.bound[place].device_id]
        self._replace(gone, [one for key, one in fresh.items() if key not in self.places], groups_changed)

    def _stays(self, place: int, fresh: dict[tuple[UUID, UUID], BoundRule]) -> bool:
        """Whether an instance is wanted as it is; its title may have changed."""
        was = self.bound[place]
        now = fresh.get((was.rule.id, was.device_id))
        if now is None or not was.same_as(now):
            return False
        self.bound[place] = now
        return True

    def _replace(self, gone: list[int], fresh: list[BoundRule], groups_changed: bool) -> None:
        if gone:
            self.compiled = take_out(self.compiled, np.asarray(gone, np.int64))
        if fresh:
            self.compiled = extend(self.compiled, compile_rules((one.instance for one in fresh), self.calendar))
        elif groups_changed:
            self.compiled = regroup(self.compiled)
        if fresh or groups_changed:
            self.state = extend_state(self.state, self.compiled)
            self.peers_read = float("-inf")
        self.places |= {(one.rule.id, one.device_id): len(self.bound) + n for n, one in enumerate(fresh)}
        self.bound += fresh
        self.alive += len(fresh) - len(gone)
        self.instance_read = np.append(self.instance_read, np.full(len(fresh), -1))
        self.revision = np.append(self.revision, np.zeros(len(fresh), np.int64))
        self.ring_seen = np.append(self.ring_seen, np.full(self.compiled.rings - len(self.ring_seen), -1))

    def _know_series(self, rows: list[tuple[int, UUID, str]]) -> None:
        """Note series with their devices."""
        size = max((number for number, _, _ in rows), default=-1) + 1
        more = max(0, size - len(self.series_device))
        for name, blank in (
            ("frontier", LONG_AGO),
            ("judged", LONG_AGO),
            ("frontier_read", -1),
            ("noted", LONG_AGO),
            ("period", 0),
        ):
            setattr(self, name, np.append(getattr(self, name), np.full(more, blank, np.int64)))
        self.series_device = np.append(self.series_device, np.full(more, -1, np.int32))
        again = [self.device_place[device] for device in {device for _, device, _ in rows} if device in self.device_place]
        self.series_device[np.isin(self.series_device, again)] = -1  # what they do not have any more
        for number, device, statistic in rows:
            if device not in self.device_place:
                self.device_place[device] = len(self.devices)
                self.devices.append(device)
            self.series_device[number] = self.device_place[device]
            self.period[number] = period_of(statistic)

    def _hear(self, instances: Int) -> None:
        """When leaves last heard of their series is known from the newest readings."""
        compiled = self.compiled
        mine = np.zeros(compiled.instances, np.bool_)
        mine[instances] = True
        leaves = np.nonzero(mine[compiled.leaf_instance] & (compiled.leaf_kind == Kind.MISSING))[0]
        if len(leaves):
            ids, _, received, _ = stored.read_newest(np.unique(compiled.leaf_series[leaves]))
            heard = np.full(len(self.series_device), LONG_AGO)
            heard[ids] = received
            self.hear(leaves, heard)


_engine: Engine | None = None


def engine() -> Engine:
    """This process's engine."""
    global _engine
    if _engine is None:
        _engine = Engine()
    return _engine


def forget_engine() -> None:
    """Start afresh from the database: after a failed transaction, or a restored backup."""
    global _engine
    _engine = None
