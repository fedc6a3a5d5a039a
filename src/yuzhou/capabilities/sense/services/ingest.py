"""The one way in for readings: a batch becomes rows, newest values, alarms and events in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import IntegrityError
from numpy.typing import NDArray
from psycopg.errors import CheckViolation

from yuzhou.capabilities.sense.contracts import (
    Direction,
    IngestResult,
    Mark,
    QuarantinedFrame,
    RawFrame,
    ReadingBatch,
    Tally,
)
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.services import clocks, due, presence, storage
from yuzhou.capabilities.sense.services.engine import Engine, engine, forget_engine, process_lock
from yuzhou.capabilities.sense.services.judging import is_fresh, judge
from yuzhou.capabilities.sense.services.partitions import forget_partitions
from yuzhou.capabilities.sense.services.raising import AlarmIds, withdraw_orphans
from yuzhou.capabilities.sense.services.rows import Rows
from yuzhou.capabilities.sense.services.staging import forget_staging
from yuzhou.capabilities.sense.services.subscriptions.noticing import forget_interest
from yuzhou.capabilities.sense.services.subscriptions.series import watched_series
from yuzhou.capabilities.sense.services.traits import mark_impossible
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

AHEAD = 3600 * 1_000_000  # a clock may be this far ahead of ours
BEHIND = 400 * 86_400 * 1_000_000  # and a logger may have kept its data this long
Within = Callable[[IngestResult], None]
GATEWAY = Actor.system("sense.ingest")


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A batch sorted into what is new, what is older or met before, and what goes nowhere."""

    newer: Rows
    older: Rows
    fresh: Rows  # of both: to be judged by rules
    late: Rows  # the rest of them
    behind: Rows  # of both: fresh, but not the last in time; only one ahead of our clock was before them
    losers: Rows
    impossible: Rows
    duplicates: Rows
    unknown: Rows


def ingest(
    batch: ReadingBatch,
    *,
    raw_frames: Sequence[RawFrame] = (),
    quarantined: Sequence[QuarantinedFrame] = (),
    seen: Mapping[UUID, datetime] | None = None,
    within: Within | None = None,
    told: bool = False,
) -> IngestResult:
    """Take in readings, frames and refusals: all durable when it returns. Opens its own transaction, as the database owner.

    Of one series and moment one reading stays: what a device says at once gives way to what it sends again, and that to
    what a person enters; a computed value gives way to any. Of two real-time readings the first stays. What differs and
    loses is kept apart. Readings older than the newest of their series are stored, marked late, and not judged by rules.

    `seen`: devices that were heard without readings (heartbeats). Unknown series never fail the batch. `within` is called with
    the result before the commit, to store beside the readings what must not be there without them; it may be called again.
    `told`: those who subscribed to these readings have been told of them already.
    """
    with process_lock:
        try:
            return _whole(batch, raw_frames, quarantined, seen or {}, within, told)
        except IntegrityError as error:
            if not isinstance(error.__cause__, CheckViolation):
                raise
            return _whole(batch, raw_frames, quarantined, seen or {}, within, told)  # a day that we knew is archived by now


def _whole(
    batch: ReadingBatch,
    raw_frames: Sequence[RawFrame],
    quarantined: Sequence[QuarantinedFrame],
    seen: Mapping[UUID, datetime],
    within: Within | None,
    told: bool,
) -> IngestResult:
    """Everything or nothing; after a failure, what is known in memory is read anew."""
    try:
        return _ingest(batch, raw_frames, quarantined, seen, within, told)
    except BaseException:
        forget_engine()
        forget_partitions()
        forget_staging()
        forget_interest()
        watched_series.forget()
        raise


def _ingest(
    batch: ReadingBatch,
    raw_frames: Sequence[RawFrame],
    quarantined: Sequence[QuarantinedFrame],
    seen: Mapping[UUID, datetime],
    within: Within | None,
    told: bool,
) -> IngestResult:
    running = engine()
    with acting_as(GATEWAY):
        storage.store_frames(raw_frames)
        storage.store_quarantine(quarantined)
        if len(batch) and running.lock():
            withdraw_orphans(running)
        rows = _sort(running, batch)
        outcome = storage.store_older(rows.older, by_row=batch.origin is not None)
        newest = rows.newer.take(_last_of_series(rows.newer.series))
        heard = np.unique(np.append(newest.series, rows.behind.series)) if len(rows.behind) else newest.series
        if not told:
            watched_series.note(heard, running.newest, running.subscriptions, running.version)
        storage.pass_by_future(rows.behind)
        storage.store_latest(newest)
        storage.note_losers(rows.losers)
        if len(rows.impossible):
            storage.quarantine_rows(rows.impossible, batch.received_at)
        noted = due.periods_of(running, rows.newer, rows.older)

        def meanwhile() -> None:
            storage.store_newer(rows.newer)
            due.note_periods(*noted.periods)
            clocks.note_clocks(running, rows.newer, rows.older)
            presence.note(running, heard, batch.received_at, _heard(raw_frames, seen))

        verdict = judge(running, rows.fresh, rows.late, meanwhile)
        if len(batch):
            running.unlock()
        result = _result(rows, outcome, verdict.alarms, batch)
        if within is not None:
            within(result)
    running.commit(verdict.change, newest.series, newest.at, noted.fresh, verdict.judged)
    return result


