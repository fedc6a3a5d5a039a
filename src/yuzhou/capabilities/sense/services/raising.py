"""Transitions of rules become alarms: raised, graver, milder, cleared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, AlarmAct, AlarmState, DataFlag
from yuzhou.capabilities.sense.contracts.reasons import Spoken, word_leaf
from yuzhou.capabilities.sense.events import AlarmCleared, AlarmRaised, AlarmSeverityChanged
from yuzhou.capabilities.sense.models import AlarmEntryRecord, AlarmRecord, RuleState, SeriesRecord
from yuzhou.capabilities.sense.rules.compiled import Compiled, microseconds
from yuzhou.capabilities.sense.rules.evaluate import Transitions
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change
from yuzhou.capabilities.sense.services.binding import BoundRule, Reach
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.news import tell_of_alarms
from yuzhou.capabilities.sense.services.rows import moment
from yuzhou.kernel.clock import now
from yuzhou.kernel.events.api import Event, emit_many
from yuzhou.kernel.ids import urn
from yuzhou.kernel.jobs.api import defer

ACT = "sense.act-on-alarm"

_UPDATE = """
UPDATE sense_alarm a SET severity = n.severity, peak_severity = n.peak, code = n.code, params = n.params,
  standing = n.standing, cleared_at = n.cleared_at, state = n.state
FROM unnest(%s::uuid[], %s::int2[], %s::int2[], %s::text[], %s::jsonb[], %s::bool[], %s::timestamptz[], %s::text[])
  AS n (id, severity, peak, code, params, standing, cleared_at, state)
WHERE a.id = n.id
"""


@dataclass(frozen=True, slots=True)
class AlarmIds:
    """Which alarms were touched."""

    raised: tuple[UUID, ...] = ()
    changed: tuple[UUID, ...] = ()
    cleared: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of one rule on one device."""

    bound: BoundRule
    at: datetime
    before: int
    after: int
    code: str
    params: dict[str, Any]


