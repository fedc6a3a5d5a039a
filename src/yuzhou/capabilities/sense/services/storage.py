"""Readings into their partitions, newest values, frames, refusals: what a batch leaves in the database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from struct import Struct

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import Direction, Mark, QuarantinedFrame, RawFrame
from yuzhou.capabilities.sense.models import Quarantine
from yuzhou.capabilities.sense.rules.storable import storable, storable_text
from yuzhou.capabilities.sense.services.copying import EPOCH_2000, SIGNATURE, TRAILER, copy_columns
from yuzhou.capabilities.sense.services.partitions import ensure_partitions
from yuzhou.capabilities.sense.services.rows import Rows, moment
from yuzhou.capabilities.sense.services.staging import READINGS, ensure_staging

DAY = 86_400_000_000
LONGEST_KEPT_FRAME = 8192
CUT = "cut"  # the mark of a longer one

_STANDING = "CASE {0}.source WHEN 2 THEN 0 WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 3 END"
_DOUBTED = f"(r.source = 2 AND s.source = 2 AND (r.flag & {int(Mark.SUSPECT)}) <> (s.flag & {int(Mark.SUSPECT)}))"
_SAYS_ELSE = f"r.value IS DISTINCT FROM s.value OR (r.flag & 15) <> (s.flag & 15) OR {_DOUBTED}"
_DIFFERS = f"({_SAYS_ELSE} OR (r.source = 2 AND s.source <> 2))"
_NEW, _OLD = _STANDING.format("s"), _STANDING.format("r")
_WINS = f"({_NEW} > {_OLD} OR ({_NEW} = {_OLD} AND s.source <> 0))"
_MEETS = "sense_older s JOIN sense_reading r ON r.series_id = s.series_id AND r.at = s.at AND r.at BETWEEN %(low)s AND %(high)s"

_CLASSIFY = f"""
SELECT count(*), count(*) FILTER (WHERE {_DIFFERS} AND {_WINS}), count(*) FILTER (WHERE {_DIFFERS} AND NOT {_WINS}) FROM {_MEETS}
"""
_FATES = f"""
SELECT r.series_id, (extract(epoch FROM r.at) * 1000000)::bigint, NOT {_DIFFERS}, {_WINS} FROM {_MEETS}
"""
_KEEP_REPLACED = f"""
INSERT INTO sense_replaced (series_id, at, value, flag, source, received_at, was_stored, replaced_at)
SELECT r.series_id, r.at, r.value, r.flag, r.source, r.received_at, true, now() FROM {_MEETS}
WHERE {_DIFFERS} AND {_WINS} AND r.source <> 2
UNION ALL
SELECT s.series_id, s.at, s.value, s.flag, s.source, s.received_at, false, now() FROM {_MEETS}
WHERE {_DIFFERS} AND NOT {_WINS} AND s.source <> 2
"""
_CORRECT = f"""
UPDATE sense_reading r SET value = s.value, source = s.source, received_at = s.received_at,
  flag = s.flag | CASE WHEN r.source = 2 THEN 0 ELSE {int(Mark.CORRECTED)} END
FROM sense_older s
WHERE r.series_id = s.series_id AND r.at = s.at AND r.at BETWEEN %(low)s AND %(high)s AND {_DIFFERS} AND {_WINS}
"""
_INSERT_OLDER = """
INSERT INTO sense_reading (series_id, at, value, flag, source, received_at)
SELECT series_id, at, value, flag, source, received_at FROM sense_older ON CONFLICT (series_id, at) DO NOTHING
"""
_CORRECT_LATEST = f"""
UPDATE sense_latest l SET value = r.value, flag = r.flag, source = r.source, received_at = r.received_at
FROM {_MEETS} WHERE l.series_id = r.series_id AND l.at = r.at
"""
_TAKE_RIGHT = """
UPDATE sense_latest l SET at = n.at, value = n.value, flag = n.flag, source = n.source, received_at = n.received_at,
  ahead_at = greatest(l.ahead_at, l.at)
