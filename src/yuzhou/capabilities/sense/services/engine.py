"""The rules of all devices laid out in memory, with what they remember; the database holds the truth, this is a copy.

Whoever ingests locks the ledger first. Where another process wrote since, whatever this one has not read or written after
that is read again before it is used.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import (
    LEAF_STATE,
    LEVEL_STATE,
    LONG_AGO,
    Compiled,
    Instance,
    Int,
    Kind,
)
from yuzhou.capabilities.sense.rules.compiling import compile_rules
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.state import Change, State, apply_change, initial_state
from yuzhou.capabilities.sense.services import instances as stored
from yuzhou.kernel.ids import uuid7

RULES = "rules"
_LOCK = """
SELECT writer, number, (SELECT coalesce(max(version), 0) FROM sense_directory_version WHERE key = %s)
FROM sense_ingest_ledger WHERE id = 1 FOR UPDATE
"""

process_lock = threading.RLock()


@dataclass
class Engine:
    """One process's copy. `number` is the ledger's at its last own write, `foreign` that of the last write by another."""

    writer: UUID = field(default_factory=uuid7)
    version: int = -1
    number: int = -1
    foreign: int = 0
    bound: tuple[stored.BoundRule, ...] = ()
    compiled: Compiled = field(default_factory=lambda: compile_rules(()))
    state: State = field(default_factory=lambda: initial_state(compile_rules(()), 0))
    instance_read: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    devices: tuple[UUID, ...] = ()
    reach: dict[UUID, stored.Reach] = field(default_factory=dict)  # place and firm by device
    series_device: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))  # by series id; -1: unknown
    period: Int = field(default_factory=lambda: np.zeros(0, np.int64))  # by series id, µs: what it is summed up over
    noted: Int = field(default_factory=lambda: np.zeros(0, np.int64))  # by series id: the last period noted as due
    heard: dict[UUID, datetime] = field(default_factory=dict)  # when devices were last noted as online
    frontier: Int = field(default_factory=lambda: np.zeros(0, np.int64))  # by series id, µs
    frontier_read: Int = field(default_factory=lambda: np.zeros(0, np.int64))

    def lock(self) -> bool:
        """Wait for one's turn to ingest, and take in what others changed meanwhile; returns whether rules were laid out anew."""
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [RULES])
            writer, number, version = cursor.fetchone()
        if writer != self.writer or number != self.number:
            self.foreign = number + 1
            self.number = number
        if version == self.version:
            return False
        self._load()
        self.version = version
        return True

    def unlock(self) -> None:
        """Sign the ledger; the lock goes with the transaction."""
        self.number += 1
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sense_ingest_ledger SET writer = %s, number = %s WHERE id = 1", [self.writer, self.number])

    def known(self, series: Int) -> Bool:
        """Which series exist."""
        inside = (series >= 0) & (series < len(self.series_device))
        return inside & (self.series_device[np.where(inside, series, 0)] >= 0) if len(self.series_device) else inside

    def newest(self, series: Int) -> Int:
        """The time of the newest reading of each (known) series."""
        stale = np.unique(series[self.frontier_read[series] < self.foreign])
        if len(stale):
            self.frontier[stale] = LONG_AGO
            ids, at, _ = stored.read_newest(stale)
            self.frontier[ids] = at
            self.frontier_read[stale] = self.foreign
        return self.frontier[series]

    def refresh(self, instances: Int) -> None:
        """Read again what others may have changed of these instances."""
        stale = instances[self.instance_read[instances] < self.foreign]
        if not len(stale):
            return
        numbers = {self.bound[i].number: int(i) for i in stale}
        for number, severity, leaf, level in stored.read_states(numbers):
            at = numbers[number]
            first, end = self.compiled.leaf_start[at], self.compiled.leaf_start[at + 1]
            self.state.leaf[first:end] = np.frombuffer(leaf, LEAF_STATE)
            first, end = self.compiled.level_start[at], self.compiled.level_start[at + 1]
            self.state.level[first:end] = np.frombuffer(level, LEVEL_STATE)
            self.state.severity[at] = severity
        self._hear(stale)
        self.instance_read[stale] = self.foreign

    def watchers(self, series: Int) -> Int:
        """The instances that look at any of these series."""
        return np.unique(self.compiled.leaf_instance[self.compiled.leaves_of(series)])

    def commit(self, change: Change | None, series: Int, at: Int, noted: tuple[Int, Int]) -> None:
        """Take over what is durable now."""
        np.maximum.at(self.noted, *noted)
        if change is not None:
            apply_change(self.state, change)
            self.instance_read[change.touched] = self.number
        self.frontier[series] = np.maximum(self.frontier[series], at)
        self.frontier_read[series] = self.number

    def save(self, change: Change) -> None:
        """Store the state of instances that changed."""
        stored.write_states(self.compiled, self.bound, change)

    def hear(self, leaves: Int, heard: Int) -> None:
        """Leaves that count any reading as a sign of life learn when their series last gave one (by series id, µs)."""
        leaves = leaves[self.compiled.leaf_extra[leaves] == 0]
        known = heard[self.compiled.leaf_series[leaves]]
        self.state.leaf["heard"][leaves] = np.maximum(self.state.leaf["heard"][leaves], known)

    def _load(self) -> None:
        """Lay out all rules anew."""
        self.devices, self.series_device, self.period = stored.read_series_devices()
        self.reach = stored.read_reach()
        size = len(self.series_device)
        self.frontier = np.full(size, LONG_AGO)
        self.frontier_read = np.full(size, -1)
        self.noted = np.full(size, LONG_AGO)
        self.bound = stored.bind_rules()
        self.compiled = compile_rules(Instance(one.rule.definition, one.series) for one in self.bound)
        self.state = initial_state(self.compiled, LONG_AGO)
        self.instance_read = np.full(len(self.bound), -1)
        self.foreign = max(self.foreign, self.number)

    def _hear(self, instances: Int) -> None:
        """When leaves last heard of their series is known from the newest readings."""
        compiled = self.compiled
        mine = np.zeros(compiled.instances, np.bool_)
        mine[instances] = True
        leaves = np.nonzero(mine[compiled.leaf_instance] & (compiled.leaf_kind == Kind.MISSING))[0]
        if len(leaves):
            ids, _, received = stored.read_newest(np.unique(compiled.leaf_series[leaves]))
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


def device_ids(found: Engine, series: Int) -> list[UUID]:
    """The devices of series, each once."""
    return [found.devices[i] for i in np.unique(found.series_device[series])]