@dataclass(slots=True)
class _Work:
    """What a batch of steps writes, gathered so that it goes out in few statements."""

    reach: Mapping[UUID, Reach]
    standing: dict[tuple[UUID, int], AlarmRecord]
    made: list[AlarmRecord] = field(default_factory=list)
    touched: dict[UUID, AlarmRecord] = field(default_factory=dict)
    entries: list[AlarmEntryRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    acting: dict[UUID, None] = field(default_factory=dict)  # alarms of rules that ask for commands
    ids: dict[str, list[UUID]] = field(default_factory=lambda: {"raised": [], "changed": [], "cleared": []})

    def take(self, step: Step) -> None:
        alarm = self.standing.get((step.bound.rule.id, step.bound.subject))
        if alarm is None:
            if step.after:
                self._raise(step)
        elif step.after:
            self._change(alarm, step)
        else:
            self._clear(alarm, step.at, step.bound.rule.key)

    def _raise(self, step: Step) -> None:
        at = self.reach[step.bound.device_id]
        alarm = AlarmRecord(
            rule_id=step.bound.rule.id,
            device_id=step.bound.device_id,
            series_id=step.bound.subject,
            severity=step.after,
            peak_severity=step.after,
            state=AlarmState.RAISED,
            code=step.code,
            params=step.params,
            raised_at=step.at,
            place_path=at.place_path,
            site_id=at.site,
            operator_id=at.operator,
            created_at=now(),
        )
        self.standing[step.bound.rule.id, step.bound.subject] = alarm
        self.made.append(alarm)
        self._keep(alarm, step.at, AlarmAct.RAISED, "raised", step.code, step.params)
        self._act(alarm, step)
        feed = next(iter(step.bound.series))
        self.events.append(
            AlarmRaised(
                subject=urn("alarm", alarm.id),
                alarm=alarm.id,
                rule=step.bound.rule.key,
                device=step.bound.device_id,
                series=step.bound.subject,
                property=feed.property,
                statistic=feed.statistic,
                severity=step.after,
                code=step.code,
                params=step.params,
                raised_at=step.at,
                **_reach(alarm),
            )
        )

    def _change(self, alarm: AlarmRecord, step: Step) -> None:
        before, alarm.severity = alarm.severity, step.after
        alarm.peak_severity = max(alarm.peak_severity, step.after)
        alarm.code, alarm.params = step.code, step.params
        self._keep(alarm, step.at, AlarmAct.SEVERITY_CHANGED, "changed", step.code, step.params)
        self._act(alarm, step)
        self.events.append(
            AlarmSeverityChanged(
                subject=urn("alarm", alarm.id), alarm=alarm.id, before=before, after=step.after, at=step.at, **_reach(alarm)
            )
        )

    def _clear(self, alarm: AlarmRecord, at: datetime, rule: str, code: str = "") -> None:
        alarm.standing = False
        alarm.cleared_at = max(at, alarm.raised_at)
        if alarm.state != AlarmState.CLOSED:
            alarm.state = AlarmState.CLEARED
        del self.standing[alarm.rule_id, alarm.series_id]
        self._keep(alarm, at, AlarmAct.CLEARED, "cleared", code)
        self.events.append(
            AlarmCleared(
                subject=urn("alarm", alarm.id),
                alarm=alarm.id,
                rule=rule,
                device=alarm.device_id,
                cleared_at=alarm.cleared_at,
                **_reach(alarm),
            )
        )

    def _act(self, alarm: AlarmRecord, step: Step) -> None:
        """A command is asked for after the commit, by a job: ingest waits for no device."""
        if any(step.before < then.severity <= step.after for then in step.bound.definition.then):
            self.acting[alarm.id] = None

    def withdraw(self, alarm: AlarmRecord) -> None:
        """Clear an alarm whose rule is gone."""
        self._clear(alarm, now(), alarm.rule.key, "sense.alarm.rule-withdrawn")

    def _keep(
        self, alarm: AlarmRecord, at: datetime, act: AlarmAct, kind: str, code: str, params: dict[str, Any] | None = None
    ) -> None:
        if not alarm._state.adding:
            self.touched[alarm.id] = alarm
        entry = AlarmEntryRecord(alarm_id=alarm.id, at=at, act=act, severity=alarm.severity, code=code, params=params or {})
        self.entries.append(entry)
        self.ids[kind].append(alarm.id)

    def write(self) -> AlarmIds:
        _update(list(self.touched.values()))
        AlarmRecord.objects.bulk_create(self.made, batch_size=2000)
        AlarmEntryRecord.objects.bulk_create(self.entries, batch_size=2000)
        emit_many(self.events)
        tell_of_alarms([*self.touched.values(), *self.made])
        for alarm in self.acting:
            defer(ACT, alarm=str(alarm))
        return AlarmIds(**{kind: tuple(ids) for kind, ids in self.ids.items()})


def _update(alarms: list[AlarmRecord]) -> None:
    """Write what rules may change, for all alarms in one statement."""
    if not alarms:
        return
    rows = [(a.id, a.severity, a.peak_severity, a.code, Jsonb(a.params), a.standing, a.cleared_at, a.state) for a in alarms]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [list(column) for column in zip(*rows, strict=True)])


def _reach(alarm: AlarmRecord) -> dict[str, Any]:
    return {"place_path": alarm.place_path, "site": alarm.site_id, "operator": alarm.operator_id}


def apply_transitions(running: Engine, transitions: Transitions, change: Change, columns: Columns | None) -> AlarmIds:
    """Write what the rules found, with history and events; `columns` are the readings that it was found in."""
    if not len(transitions):
        return AlarmIds()
    steps = [_step(running, transitions, i, change, columns) for i in range(len(transitions))]
    return apply_steps(name_properties(steps), running.reach)


def apply_steps(steps: Sequence[Step], reach: Mapping[UUID, Reach]) -> AlarmIds:
    """Write steps in their order."""
    standing = (
        AlarmRecord.objects.select_for_update()
        .filter(
            standing=True,
            rule_id__in={step.bound.rule.id for step in steps},
            series_id__in={step.bound.subject for step in steps},
        )
        .order_by("id")
    )
    work = _Work(reach, {(alarm.rule_id, alarm.series_id): alarm for alarm in standing})
    for step in steps:
        work.take(step)
    return work.write()


