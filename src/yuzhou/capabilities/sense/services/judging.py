"""Lets the rules look at readings on their way into the store.

A reading is judged once, in the order of time of its series. One that is ahead of our clock is judged as of its receipt, so
that it does not keep those after it from being judged; one that is older than what was judged is late: it is stored, counts in
the windows of those that follow, and is not judged itself.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import monotonic

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.evaluate import Transitions, evaluate
from yuzhou.capabilities.sense.rules.segments import Bool, ranges
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change
from yuzhou.capabilities.sense.rules.stops import count_shares_from
from yuzhou.capabilities.sense.rules.ticking import scheduled_instances
from yuzhou.capabilities.sense.rules.windows import HELD, MISSING, fill_rings, step_of
from yuzhou.capabilities.sense.services import instances as stored
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.raising import AlarmIds, apply_transitions
from yuzhou.capabilities.sense.services.rows import Rows
from yuzhou.capabilities.sense.services.watching import read_stops_until_now

LARGE = 5000  # rows from which a second thread is worth its while
SELDOM = 10.0  # seconds: what other processes take in of other devices is read this often


_beside = ThreadPoolExecutor(1, thread_name_prefix="sense-rules")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules made of a batch; `judged`: series and up to where they were judged."""

    change: Change | None
    alarms: AlarmIds
    judged: tuple[Int, Int]


def is_fresh(running: Engine, rows: Rows) -> Bool:
    """Which rows are to be judged; the others are late."""
    fresh: Bool = np.minimum(rows.at, rows.received) > running.judged_to(rows.series)
    return fresh


def judge(running: Engine, fresh: Rows, late: Rows, meanwhile: Callable[[], None]) -> Verdict:
    """Judge fresh rows (by series and time): alarms rise, change and clear. `late` ones disturb what windows hold.

    `meanwhile` is called once, in this thread: what the database has to do while the rules are evaluated.
    """
    _doubt_windows(running, late)
    columns = _columns(fresh)
    last = np.nonzero(np.append(columns.series[1:] != columns.series[:-1], True))[0] if len(columns) else np.zeros(0, np.int64)
    judged = columns.series[last], columns.at[last]
    watching = running.watchers(judged[0])
    if not len(watching):
        meanwhile()
        return Verdict(None, AlarmIds(), judged)
    running.refresh(watching)
    refresh_windows(running, watching)
    _refresh_peers(running, watching)
    change, transitions = _evaluate(running, columns, meanwhile)
    running.save(change)
    return Verdict(change, apply_transitions(running, transitions, change, columns), judged)


def _evaluate(running: Engine, columns: Columns, meanwhile: Callable[[], None]) -> tuple[Change, Transitions]:
    """Large batches beside what the database does; schedules may ask the calendar of the database, so those wait."""
    if len(columns) < LARGE or len(scheduled_instances(running.compiled)):
        meanwhile()
        return evaluate(running.compiled, running.state, columns)
    evaluated = _beside.submit(evaluate, running.compiled, running.state, columns)
    try:
        meanwhile()
    finally:
        wait([evaluated])
    return evaluated.result()


def _columns(rows: Rows) -> Columns:
    """As the rules take them; of several ahead of our clock, which all count as of their receipt, the last."""
    at = np.minimum(rows.at, rows.received)
    received = np.broadcast_to(np.int64(rows.received), at.shape)
    columns = Columns(rows.series, at, rows.value, rows.flag, received)
    if not len(at):
        return columns
    last = np.append((at[1:] != at[:-1]) | (rows.series[1:] != rows.series[:-1]), True)
    return columns if last.all() else columns.take(last)


def _doubt_windows(running: Engine, late: Rows) -> None:
    """Late readings that fall into what a window holds: it is read again before it is used, here and by other processes."""
    if not len(late) or not running.compiled.rings:
        return
    series = np.unique(late.series)
    leaves = running.compiled.leaves_of(series)
    leaves = leaves[running.compiled.leaf_ring[leaves] >= 0]
    if not len(leaves):
        return
    newest = np.full(len(running.series_device), np.iinfo(np.int64).min)
    np.maximum.at(newest, late.series, late.at)
    watched = running.compiled.leaf_series[leaves]
    leaves = leaves[newest[watched] > running.judged_to(watched) - HELD * step_of(running.compiled, leaves)]
    if len(leaves):
        running.doubt(leaves)
        touched = np.unique(running.compiled.leaf_instance[leaves])
        stored.bump_revisions(running.bound[i].number for i in touched)


def refresh_windows(running: Engine, instances: Int) -> None:
    """Bring what the windows of these instances hold up to where their series were judged, from the store."""
    compiled = running.compiled
    if not compiled.rings:
        return
    counts = np.diff(compiled.leaf_start)[instances]
    leaf = ranges(compiled.leaf_start[instances], counts)
    leaf = leaf[compiled.leaf_ring[leaf] >= 0]
    if (compiled.leaf_mode[leaf] == MISSING).any():
        count_shares_from(compiled, running.state, read_stops_until_now(), leaf)
    upto = running.judged_to(compiled.leaf_series[leaf])
    stale = running.ring_seen[compiled.leaf_ring[leaf]] != upto
    leaf, upto = leaf[stale], upto[stale]
    if not len(leaf):
        return
    running.state.rings.forget(compiled.leaf_ring[leaf])
    running.ring_seen[compiled.leaf_ring[leaf]] = upto
    heard = upto > 0
    leaf, upto = leaf[heard], upto[heard]
    if not len(leaf):
        return
    series, place = np.unique(compiled.leaf_series[leaf], return_inverse=True)
    start = np.full(len(series), np.iinfo(np.int64).max)
    np.minimum.at(start, place, np.maximum(upto - HELD * step_of(compiled, leaf), 0))
    rows = stored.read_spans(series, start, running.judged[series])
    rows = rows.take(rows.valid())
    fill_rings(compiled, running.state.rings, leaf, rows.series, rows.at, rows.value)


def _refresh_peers(running: Engine, instances: Int) -> None:
    """Read the newest values of other devices that another process may have taken in."""
    peers = running.state.peers
    known_since = monotonic() - running.peers_read
    if not len(peers.series) or known_since < SELDOM:
        return
    compares = np.diff(running.compiled.leaf_start)[instances]
    leaf = ranges(running.compiled.leaf_start[instances], compares)
    if (running.compiled.leaf_group[leaf] >= 0).any():
        ids, at, value = stored.read_newest_valid(peers.series)
        peers.learn(peers.slots(ids), at, value)
        running.peers_read = monotonic()
