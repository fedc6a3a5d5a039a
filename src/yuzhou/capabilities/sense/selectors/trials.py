"""Trials of rules: each belongs to who asked for it."""

from datetime import datetime
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Severity, Trial, TrialAlarm, TrialState
from yuzhou.capabilities.sense.models import RuleTrialRecord
from yuzhou.capabilities.sense.rules.notation import read_definition
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.text import Text


def trial_of(record: RuleTrialRecord) -> Trial:
    """As people see it."""
    return Trial(
        id=record.id,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        definition=read_definition(record.definition),
        start=record.start,
        end=record.end,
        state=TrialState(record.state),
        done=record.done,
        total=record.total,
        readings=record.readings,
        alarms=tuple(
            TrialAlarm(
                device_id=UUID(one["device"]),
                series_id=one["series"],
                raised_at=datetime.fromisoformat(one["raised_at"]),
                cleared_at=datetime.fromisoformat(one["cleared_at"]) if one["cleared_at"] else None,
                severity=Severity(one["severity"]),
                peak_severity=Severity(one["peak"]),
                code=one["code"],
                params=one["params"],
            )
            for one in record.alarms
        ),
        truncated=record.truncated,
        rule_id=record.rule_id,
        device_id=record.device_id,
        profile=record.profile,
        problem=record.problem,
        asked_at=record.asked_at,
    )


def trial_record(actor: Actor, trial_id: UUID, *, lock: bool = False) -> RuleTrialRecord:
    """A trial of the actor's own; raises NotFound `sense.trial-unknown`."""
    records = RuleTrialRecord.objects.select_for_update() if lock else RuleTrialRecord.objects.all()
    record: RuleTrialRecord | None = records.filter(id=trial_id, asked_by_id=actor.id).first()
    if record is None:
        raise NotFound("sense.trial-unknown")
    return record


def get_trial(*, actor: Actor, trial_id: UUID) -> Trial:
    """A trial of the actor's own, how far it is and what it found; raises NotFound `sense.trial-unknown`."""
    return trial_of(trial_record(actor, trial_id))