FROM (
  SELECT DISTINCT ON (r.series_id) r.* FROM sense_older s JOIN sense_reading r ON r.series_id = s.series_id AND r.at = s.at
  WHERE r.at BETWEEN %(low)s AND %(high)s ORDER BY r.series_id, least(r.at, r.received_at) DESC, r.at DESC
) n
WHERE l.series_id = n.series_id AND least(n.at, n.received_at) > least(l.at, l.received_at)
"""
_TAKE_NEWEST = """
WITH n AS (DELETE FROM sense_newest RETURNING *), known AS (
  UPDATE sense_latest l SET at = n.at, value = n.value, flag = n.flag, source = n.source, received_at = n.received_at,
    ahead_at = NULL
  FROM n WHERE l.series_id = n.series_id AND n.at > l.at
)
INSERT INTO sense_latest (series_id, at, value, flag, source, received_at)
SELECT series_id, at, value, flag, source, received_at FROM n
WHERE NOT EXISTS (SELECT 1 FROM sense_latest l WHERE l.series_id = n.series_id) ON CONFLICT (series_id) DO NOTHING
"""
_TOUCH = """
INSERT INTO sense_touched_day (day, number) SELECT unnest(%s::date[]), 1
ON CONFLICT (day) DO UPDATE SET number = sense_touched_day.number + 1
"""
_KEEP_LOSERS = """
WITH lost AS (DELETE FROM sense_losers RETURNING *)
INSERT INTO sense_replaced (series_id, at, value, flag, source, received_at, was_stored, replaced_at)
SELECT series_id, at, value, flag, source, received_at, false, now() FROM lost
"""


class Fate(IntEnum):
    """What becomes of a row that is not newer than all before it."""

    NEW = 0
    DUPLICATE = 1
    CORRECTS = 2
    LOSES = 3


@dataclass(frozen=True, slots=True)
class OlderOutcome:
    """What became of rows that were not newer than all before them."""

    stored: int
    corrected: int
    duplicates: int
    ignored: int
    fates: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))  # of each row, where asked for


def store_newer(rows: Rows) -> None:
    """COPY rows that nothing in the store can conflict with."""
    _ensure_days(rows)
    _copy("sense_reading", rows)


def store_older(rows: Rows, *, by_row: bool = False) -> OlderOutcome:
    """Store rows that may meet others of the same moment; see `Source` for who gives way to whom. `by_row`: tell it of each."""
    if not len(rows):
        return OlderOutcome(0, 0, 0, 0)
    _ensure_days(rows)
    ensure_staging("sense_older", READINGS)
    bounds = {"low": moment(int(rows.at.min())), "high": moment(int(rows.at.max()))}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sense_older")
        _copy("sense_older", rows)
        cursor.execute(_CLASSIFY, bounds)
        met, corrected, ignored = cursor.fetchone()
        fates = _fates(rows, met, bounds) if by_row else np.zeros(0, np.uint8)
        if corrected or ignored:
            cursor.execute(_KEEP_REPLACED, bounds)
            cursor.execute(_CORRECT, bounds)
            cursor.execute(_CORRECT_LATEST, bounds)
        if met < len(rows):
            cursor.execute(_INSERT_OLDER)
    return OlderOutcome(len(rows) - met + corrected, corrected, met - corrected - ignored, ignored, fates)


def _fates(rows: Rows, met: int, bounds: dict[str, datetime]) -> NDArray[np.uint8]:
    """What becomes of each row, in the order of the rows (which is that of series and time)."""
    fates = np.full(len(rows), Fate.NEW, np.uint8)
    if not met:
        return fates
    with connection.cursor() as cursor:
        cursor.execute(_FATES, bounds)
        found = cursor.fetchall()
    places = {key: place for place, key in enumerate(zip(rows.series.tolist(), rows.at.tolist(), strict=True))}
    for series, at, same, wins in found:
        fates[places[series, at]] = Fate.DUPLICATE if same else Fate.CORRECTS if wins else Fate.LOSES
    return fates


def store_latest(newest: Rows) -> None:
    """Take over the newest row of each series; a row that is not newer changes nothing."""
    if not len(newest):
        return
    ensure_staging("sense_newest", READINGS)
    _copy("sense_newest", newest)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEWEST)


def pass_by_future(behind: Rows) -> None:
    """Some of the rows that `store_older` just stored are newer than all before but what claims a time ahead of its receipt:
    these are the newest values now. How far the series reaches is kept in `ahead_at`."""
    if len(behind):
        bounds = {"low": moment(int(behind.at.min())), "high": moment(int(behind.at.max()))}
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_RIGHT, bounds)


def store_frames(frames: Sequence[RawFrame]) -> None:
    """Keep frames as they were on the wire."""
    if not frames:
        return
    ensure_partitions("sense_raw_frame", {frame.received_at.astimezone(UTC).date() for frame in frames})
    columns = "device_id, received_at, direction, kind, content, quirks"
    wire = [SIGNATURE, *map(_frame_on_the_wire, frames), TRAILER]
    with connection.cursor() as cursor, cursor.copy(f"COPY sense_raw_frame ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"".join(wire))


_FRAME_HEAD = Struct(">hi16siqihi")
_LENGTH = Struct(">i")


def _frame_on_the_wire(frame: RawFrame) -> bytes:
    """A frame as a row of binary COPY."""
    received = round(frame.received_at.timestamp() * 1_000_000) - EPOCH_2000
    content = frame.content[:LONGEST_KEPT_FRAME]
    marks = (*frame.quirks, CUT) if len(content) < len(frame.content) else frame.quirks
    kind, quirks = frame.kind.encode(), " ".join(marks).encode()
    way = int(frame.direction is Direction.DOWN)
    head = _FRAME_HEAD.pack(6, 16, frame.device_id.bytes, 8, received, 2, way, len(kind))
    return b"".join((head, kind, _LENGTH.pack(len(content)), content, _LENGTH.pack(len(quirks)), quirks))


def store_quarantine(frames: Sequence[QuarantinedFrame]) -> None:
    """Keep refused frames for the desk."""
    Quarantine.objects.bulk_create(
        Quarantine(
            protocol=frame.protocol,
            code=frame.code,
            params=storable(frame.params),
            received_at=frame.received_at,
            peer=frame.peer[:64],
            identity=storable_text(frame.identity[:128]),
            device_id=frame.device_id,
            content=frame.content[:LONGEST_KEPT_FRAME],
            size=len(frame.content),
        )
        for frame in frames
    )


def quarantine_rows(rows: Rows, received_at: datetime) -> None:
    """Keep rows whose time cannot be: ahead of our clock, or from before any device here."""
    shown = [[int(s), moment(int(a)).isoformat(), float(v)] for s, a, v in zip(rows.series, rows.at, rows.value, strict=True)]
    store_quarantine([QuarantinedFrame("readings", "sense.impossible-time", json.dumps(shown[:200]).encode(), received_at)])


def note_losers(rows: Rows) -> None:
    """Keep what a batch itself said differently of one moment."""
    if not len(rows):
        return
    ensure_staging("sense_losers", READINGS)
    _copy("sense_losers", rows)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_LOSERS)


def _ensure_days(rows: Rows) -> None:
    days = {int(day): moment(int(day) * DAY).date() for day in np.unique(rows.at // DAY)}
    ensure_partitions("sense_reading", days.values())
    long_past = [date for day, date in days.items() if (day + 2) * DAY < rows.received]
    if long_past:
        with connection.cursor() as cursor:
            cursor.execute(_TOUCH, [sorted(long_past)])


def _copy(table: str, rows: Rows) -> None:
    copy_columns(
        table,
        {
            "series_id": ("int4", rows.series),
            "at": ("timestamptz", rows.at),
            "value": ("float8", rows.value),
            "flag": ("int2", rows.flag),
            "source": ("int2", rows.source),
            "received_at": ("timestamptz", np.broadcast_to(np.int64(rows.received), rows.at.shape)),
        },
    )
