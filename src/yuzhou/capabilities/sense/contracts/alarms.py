"""Alarms as people see them."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import UUID

from yuzhou.capabilities.sense.contracts.readings import Statistic
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text


class AlarmState(StrEnum):
    """`raised` and `acknowledged` are open; `cleared`: the cause is gone, nobody closed it yet; `closed`: done with."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a person closed an alarm."""

    HANDLED = "handled"
    INSTRUMENT_FAULT = "instrument-fault"
    MAINTENANCE = "maintenance"
    PRODUCTION_STOPPED = "production-stopped"
    FALSE_ALARM = "false-alarm"
    DUPLICATE = "duplicate"
    OTHER = "other"


class AlarmAct(StrEnum):
    """What an entry of the history records."""

    RAISED = "raised"
    SEVERITY_CHANGED = "severity-changed"
    ACKNOWLEDGED = "acknowledged"
    COMMENTED = "commented"
    ANSWERED = "answered"  # by the firm
    CLEARED = "cleared"
    CLOSED = "closed"
    COMMANDED = "commanded"  # its rule asked for a command, or could not


@dataclass(frozen=True, slots=True)
class Alarm:
    """One rule broken by one series, from its rise to its close. `code` and `params` word the reason at display."""

    id: UUID
    rule_key: str
    rule_title: Text
    device_id: UUID
    device_title: Text
    series_id: int
    property: str
    property_title: Text
    statistic: Statistic
    unit: str
    severity: Severity
    peak_severity: Severity
    state: AlarmState
    code: str
    params: Mapping[str, Any]
    raised_at: datetime  # by the readings' own time
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    place_path: str
    site_id: UUID | None
    operator_id: UUID | None
    simulated: bool = False

    @builtins.property
    def is_open(self) -> bool:
        """Whether the cause still stands."""
        return self.state in (AlarmState.RAISED, AlarmState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a comment; `media_type` as the sender says."""

    name: str
    content: BinaryIO
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmEntry:
    """One step of an alarm's history; `actor_name` is empty for the platform itself."""

    at: datetime
    act: AlarmAct
    severity: Severity
    actor_name: str = ""
    text: str = ""
    code: str = ""
    params: Mapping[str, Any] | None = None
