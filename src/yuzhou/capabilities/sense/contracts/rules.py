"""Rules as people see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.rules.definition import Definition
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its aim: one device, or every device of a profile, as far as it has the series that the rule looks at."""

    id: UUID
    key: str
    title: Text
    definition: Definition
    device_id: UUID | None = None
    profile: str = ""
    enabled: bool = True
    version: int = 0
    by_person: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A rule as it was from `since` on, until the next version."""

    number: int
    title: Text
    definition: Definition
    enabled: bool
    since: datetime
    changed_by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """What one device has of its own in a rule of its profile: numbers by JSON pointer (RFC 6901), or that it is off."""

    device_id: UUID
    device_title: Text
    numbers: Mapping[str, float]
    enabled: bool
    changed_at: datetime
    changed_by: str


class TrialState(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TrialAlarm:
    """An alarm that a rule would have raised; `cleared_at` None: it would stand at the end. `value` is that of its rise."""

    device_id: UUID
    series_id: int
    raised_at: datetime
    cleared_at: datetime | None
    severity: Severity
    peak_severity: Severity
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """A definition tried on the past. `done` of `total` devices are through; `alarms` are the first ones where `truncated`."""

    id: UUID
    title: Text
    definition: Definition
    start: datetime
    end: datetime
    state: TrialState
    done: int
    total: int
    readings: int
    alarms: tuple[TrialAlarm, ...]
    truncated: bool
    rule_id: UUID | None = None
    device_id: UUID | None = None
    profile: str = ""
    problem: str = ""
    asked_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.state in (TrialState.DONE, TrialState.FAILED, TrialState.CANCELLED)
