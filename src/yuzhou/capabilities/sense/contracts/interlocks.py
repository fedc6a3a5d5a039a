"""Interlocks as data, and what they say: for a device, for a profile, and who locked a device out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts.titles import UNTITLED
from yuzhou.capabilities.sense.rules.interlocks import (
    KINDS,
    OPERATORS,
    ChangeLimit,
    Exclusive,
    Interlock,
    OnlyIf,
    Pause,
    Refused,
    TwoPersons,
    ValueLimit,
)
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

__all__ = [
    "ChangeLimit",
    "CommandLock",
    "Exclusive",
    "Interlock",
    "LockKind",
    "OnlyIf",
    "Pause",
    "Refused",
    "StandingInterlock",
    "TwoPersons",
    "ValueLimit",
    "interlock_of",
    "json_of_interlock",
]


class LockKind(StrEnum):
    """Why nothing may be sent: somebody works at the device itself (就地), or it is under maintenance (检修)."""

    LOCAL = "local"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class CommandLock:
    """A person's lock-out (锁定) of a device: only reading commands pass until then."""

    id: UUID
    device_id: UUID
    kind: LockKind
    reason: str
    until: datetime
    locked_at: datetime
    locked_by: str
    released_at: datetime | None = None
    released_by: str = ""


@dataclass(frozen=True, slots=True)
class StandingInterlock:
    """An interlock in force: of a device, of a profile, or of the command's own declaration (`id` None).

    `command` "": every command that changes something.
    """

    interlock: Interlock
    command: str = ""
    title: Text = UNTITLED
    id: UUID | None = None
    device_id: UUID | None = None
    profile: str = ""
    defined_by: str = ""
    defined_at: datetime | None = None


def json_of_interlock(interlock: Interlock) -> dict[str, Any]:
    """As it is kept: its kind and what it says."""
    said = {field.name: getattr(interlock, field.name) for field in fields(interlock)}
    plain = {
        name: list(value) if isinstance(value, tuple) else str(value) if isinstance(value, UUID) else value
        for name, value in said.items()
    }
    return {"kind": interlock.kind, **{name: value for name, value in plain.items() if value is not None}}


def interlock_of(kept: Mapping[str, Any]) -> Interlock:
    """What `json_of_interlock` made, or a person wrote. Raises Invalid `sense.interlock-invalid` for anything else."""
    given = dict(kept)
    kind = KINDS.get(str(given.pop("kind", "")))
    if kind is None:
        raise Invalid("sense.interlock-invalid", field="kind", problem=str(kept.get("kind", "")))
    try:
        values = {name: _value(name, value) for name, value in given.items()}
        made: Interlock = kind(**values)
    except (TypeError, ValueError) as error:
        raise Invalid("sense.interlock-invalid", problem=str(error)) from error
    _check(made)
    return made


def _value(name: str, value: Any) -> Any:
    if name in ("after", "commands"):
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ValueError(name)
        return tuple(value)
    if name == "device":
        return None if value in (None, "") else UUID(str(value))
    if name in ("low", "high", "most", "seconds", "value", "fresh_seconds"):
        number = None if value is None else float(value)
        if number is not None and number - number != 0:
            raise ValueError(name)
        return number
    return bool(value) if name == "same_site" else str(value)


def _check(made: Interlock) -> None:
    """What cannot be meant."""
    match made:
        case ValueLimit(low=None, high=None):
            wrong = "low, high"
        case ValueLimit(low=low, high=high) if low is not None and high is not None and low > high:
            wrong = "low > high"
        case ChangeLimit(most=most, seconds=seconds) if most < 0 or seconds <= 0:
            wrong = "most, seconds"
        case Pause(seconds=seconds) if seconds <= 0:
            wrong = "seconds"
        case OnlyIf(operator=operator) if operator not in OPERATORS:
            wrong = str(operator)
        case OnlyIf(fresh_seconds=fresh) if fresh <= 0:
            wrong = "fresh_seconds"
        case OnlyIf(device=device, same_site=True) if device is not None:
            wrong = "device, same_site"
        case Exclusive(commands=()):
            wrong = "commands"
        case _:
            return
    raise Invalid("sense.interlock-invalid", problem=wrong)