def _result(rows: _Sorted, outcome: storage.OlderOutcome, alarms: AlarmIds, batch: ReadingBatch) -> IngestResult:
    return IngestResult(
        stored=len(rows.newer) + outcome.stored,
        duplicates=len(rows.duplicates) + outcome.duplicates,
        corrected=outcome.corrected,
        ignored=outcome.ignored + len(rows.losers) + len(rows.impossible) + len(rows.unknown),
        late=outcome.stored - outcome.corrected,
        unknown_series=tuple(np.unique(rows.unknown.series).tolist()),
        alarms_raised=alarms.raised,
        alarms_changed=alarms.changed,
        alarms_cleared=alarms.cleared,
        tallies=() if batch.origin is None else _tallies(rows, outcome.fates, int(batch.origin.max(initial=-1)) + 1),
    )


def _tallies(rows: _Sorted, fates: NDArray[np.uint8], deliveries: int) -> tuple[Tally, ...]:
    """For each delivery what became of its rows."""

    def count(*parts: Rows) -> Int:
        return sum((np.bincount(part.origin, minlength=deliveries) for part in parts), np.zeros(deliveries, np.int64))  # type: ignore[arg-type]  # all bear an origin

    new, corrected = rows.older.take(fates == storage.Fate.NEW), count(rows.older.take(fates == storage.Fate.CORRECTS))
    columns = (
        count(rows.newer, new) + corrected,
        count(rows.duplicates, rows.older.take(fates == storage.Fate.DUPLICATE)),
        corrected,
        count(rows.losers, rows.impossible, rows.unknown, rows.older.take(fates == storage.Fate.LOSES)),
        count(new),
    )
    return tuple(Tally(*map(int, numbers)) for numbers in zip(*columns, strict=True))


def _heard(frames: Sequence[RawFrame], seen: Mapping[UUID, datetime]) -> dict[UUID, datetime]:
    """When each device was heard, by its frames or by the door's word."""
    return {frame.device_id: frame.received_at for frame in frames if frame.direction is Direction.UP} | dict(seen)


def _sort(running: Engine, batch: ReadingBatch) -> _Sorted:
    rows = Rows.of(batch)
    known = running.known(rows.series)
    possible = (rows.at <= rows.received + AHEAD) & (rows.at >= rows.received - BEHIND)
    unknown, impossible = rows.take(~known), rows.take(known & ~possible)
    if not (known & possible).all():
        rows = rows.take(known & possible)
    rows = mark_impossible(rows)
    again = rows.repeats()
    losers = duplicates = rows.take(again)
    if again.any():
        equal = rows.equal_to_winner()
        losers, duplicates, rows = rows.take(again & ~equal), rows.take(again & equal), rows.take(~again)
    newer = rows.at > running.newest(rows.series) if len(rows) else again
    fresh = is_fresh(running, rows) if len(rows) else again
    rows = rows if fresh.all() else _mark_late(rows, ~fresh)
    return _Sorted(
        newer=rows if newer.all() else rows.take(newer),
        older=rows.take(~newer),
        fresh=rows if fresh.all() else rows.take(fresh),
        late=rows.take(~fresh),
        behind=rows.take(fresh & ~newer),
        losers=losers,
        impossible=impossible,
        duplicates=duplicates,
        unknown=unknown,
    )


def _mark_late(rows: Rows, late: Bool) -> Rows:
    return replace(rows, flag=rows.flag | np.where(late, Mark.LATE, 0).astype(np.uint8))


def _last_of_series(series: Int) -> Bool:
    """The last row of each series, in rows ordered by series."""
    last = np.ones(len(series), np.bool_)
    np.not_equal(series[1:], series[:-1], out=last[:-1])
    return last
