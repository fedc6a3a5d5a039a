"""Rules tried on the past (试算) before they are switched on: what they would have raised. Nothing is written to alarms."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Definition, Rule, Trial, TrialState
from yuzhou.capabilities.sense.models import RuleTrialRecord
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.trials import get_trial, trial_of, trial_record
from yuzhou.capabilities.sense.services.binding import Binder, BoundRule
from yuzhou.capabilities.sense.services.raising import Step, name_properties
from yuzhou.capabilities.sense.services.replaying import Replay
from yuzhou.capabilities.sense.services.rule_checks import check_definition
from yuzhou.capabilities.sense.services.rules import DEFINE, check_reach
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound, YuzhouError, message_for
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.jobs.api import defer
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as, transaction_required

JOB = "sense.try-rule"
LONGEST = timedelta(days=366)
AT_ONCE = timedelta(days=31)  # of one device; longer ones, and several devices, go to the worker
MOST_DEVICES, MOST_ALARMS, TOGETHER = 2000, 2000, 20
TRIER = Actor.system("sense.trial")


@transaction_required
def try_rule(
    *,
    actor: Actor,
    title: Text,
    definition: Definition,
    start: datetime,
    end: datetime,
    device_id: UUID | None = None,
    profile: str = "",
    rule_id: UUID | None = None,
) -> Trial:
    """Try a definition on stored history (hot and Parquet) of one device, or of those of a profile that the actor may see.

    One device and a month at most are judged at once; else a job does it, and says how far it is. Needs `sense.rule:define`
    at the device's place; for a profile, anywhere. Raises Invalid `sense.rule-invalid`, `sense.trial-too-long`,
    `sense.trial-no-device`.
    """
    if (device_id is None) == (profile == ""):
        raise Invalid("sense.rule-aimless")
    check_definition(definition)
    if not start < end <= start + LONGEST:
        raise Invalid("sense.trial-too-long", field="start", days=LONGEST.days)
    devices = _devices(actor, definition, device_id, profile)
    record = RuleTrialRecord.objects.create(
        rule_id=rule_id,
        title_zh=title.zh,
        title_en=title.en,
        definition=write_definition(definition),
        device_id=device_id,
        profile=profile,
        devices=[str(device) for device in devices],
        start=start,
        end=min(end, now()),
        state=TrialState.WAITING,
        total=len(devices),
        asked_at=now(),
        asked_by=actor.name[:200],
        asked_by_id=actor.id,
    )
    if device_id is not None and end - start <= AT_ONCE:
        for _ in _run(record):
            pass
        record.save()
    else:
        defer(JOB, trial=str(record.id))
    return trial_of(record)


def _devices(actor: Actor, definition: Definition, device_id: UUID | None, profile: str) -> list[UUID]:
    found = visible_devices(actor).filter(enabled=True)
    if device_id is not None:
        device = found.filter(id=device_id).first()
        if device is None:
            raise NotFound("sense.device-unknown")
        actor.require(DEFINE, place_path=device.place_path)
        check_reach(actor, definition, device.place_path)
        return [device.id]
    actor.require(DEFINE)
    check_reach(actor, definition, "")
    return list(found.filter(profile=profile).order_by("identity").values_list("id", flat=True)[:MOST_DEVICES])


@transaction_required
def cancel_trial(*, actor: Actor, trial_id: UUID) -> Trial:
    """Stop a trial of one's own; what it found so far stays. Again changes nothing."""
    record = trial_record(actor, trial_id, lock=True)
    if record.state in (TrialState.WAITING, TrialState.RUNNING):
        record.state, record.finished_at = TrialState.CANCELLED, now()
        record.save(update_fields=["state", "finished_at"])
    return get_trial(actor=actor, trial_id=trial_id)


def run_trial(trial_id: UUID) -> None:
    """The job: judge the devices in parts, tell how far it is, stop where it was cancelled. Opens its own transactions.

    Begins anew where the worker was stopped amid it.
    """
    with acting_as(TRIER):
        record = RuleTrialRecord.objects.filter(id=trial_id, state__in=(TrialState.WAITING, TrialState.RUNNING)).first()
        if record is None:
            return
        record.alarms, record.done, record.readings = [], 0, 0
        steps = _run(record)
    while True:
        with acting_as(TRIER):
            is_over = next(steps, True)
            alive = RuleTrialRecord.objects.filter(id=trial_id, state__in=(TrialState.WAITING, TrialState.RUNNING))
            names = ("state", "done", "readings", "alarms", "truncated", "problem", "finished_at")
            if not alive.update(**{name: getattr(record, name) for name in names}) or is_over:
                return


def _run(record: RuleTrialRecord) -> Iterator[bool]:
    """Judge part by part; says after each whether it was the last."""
    record.state = TrialState.RUNNING
    devices = [UUID(device) for device in record.devices]
    judged = 0
    try:
        for first in range(0, len(devices), TOGETHER):
            part = devices[first : first + TOGETHER]
            judged += _try_devices(record, part)
            record.done = first + len(part)
            if record.done < len(devices):
                yield False
        if not judged:
            raise Invalid("sense.trial-no-device")
        record.state = TrialState.DONE
    except YuzhouError as error:
        record.state, record.problem = TrialState.FAILED, message_for(error)[:500]
    record.finished_at = now()
    yield True


def _try_devices(record: RuleTrialRecord, devices: Sequence[UUID]) -> int:
    """Add what some devices would have raised; returns on how many of them the rule bears."""
    bound = _bind(record, devices)
    replay = Replay(bound, record.start, record.end)
    standing: dict[UUID, dict[str, Any]] = {}
    for steps in replay.run() if bound else ():
        for step in name_properties(steps):
            _take(record, standing, step)
    record.readings += replay.readings
    return len(bound)


def _bind(record: RuleTrialRecord, devices: Sequence[UUID]) -> list[BoundRule]:
    title = Text(record.title_zh, record.title_en)
    definition = read_definition(record.definition)
    rule = Rule(record.rule_id or uuid7(), "trial", title, definition, record.device_id, record.profile)
    return Binder().bind([rule], devices)


def _take(record: RuleTrialRecord, standing: dict[UUID, dict[str, Any]], step: Step) -> None:
    alarm = standing.get(step.bound.device_id)
    if alarm is None and step.after:
        made = {
            "device": str(step.bound.device_id),
            "series": step.bound.subject,
            "raised_at": step.at.isoformat(),
            "cleared_at": None,
            "severity": step.after,
            "peak": step.after,
            "code": step.code,
            "params": step.params,
        }
        standing[step.bound.device_id] = made
        if len(record.alarms) < MOST_ALARMS:
            record.alarms.append(made)
        else:
            record.truncated = True
    elif alarm is not None and step.after:
        alarm["peak"] = max(alarm["peak"], step.after)
    elif alarm is not None:
        alarm["cleared_at"] = step.at.isoformat()
        del standing[step.bound.device_id]
