"""Interlocks (联锁): when a command may go down to a device, and what it may say. Pure: data in, refusals out.

Each is a declaration that can be kept as JSON (`contracts/interlocks.py`). All that apply must hold, so what a device adds to
its profile can only narrow. A value that is missing, old or not valid never lets a command through.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

Operator = Literal["<", "<=", "=", "!=", ">=", ">"]
OPERATORS: tuple[Operator, ...] = ("<", "<=", "=", "!=", ">=", ">")
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ValueLimit:
    """A parameter must lie within these bounds, which are narrower than the command's own."""

    kind: ClassVar[str] = "value"
    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ChangeLimit:
    """A parameter may differ by at most `most` from what it was set to within the last `seconds` (变化率).

    With a `property` it is compared with that property's newest value instead, which must be no older than `seconds`.
    """

    kind: ClassVar[str] = "change"
    field: str
    most: float
    seconds: float
    property: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """So long must have passed since the last of these commands; where none is named, since the last of its own."""

    kind: ClassVar[str] = "pause"
    seconds: float
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """Only while a property stands so, by a valid value no older than `fresh_seconds`.

    The property is of the device itself, of the `device` named, or with `same_site` of every other device of the site that
    has it.
    """

    kind: ClassVar[str] = "condition"
    property: str
    operator: Operator
    value: float
    fresh_seconds: float = 300
    device: UUID | None = None
    same_site: bool = False
    statistic: str = "rtd"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Not while one of these commands is under way at the device (互斥)."""

    kind: ClassVar[str] = "exclusive"
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TwoPersons:
    """A second person must approve it (双人确认)."""

    kind: ClassVar[str] = "two-persons"


Interlock = ValueLimit | ChangeLimit | Pause | OnlyIf | Exclusive | TwoPersons
KINDS: Mapping[str, type[Any]] = {kind.kind: kind for kind in (ValueLimit, ChangeLimit, Pause, OnlyIf, Exclusive, TwoPersons)}


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest value of a property at a device; `valid`: normal by the instrument's own word, and not suspect."""

    device: str
    value: float
    at: datetime
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """A command that went down, may have gone down, or is under way. `moment`: the latest that it may have been sent."""

    name: str
    params: Mapping[str, Any]
    moment: datetime
    under_way: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What a command is judged by. `values`: for each OnlyIf and ChangeLimit with a property what was seen of it."""

    name: str
    params: Mapping[str, Any]
    now: datetime
    past: Sequence[Past] = ()
    values: Mapping[Interlock, Sequence[Seen]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not: a code with what was seen."""

    interlock: Interlock
    code: str
    params: Mapping[str, Any]


def judge(interlocks: Iterable[Interlock], situation: Situation) -> list[Refused]:
    """Every interlock that forbids the command now; none: it may go."""
    return [refused for one in interlocks if (refused := _judge(one, situation)) is not None]


def needs_two_persons(interlocks: Iterable[Interlock]) -> bool:
    """Whether a second person must approve."""
    return any(isinstance(one, TwoPersons) for one in interlocks)


def _judge(one: Interlock, situation: Situation) -> Refused | None:
    match one:
        case ValueLimit():
            return _value(one, situation)
        case ChangeLimit():
            return _change(one, situation)
        case Pause():
            return _pause(one, situation)
        case OnlyIf():
            return _condition(one, situation)
        case Exclusive():
            return _exclusive(one, situation)
        case TwoPersons():
            return None


def _number(situation: Situation, name: str) -> float | None:
    """A numeric parameter; None where it is left out or no number."""
    try:
        return float(situation.params[name])
    except (KeyError, TypeError, ValueError):
        return None


def _value(one: ValueLimit, situation: Situation) -> Refused | None:
    value = _number(situation, one.field)
    if value is None:
        return None
    if value != value or (one.low is not None and value < one.low):
        return Refused(one, "sense.interlock.below", {"field": one.field, "value": value, "limit": one.low})
    if one.high is not None and value > one.high:
        return Refused(one, "sense.interlock.above", {"field": one.field, "value": value, "limit": one.high})
    return None


def _change(one: ChangeLimit, situation: Situation) -> Refused | None:
    value = _number(situation, one.field)
    if value is None:
        return None
    if one.property:
        return _change_from_reading(one, value, situation)
    since = situation.now - timedelta(seconds=one.seconds)
    before = [
        _plain(past.params.get(one.field)) for past in situation.past if past.name == situation.name and past.moment >= since
    ]
    return _too_far(one, value, [old for old in before if old is not None])


def _plain(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _too_far(one: ChangeLimit, value: float, before: Sequence[float]) -> Refused | None:
    farthest = max(before, key=lambda old: abs(value - old), default=None)
    if farthest is None or abs(value - farthest) <= one.most + TOLERANCE:
        return None
    params = {"field": one.field, "value": value, "before": farthest, "limit": one.most, "seconds": one.seconds}
    return Refused(one, "sense.interlock.change", params)


def _change_from_reading(one: ChangeLimit, value: float, situation: Situation) -> Refused | None:
    seen = situation.values.get(one, ())
    unfit = _unfit(one, one.property, one.seconds, seen, situation.now)
    return unfit or _too_far(one, value, [each.value for each in seen])


def _unfit(one: Interlock, name: str, fresh_seconds: float, seen: Sequence[Seen], now: datetime) -> Refused | None:
    """Why what was seen cannot be judged by: nothing, something old, something that is not valid."""
    if not seen:
        return Refused(one, "sense.interlock.unknown", {"property": name})
    for each in seen:
        age = round((now - each.at).total_seconds())
        told = {"property": name, "value": each.value, "device": each.device, "age": age, "limit": fresh_seconds}
        if age > fresh_seconds:
            return Refused(one, "sense.interlock.stale", told)
        if not each.valid or each.value != each.value:
            return Refused(one, "sense.interlock.invalid", told)
    return None


def _pause(one: Pause, situation: Situation) -> Refused | None:
    names = one.after or (situation.name,)
    last = max((past for past in situation.past if past.name in names), key=lambda past: past.moment, default=None)
    if last is None:
        return None
    ago = (situation.now - last.moment).total_seconds()
    if ago >= one.seconds:
        return None
    return Refused(one, "sense.interlock.pause", {"command": last.name, "seconds": one.seconds, "ago": max(0, round(ago))})


def _condition(one: OnlyIf, situation: Situation) -> Refused | None:
    seen = situation.values.get(one, ())
    unfit = _unfit(one, one.property, one.fresh_seconds, seen, situation.now)
    if unfit is not None:
        return unfit
    wrong = next((each for each in seen if not _holds(each.value, one.operator, one.value)), None)
    if wrong is None:
        return None
    age = max(0, round((situation.now - wrong.at).total_seconds()))
    told = {"property": one.property, "value": wrong.value, "device": wrong.device, "age": age}
    return Refused(one, "sense.interlock.condition", {**told, "operator": one.operator, "limit": one.value})


def _holds(value: float, operator: Operator, limit: float) -> bool:
    same = abs(value - limit) <= TOLERANCE
    match operator:
        case "<":
            return value < limit and not same
        case "<=":
            return value < limit or same
        case "=":
            return same
        case "!=":
            return not same
        case ">=":
            return value > limit or same
        case ">":
            return value > limit and not same


def _exclusive(one: Exclusive, situation: Situation) -> Refused | None:
    other = next((past for past in situation.past if past.under_way and past.name in one.commands), None)
    return None if other is None else Refused(one, "sense.interlock.exclusive", {"command": other.name})
