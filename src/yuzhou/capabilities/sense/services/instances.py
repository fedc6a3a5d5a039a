"""What bound rules remember, in and out of the database."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

from yuzhou.capabilities.sense.models import AlarmRecord, RuleState, SeriesRecord
from yuzhou.capabilities.sense.rules.compiled import LEAF_STATE, LEVEL_STATE, LONG_AGO, Compiled, Int, Real, microseconds
from yuzhou.capabilities.sense.rules.definition import Definition, Leaf, Window, leaves
from yuzhou.capabilities.sense.rules.notation import write_definition
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change
from yuzhou.capabilities.sense.services.binding import BoundRule
from yuzhou.capabilities.sense.services.copying import copy_columns
from yuzhou.capabilities.sense.services.rows import moment
from yuzhou.capabilities.sense.services.staging import ensure_staging
from yuzhou.kernel.clock import now

_SPANS = """
SELECT r.series_id, (extract(epoch FROM least(r.at, r.received_at)) * 1000000)::int8, r.value, r.flag
FROM unnest(%s::int4[], %s::timestamptz[], %s::timestamptz[]) AS span (id, start, "end")
JOIN sense_reading r ON r.series_id = span.id AND r.at > span.start AND r.at <= span.end
WHERE r.at > %s AND r.at <= %s
ORDER BY r.series_id, r.at
"""
_UPDATE = """
WITH s AS (DELETE FROM sense_states RETURNING *)
UPDATE sense_rule_state r SET severity = s.severity, leaf = s.leaf, level = s.level FROM s WHERE r.id = s.id
"""


def form_of(definition: Definition) -> str:
    """Names the layout of what a rule remembers; a change of limits alone keeps it, a change of shape does not."""
    shape = [[int(level.severity), [_leaf_form(leaf) for leaf in leaves(level.when)]] for level in definition.levels]
    tree = json.dumps([shape, _without_numbers(write_definition(definition))], sort_keys=True)
    return hashlib.sha256(tree.encode()).hexdigest()[:32]


def _leaf_form(leaf: Leaf) -> tuple[str, ...]:
    plain = (type(leaf).__name__, leaf.feed.property, leaf.feed.statistic)
    return (*plain, leaf.of.value) if isinstance(leaf, Window) else plain


def _without_numbers(value: object) -> object:
    """Only the kinds and how they nest."""
    if isinstance(value, Mapping):
        return {key: _without_numbers(item) for key, item in value.items() if key in ("levels", "when", "of", "kind")}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    return value if isinstance(value, str) else None


def with_states(bound: list[BoundRule], known: QuerySet[RuleState]) -> list[BoundRule]:
    """The same with a stored state for each; `known` are those that there may be, and whoever of them is not here goes."""
    forms: dict[int, str] = {}
    for one in bound:
        if id(one.definition) not in forms:
            forms[id(one.definition)] = form_of(one.definition)
    states = {(r, d): (number, form) for number, r, d, form in known.values_list("id", "rule_id", "device_id", "form")}
    judged = {(one.rule.id, one.device_id): forms[id(one.definition)] for one in bound}
    stale = {number for key, (number, form) in states.items() if judged.get(key) != form}
    if stale:
        RuleState.objects.filter(id__in=stale).delete()
    numbers = {key: number for key, (number, _) in states.items() if number not in stale}
    missing = [one for one in bound if (one.rule.id, one.device_id) not in numbers]
    if missing:
        numbers |= _make_states(missing, forms)
    return [replace(one, number=numbers[one.rule.id, one.device_id]) for one in bound]


def _make_states(missing: list[BoundRule], forms: Mapping[int, str]) -> dict[tuple[UUID, UUID], int]:
    standing = {
        (rule, series): severity
        for rule, series, severity in AlarmRecord.objects.filter(standing=True).values_list("rule_id", "series_id", "severity")
    }
    blank: dict[int, dict[str, bytes]] = {}
    made = []
    for one in missing:
        if id(one.definition) not in blank:
            blank[id(one.definition)] = _blank(one.definition)
        severity = standing.get((one.rule.id, one.subject), 0)
        form = forms[id(one.definition)]
        state = RuleState(rule_id=one.rule.id, device_id=one.device_id, form=form, severity=severity, **blank[id(one.definition)])
        made.append(state)
    return {(s.rule_id, s.device_id): s.id for s in RuleState.objects.bulk_create(made, batch_size=5000)}


def _blank(definition: Definition) -> dict[str, bytes]:
    leaf = np.zeros(sum(len(leaves(level.when)) for level in definition.levels), LEAF_STATE)
    leaf["heard"] = microseconds(now(), 0)
    level = np.zeros(len(definition.levels), LEVEL_STATE)
    level["since"] = LONG_AGO
    return {"leaf": leaf.tobytes(), "level": level.tobytes()}


def read_states(numbers: Iterable[int]) -> Iterator[tuple[int, int, int, bytes, bytes]]:
    """Number, revision, severity, leaf rows and level rows of stored states."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, revision, severity, leaf, level FROM sense_rule_state WHERE id = ANY(%s)", [list(numbers)])
        yield from cursor.fetchall()


