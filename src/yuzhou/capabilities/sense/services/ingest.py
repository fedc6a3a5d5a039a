"""The one way in for readings: a batch becomes rows, newest values, alarms and events in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import IntegrityError
from psycopg.errors import CheckViolation

from yuzhou.capabilities.sense.contracts import (
    Direction,
    IngestResult,
    Mark,
    QuarantinedFrame,
    RawFrame,
    ReadingBatch,
)
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.evaluate import evaluate
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change
from yuzhou.capabilities.sense.services import due, presence, storage
from yuzhou.capabilities.sense.services.engine import Engine, engine, forget_engine, process_lock
from yuzhou.capabilities.sense.services.partitions import forget_partitions
from yuzhou.capabilities.sense.services.raising import AlarmIds, apply_transitions, withdraw_orphans
from yuzhou.capabilities.sense.services.rows import Rows
from yuzhou.capabilities.sense.services.staging import forget_staging
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

AHEAD = 3600 * 1_000_000  # a clock may be this far ahead of ours
BEHIND = 400 * 86_400 * 1_000_000  # and a logger may have kept its data this long
GATEWAY = Actor.system("sense.ingest")


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A batch sorted into what is new, what is older or met before, and what goes nowhere."""

    newer: Rows
    older: Rows
    losers: Rows
    impossible: Rows
    duplicates: int
    unknown: tuple[int, ...]
    unknown_rows: int


def ingest(
    batch: ReadingBatch,
    *,
    raw_frames: Sequence[RawFrame] = (),
    quarantined: Sequence[QuarantinedFrame] = (),
    seen: Mapping[UUID, datetime] | None = None,
) -> IngestResult:
    """Take in readings, frames and refusals: all durable when it returns. Opens its own transaction, as the database owner.

    Of one series and moment one reading stays: what a device says at once gives way to what it sends again, and that to
    what a person enters; a computed value gives way to any. Of two real-time readings the first stays. What differs and
    loses is kept apart. Readings older than the newest of their series are stored, marked late, and not judged by rules.

    `seen`: devices that were heard without readings (heartbeats). Unknown series never fail the batch.
    """
    with process_lock:
        try:
            return _whole(batch, raw_frames, quarantined, seen or {})
        except IntegrityError as error:
            if not isinstance(error.__cause__, CheckViolation):
                raise
            return _whole(batch, raw_frames, quarantined, seen or {})  # another process archived a day that we knew as there


def _whole(
    batch: ReadingBatch,
    raw_frames: Sequence[RawFrame],
    quarantined: Sequence[QuarantinedFrame],
    seen: Mapping[UUID, datetime],
) -> IngestResult:
    """Everything or nothing; after a failure, what is known in memory is read anew."""
    try:
        return _ingest(batch, raw_frames, quarantined, seen)
    except BaseException:
        forget_engine()
        forget_partitions()
        forget_staging()
        raise


def _ingest(
    batch: ReadingBatch,
    raw_frames: Sequence[RawFrame],
    quarantined: Sequence[QuarantinedFrame],
    seen: Mapping[UUID, datetime],
) -> IngestResult:
    running = engine()
    with acting_as(GATEWAY):
        storage.store_frames(raw_frames)
        storage.store_quarantine(quarantined)
        if len(batch) and running.lock():
            withdraw_orphans(running)
        rows = _sort(running, batch)
        outcome = storage.store_older(rows.older)
        storage.store_newer(rows.newer)
        newest = rows.newer.take(_last_of_series(rows.newer.series))
        storage.store_latest(newest)
        storage.note_losers(rows.losers)
        if len(rows.impossible):
            storage.quarantine_rows(rows.impossible, batch.received_at)
        noted = due.note_due(running, rows.newer, rows.older)
        presence.note(running, newest.series, batch.received_at, _heard(raw_frames, seen))
        change, alarms = _judge(running, rows.newer)
        if len(batch):
            running.unlock()
    running.commit(change, newest.series, newest.at, noted)
    return IngestResult(
        stored=len(rows.newer) + outcome.stored,
        duplicates=rows.duplicates + outcome.duplicates,
        corrected=outcome.corrected,
        ignored=outcome.ignored + len(rows.losers) + len(rows.impossible) + rows.unknown_rows,
        late=outcome.stored - outcome.corrected,
        unknown_series=rows.unknown,
        alarms_raised=alarms.raised,
        alarms_changed=alarms.changed,
        alarms_cleared=alarms.cleared,
    )


def _heard(frames: Sequence[RawFrame], seen: Mapping[UUID, datetime]) -> dict[UUID, datetime]:
    """When each device was heard, by its frames or by the door's word."""
    return {frame.device_id: frame.received_at for frame in frames if frame.direction is Direction.UP} | dict(seen)


def _sort(running: Engine, batch: ReadingBatch) -> _Sorted:
    rows = Rows.of(batch)
    known = running.known(rows.series)
    possible = (rows.at <= rows.received + AHEAD) & (rows.at >= rows.received - BEHIND)
    unknown, impossible = rows.series[~known], rows.take(known & ~possible)
    if not (known & possible).all():
        rows = rows.take(known & possible)
    again = rows.repeats()
    losers, duplicates = rows.take(again & ~rows.equal_to_winner()), 0
    if again.any():
        duplicates = int(again.sum()) - len(losers)
        rows = rows.take(~again)
    newer = rows.at > running.newest(rows.series) if len(rows) else again
    older = rows.take(~newer)
    return _Sorted(
        newer=rows if newer.all() else rows.take(newer),
        older=_mark_late(older),
        losers=losers,
        impossible=impossible,
        duplicates=duplicates,
        unknown=tuple(np.unique(unknown).tolist()),
        unknown_rows=len(unknown),
    )


def _mark_late(rows: Rows) -> Rows:
    return Rows(rows.series, rows.at, rows.value, rows.flag | np.uint8(Mark.LATE), rows.source, rows.received)


def _last_of_series(series: Int) -> Bool:
    """The last row of each series, in rows ordered by series."""
    last = np.ones(len(series), np.bool_)
    np.not_equal(series[1:], series[:-1], out=last[:-1])
    return last


def _judge(running: Engine, rows: Rows) -> tuple[Change | None, AlarmIds]:
    """Let the rules look at what is new; alarms rise, change and clear."""
    watching = running.watchers(np.unique(rows.series)) if len(rows) else np.zeros(0, np.int64)
    if not len(watching):
        return None, AlarmIds()
    running.refresh(watching)
    received = np.broadcast_to(np.int64(rows.received), rows.at.shape)
    columns = Columns(rows.series, rows.at, rows.value, rows.flag, received)
    change, transitions = evaluate(running.compiled, running.state, columns)
    running.save(change)
    return change, apply_transitions(running, transitions, columns)