def _step(running: Engine, transitions: Transitions, row: int, change: Change, columns: Columns | None) -> Step:
    return step_of(running.bound[int(transitions.instance[row])], running.compiled, transitions, row, change, columns)


def step_of(
    bound: BoundRule, compiled: Compiled, transitions: Transitions, row: int, change: Change, columns: Columns | None
) -> Step:
    """A transition with the reason for it."""
    instance = int(transitions.instance[row])
    code, params = "", dict[str, Any]()
    at = moment(transitions.at[row])
    if transitions.leaf[row] >= 0:
        first, end = compiled.leaf_start[instance : instance + 2]
        place = np.searchsorted(change.leaves, first)
        truth = change.leaf["truth"][place : place + end - first].tolist()
        spoken = Spoken(int(transitions.leaf[row] - first), at, float(transitions.value[row]), truth, _flag_of(columns))
        code, params = word_leaf(bound.definition, bound.series, spoken)
    return Step(bound, at, int(transitions.before[row]), int(transitions.after[row]), code, params)


def _flag_of(columns: Columns | None) -> Callable[[int, datetime], str]:
    """The flag of the reading that a rule spoke on; readings are ordered by series and time."""

    def flag(series: int, at: datetime) -> str:
        if columns is None:
            return ""
        first, end = np.searchsorted(columns.series, [series, series + 1])
        row = first + np.searchsorted(columns.at[first:end], microseconds(at, 0))
        return DataFlag(int(columns.flag[row]) & DATA_FLAG_BITS).letter if row < end else ""

    return flag


def name_properties(steps: list[Step]) -> list[Step]:
    """Where several properties are missing they are named, as their series are."""
    wanted = {(step.bound.device_id, prop) for step in steps for prop in step.params.get("missing", ())}
    if not wanted:
        return steps
    rows = SeriesRecord.objects.filter(device_id__in={device for device, _ in wanted}, property__in={prop for _, prop in wanted})
    columns = ("device_id", "property", "title_zh", "title_en")
    titles = {(device, prop): (zh or prop, en or zh or prop) for device, prop, zh, en in rows.values_list(*columns)}
    for step in steps:
        if missing := step.params.get("missing"):
            named = [titles.get((step.bound.device_id, prop), (prop, prop)) for prop in missing]
            step.params["names_zh"], step.params["names_en"] = "、".join(zh for zh, _ in named), ", ".join(en for _, en in named)
    return steps


def withdraw_alarms(*, rule_id: UUID | None = None, device_id: UUID | None = None) -> int:
    """Clear the standing alarms of a rule or device that is no longer judged, and forget what was remembered of it.

    What stands when it is judged again is told again. Returns how many were cleared.
    """
    which = {"rule_id": rule_id} if rule_id else {"device_id": device_id}
    RuleState.objects.filter(**which).delete()  # before the alarms, in the order in which ingest takes them
    return _withdraw(AlarmRecord.objects.filter(standing=True, **which))


def withdraw_orphans(running: Engine) -> int:
    """Clear standing alarms that no rule in force can clear any more; returns how many.

    Their rule looks at another series now, or was withdrawn while a batch was judged by the rules before.
    """
    standing = AlarmRecord.objects.filter(standing=True).values_list("id", "rule_id", "device_id", "series_id")
    orphans = [alarm for alarm, rule, device, series in standing if not running.is_watched(rule, device, series)]
    return _withdraw(AlarmRecord.objects.filter(id__in=orphans)) if orphans else 0


def _withdraw(found: QuerySet[AlarmRecord]) -> int:
    work = _Work({}, {})
    for alarm in found.select_for_update(of=("self",)).select_related("rule").order_by("id"):
        work.standing[alarm.rule_id, alarm.series_id] = alarm
        work.withdraw(alarm)
    work.write()
    return len(work.ids["cleared"])