def bump_revisions(numbers: Iterable[int]) -> None:
    """Say that what the windows of these states hold must be read again."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sense_rule_state SET revision = revision + 1 WHERE id = ANY(%s)", [list(numbers)])


def write_states(compiled: Compiled, bound: Sequence[BoundRule], change: Change) -> None:
    """Store what changed; instances of one layout go together."""
    if not len(change.instances):
        return
    touched_leaves = np.diff(compiled.leaf_start)[change.touched]
    touched_levels = np.diff(compiled.level_start)[change.touched]
    leaf_at = np.cumsum(touched_leaves) - touched_leaves
    level_at = np.cumsum(touched_levels) - touched_levels
    wanted = np.searchsorted(change.touched, change.instances)
    layouts = np.unique(np.stack([touched_leaves[wanted], touched_levels[wanted]], axis=1), axis=0).tolist()
    ensure_staging("sense_states", "id int8, severity int2, leaf bytea, level bytea")
    for leaf_count, level_count in layouts:
        some = wanted[(touched_leaves[wanted] == leaf_count) & (touched_levels[wanted] == level_count)]
        numbers = np.fromiter((bound[i].number for i in change.touched[some]), np.int64, len(some))
        copy_columns(
            "sense_states",
            {
                "id": ("int8", numbers),
                "severity": ("int2", change.severity[some]),
                "leaf": ("bytea", _blocks(change.leaf, leaf_at[some], leaf_count)),
                "level": ("bytea", _blocks(change.level, level_at[some], level_count)),
            },
        )
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE)


def _blocks(rows: NDArray[np.void], start: Int, count: int) -> NDArray[np.void]:
    """Each block of `count` neighbouring rows as one opaque value."""
    chosen = np.ascontiguousarray(rows[start[:, None] + np.arange(count)])
    return chosen.view(f"V{count * rows.dtype.itemsize}").reshape(-1)


def read_newest(series: Int) -> tuple[Int, Int, Int, Int]:
    """Of series with readings: id, the last time that any claims; of the newest, when it came and as of when judged (µs)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, (extract(epoch FROM greatest(at, ahead_at)) * 1000000)::int8,"
            " (extract(epoch FROM received_at) * 1000000)::int8, (extract(epoch FROM least(at, received_at)) * 1000000)::int8"
            " FROM sense_latest WHERE series_id = ANY(%s)",
            [series.tolist()],
        )
        rows = np.asarray(cursor.fetchall(), np.int64).reshape(-1, 4)
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def read_newest_valid(series: Int) -> tuple[Int, Int, Real]:
    """Of series whose newest reading is valid: id, its time (µs; of one ahead of our clock, when it came), value."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, (extract(epoch FROM least(at, received_at)) * 1000000)::int8, value FROM sense_latest"
            " WHERE series_id = ANY(%s) AND flag & 143 = 0",
            [series.tolist()],
        )
        rows = cursor.fetchall()
    ids, at, value = zip(*rows, strict=True) if rows else ((), (), ())
    return np.asarray(ids, np.int64), np.asarray(at, np.int64), np.asarray(value, np.float64)


def read_spans(series: Int, start: Int, end: Int) -> Columns:
    """The readings of each of these (distinct) series with start < at ≤ end (µs), by series and time."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SPANS, [series.tolist(), _moments(start), _moments(end), moment(int(start.min())), moment(int(end.max()))]
        )
        rows = np.asarray(cursor.fetchall(), np.float64).reshape(-1, 4)  # which holds microseconds up to the year 2255
    at = rows[:, 1].astype(np.int64)
    return Columns(rows[:, 0].astype(np.int64), at, rows[:, 2], rows[:, 3].astype(np.uint8), at)


def _moments(at: Int) -> list[datetime]:
    return [moment(int(one)) for one in at]


def read_series_devices(devices: Iterable[UUID] | None = None) -> list[tuple[int, UUID, str]]:
    """Id, device and statistic of every series, or of those of some devices."""
    records = SeriesRecord.objects.all() if devices is None else SeriesRecord.objects.filter(device_id__in=list(devices))
    return list(records.values_list("id", "device_id", "statistic"))


def read_changes(horizon: int) -> tuple[int, set[UUID], set[UUID]]:
    """What changed since: the next horizon, devices, rules. May name what was named before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        following = int(cursor.fetchone()[0])
        cursor.execute("SELECT DISTINCT device_id, rule_id FROM sense_rule_change WHERE xid >= %s", [horizon])
        rows = cursor.fetchall()
    return following, {device for device, _ in rows if device}, {rule for _, rule in rows if rule}


def current_horizon() -> int:
    """What is committed before this is seen by this transaction."""
    return read_changes(2**62)[0]


def forget_changes() -> None:
    """Drop notes of changes that every engine has taken in, or reads anew."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sense_rule_change WHERE noted_at < now() - interval '1 day'")
