"""Commands down to devices: asked for, sent, accepted, done or failed with the device's own word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from yuzhou.capabilities.sense.contracts.interlocks import Interlock
from yuzhou.capabilities.sense.contracts.titles import UNTITLED
from yuzhou.kernel.text import Text


class CommandState(StrEnum):
    """`sent` without an answer until `expires_at` becomes `expired`; nothing is sent twice unless its door says so."""

    AWAITING = "awaiting"  # a second person must approve it
    REQUESTED = "requested"
    SENDING = "sending"  # claimed by a door
    SENT = "sent"
    ACCEPTED = "accepted"  # the device took it (QnRtn=1)
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUSED = "refused"  # by an interlock or a person; never sent
    CANCELLED = "cancelled"  # before it was sent


class CommandGroup(StrEnum):
    """What a command does: read from the device (取数), change its settings (参数), or make it act (控制)."""

    READ = "read"
    SETTING = "setting"
    CONTROL = "control"


class CommandAct(StrEnum):
    """A step in the life of a command."""

    REQUESTED = "requested"
    APPROVED = "approved"
    CLAIMED = "claimed"
    SENT = "sent"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REPEATED = "repeated"  # a person asked for it again


@dataclass(frozen=True, slots=True)
class CommandField:
    """One parameter of a command, as a form field. Numbers are bounded by `low` and `high`; a moment is an aware datetime.

    A secret is shown to the door alone, and forgotten when the command ends.
    """

    name: str
    title: Text
    kind: Literal["integer", "number", "text", "secret", "moment", "choice"]
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class CommandType:
    """A command that a door can send, of its protocol or of a profile; `name` is unique among those of a device.

    `may_repeat`: its door may write it to the device more than once. `interlocks` hold wherever it is offered. `source` says
    where a door writes it, as for properties (Modbus: `{"register": "holding", "address": 100}`).
    """

    name: str
    title: Text
    fields: tuple[CommandField, ...] = ()
    may_repeat: bool = False
    expires_after_seconds: int = 300
    group: CommandGroup = CommandGroup.SETTING
    interlocks: tuple[Interlock, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandCause:
    """Who asked besides the actor: the rule and the alarm that led to it, or the command that is asked for again."""

    rule_key: str = ""
    alarm_id: UUID | None = None
    retry_of: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command with what became of it. `answer_code`/`answer` hold the device's own word (QnRtn/ExeRtn and data)."""

    id: UUID
    device_id: UUID
    protocol: str
    identity: str
    name: str
    params: Mapping[str, Any]
    state: CommandState
    requested_at: datetime
    requested_by: str
    expires_at: datetime
    attempts: int = 0
    reference: str = ""  # the door's own key of the exchange: the QN sent
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    answer_code: str = ""
    answer: Mapping[str, Any] | None = None
    profile: str = ""
    device_title: Text = UNTITLED
    place_path: str = ""
    group: CommandGroup = CommandGroup.SETTING
    requested_by_id: UUID | None = None
    rule_key: str = ""
    alarm_id: UUID | None = None
    retry_of: UUID | None = None
    batch_id: UUID | None = None
    note: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    claimed_at: datetime | None = None
    reason_code: str = ""  # why it was refused, or what its expiry means
    reason_params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandStep:
    """A step of a command's history; `code` with `params` is worded at display."""

    at: datetime
    act: CommandAct
    actor_name: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class CommandBatch:
    """One command asked of many devices: how many stand in each state."""

    id: UUID
    name: str
    title: Text
    params: Mapping[str, Any]
    requested_at: datetime
    requested_by: str
    note: str
    states: Mapping[CommandState, int]

    @property
    def total(self) -> int:
        """How many devices."""
        return sum(self.states.values())

    @property
    def finished(self) -> int:
        """How many came to an end."""
        return sum(number for state, number in self.states.items() if state in FINISHED)


FINISHED = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.EXPIRED, CommandState.REFUSED, CommandState.CANCELLED})
