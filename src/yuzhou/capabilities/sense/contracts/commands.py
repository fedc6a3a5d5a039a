"""Commands down to devices: asked for, sent, accepted, done or failed with the device's own word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from yuzhou.kernel.text import Text


class CommandState(StrEnum):
    """`sent` without an answer until `expires_at` becomes `expired`; nothing is sent twice unless its door says so."""

    REQUESTED = "requested"
    SENDING = "sending"  # claimed by a door
    SENT = "sent"
    ACCEPTED = "accepted"  # the device took it (QnRtn=1)
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


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
    """A command that a door can send: `name` is unique in its protocol. `may_repeat`: sending it twice does no harm."""

    name: str
    title: Text
    fields: tuple[CommandField, ...] = ()
    may_repeat: bool = False
    expires_after_seconds: int = 300


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
