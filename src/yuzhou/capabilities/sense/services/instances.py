"""Rules bound to devices, and what they remember, in and out of the database."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import Feed, Rule
from yuzhou.capabilities.sense.models import AlarmRecord, DeviceRecord, RuleRecord, RuleState, SeriesRecord
from yuzhou.capabilities.sense.rules.compiled import LEAF_STATE, LEVEL_STATE, LONG_AGO, Compiled, Int, microseconds
from yuzhou.capabilities.sense.rules.definition import Definition, feeds, leaves
from yuzhou.capabilities.sense.rules.notation import write_definition
from yuzhou.capabilities.sense.rules.periods import period_of
from yuzhou.capabilities.sense.rules.state import Change
from yuzhou.capabilities.sense.selectors.rules import rule_of
from yuzhou.capabilities.sense.services.copying import copy_columns
from yuzhou.capabilities.sense.services.staging import ensure_staging
from yuzhou.kernel.clock import now

_UPDATE = """
WITH s AS (DELETE FROM sense_states RETURNING *)
UPDATE sense_rule_state r SET severity = s.severity, leaf = s.leaf, level = s.level FROM s WHERE r.id = s.id
"""


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule on a device; `number` is the key of its stored state."""

    number: int
    rule: Rule
    device_id: UUID
    series: Mapping[Feed, int]

    @property
    def subject(self) -> int:
        """The series that its alarms are about."""
        return next(iter(self.series.values()))


def form_of(definition: Definition) -> str:
    """Names the layout of what a rule remembers; a change of limits alone keeps it, a change of shape does not."""
    shape = [
        [int(level.severity), [(type(leaf).__name__, leaf.feed.property, leaf.feed.statistic) for leaf in leaves(level.when)]]
        for level in definition.levels
    ]
    tree = json.dumps([shape, _without_numbers(write_definition(definition))], sort_keys=True)
    return hashlib.sha256(tree.encode()).hexdigest()[:32]


def _without_numbers(value: object) -> object:
    """Only the kinds and how they nest."""
    if isinstance(value, Mapping):
        return {key: _without_numbers(item) for key, item in value.items() if key in ("levels", "when", "of", "kind")}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    return value if isinstance(value, str) else None


def bind_rules() -> tuple[BoundRule, ...]:
    """Every enabled rule on every enabled device that has the series it looks at, with a stored state for each."""
    rules = [rule_of(record) for record in RuleRecord.objects.filter(enabled=True).order_by("id")]
    wanted = {(feed.property, feed.statistic) for rule in rules for feed in feeds(rule.definition)}
    found: dict[UUID, dict[tuple[str, str], int]] = {}
    profiles: dict[str, list[UUID]] = {}
    for device, profile, prop, statistic, series in SeriesRecord.objects.filter(
        device__enabled=True, property__in={prop for prop, _ in wanted}
    ).values_list("device_id", "device__profile", "property", "statistic", "id"):
        if device not in found:
            found[device] = {}
            profiles.setdefault(profile, []).append(device)
        found[device][prop, statistic] = series
    bound = []
    for rule in rules:
        for device in [rule.device_id] if rule.device_id else profiles.get(rule.profile, []):
            has = found.get(device, {})
            needs = feeds(rule.definition)
            if all((feed.property, feed.statistic) in has for feed in needs):
                bound.append((rule, device, {feed: has[feed.property, feed.statistic] for feed in needs}))
    return _with_numbers(bound)


def _with_numbers(bound: list[tuple[Rule, UUID, dict[Feed, int]]]) -> tuple[BoundRule, ...]:
    forms = {rule.id: form_of(rule.definition) for rule, _, _ in bound}
    known = {(rule, device): (number, form) for number, rule, device, form in _state_keys()}
    judged = {(r.id, d): forms[r.id] for r, d, _ in bound}
    stale = [number for key, (number, form) in known.items() if judged.get(key) != form]
    RuleState.objects.filter(id__in=stale).delete()
    gone = set(stale)
    missing = [(r, d, next(iter(s.values()))) for r, d, s in bound if (r.id, d) not in known or known[r.id, d][0] in gone]
    standing = {
        (rule, series): severity
        for rule, series, severity in AlarmRecord.objects.filter(standing=True).values_list("rule_id", "series_id", "severity")
    }
    made = RuleState.objects.bulk_create(
        [
            RuleState(
                rule_id=r.id, device_id=d, form=forms[r.id], severity=standing.get((r.id, subject), 0), **_blank(r.definition)
            )
            for r, d, subject in missing
        ],
        batch_size=5000,
    )
    numbers = {key: number for key, (number, _) in known.items()} | {(s.rule_id, s.device_id): s.id for s in made}
    return tuple(BoundRule(numbers[r.id, d], r, d, series) for r, d, series in bound)


def _state_keys() -> Iterable[tuple[int, UUID, UUID, str]]:
    return RuleState.objects.values_list("id", "rule_id", "device_id", "form")


def _blank(definition: Definition) -> dict[str, bytes]:
    leaf = np.zeros(sum(len(leaves(level.when)) for level in definition.levels), LEAF_STATE)
    leaf["heard"] = microseconds(now(), 0)
    level = np.zeros(len(definition.levels), LEVEL_STATE)
    level["since"] = LONG_AGO
    return {"leaf": leaf.tobytes(), "level": level.tobytes()}


def read_states(numbers: Iterable[int]) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Number, severity, leaf rows and level rows of stored states."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, severity, leaf, level FROM sense_rule_state WHERE id = ANY(%s)", [list(numbers)])
        yield from cursor.fetchall()


def write_states(compiled: Compiled, bound: tuple[BoundRule, ...], change: Change) -> None:
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


def read_newest(series: Int) -> tuple[Int, Int, Int]:
    """Of series with readings: id, time of the newest, and when it came (µs)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, (extract(epoch FROM at) * 1000000)::int8, (extract(epoch FROM received_at) * 1000000)::int8"
            " FROM sense_latest WHERE series_id = ANY(%s)",
            [series.tolist()],
        )
        rows = np.asarray(cursor.fetchall(), np.int64).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def read_series_devices() -> tuple[tuple[UUID, ...], NDArray[np.int32], Int]:
    """All devices; by series id the place of its device among them (-1 where there is none) and what it is summed up over."""
    rows = list(SeriesRecord.objects.values_list("id", "device_id", "statistic"))
    devices = tuple(dict.fromkeys(device for _, device, _ in rows))
    place = {device: i for i, device in enumerate(devices)}
    size = max((i for i, _, _ in rows), default=-1) + 1
    of, period = np.full(size, -1, np.int32), np.zeros(size, np.int64)
    for series, device, statistic in rows:
        of[series] = place[device]
        period[series] = period_of(statistic)
    return devices, of, period


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a device is, and whose it is."""

    place_path: str
    site: UUID | None
    operator: UUID | None


def read_reach() -> dict[UUID, Reach]:
    """The reach of every device."""
    rows = DeviceRecord.objects.values_list("id", "place_path", "site_id", "operator_id")
    return {device: Reach(place_path, site, operator) for device, place_path, site, operator in rows}
