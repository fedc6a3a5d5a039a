"""Rules in plain words, in the active language, made from their definitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuzhou.capabilities.sense.contracts.readings import DataFlag
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.contracts.wording import word_aggregate, word_duration, word_flag, word_other
from yuzhou.capabilities.sense.rules.definition import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    Days,
    Definition,
    During,
    Flagged,
    Frozen,
    Leaf,
    Level,
    Limit,
    Missing,
    Near,
    Operation,
    Rate,
    Schedule,
    Stuck,
    Then,
    Window,
)
from yuzhou.kernel.severity import Severity


@dataclass(frozen=True, slots=True)
class Names:
    """What properties (with their statistics) and devices are called, and the units of properties (UCUM)."""

    properties: Mapping[tuple[str, str], str] = field(default_factory=dict)
    units: Mapping[tuple[str, str], str] = field(default_factory=dict)
    devices: Mapping[UUID, str] = field(default_factory=dict)
    severities: Mapping[Severity, str] = field(default_factory=dict)
    at: datetime | None = None  # the limits in force then are told; without it, the last ones


def word_definition(definition: Definition, names: Names) -> list[str]:
    """A sentence for each level, and for each command."""
    return [_word_level(level, names) for level in definition.levels] + [_word_then(then, names) for then in definition.then]


def _word_level(level: Level, names: Names) -> str:
    severity = names.severities.get(level.severity, level.severity.name)
    condition = word_condition(level.when, names)
    if level.hold_seconds:
        told = _("{severity}: when {condition}, and this lasts {duration}")
    else:
        told = _("{severity}: when {condition}")
    sentence = told.format(severity=severity, condition=condition, duration=word_time(level.hold_seconds))
    if level.clear_seconds:
        ends = _("it ends when the condition has been gone for {duration}").format(duration=word_time(level.clear_seconds))
        sentence = _("{sentence}; {ends}").format(sentence=sentence, ends=ends)
    return _("{sentence}.").format(sentence=sentence)


def word_condition(condition: Condition, names: Names, *, inner: bool = False) -> str:
    """A condition without its level."""
    if isinstance(condition, During):
        told = _("{condition} ({hours})")
        return told.format(condition=word_condition(condition.of, names), hours=word_schedule(condition.schedule))
    if isinstance(condition, All | AnyOf):
        parts = [word_condition(part, names, inner=True) for part in condition.of]
        joined = (_(" and ") if isinstance(condition, All) else _(" or ")).join(parts)
        return _("({condition})").format(condition=joined) if inner and len(parts) > 1 else joined
    return _word_leaf(condition, names)


def _word_leaf(leaf: Leaf, names: Names) -> str:
    key = (leaf.feed.property, str(leaf.feed.statistic))
    name, unit = names.properties.get(key, leaf.feed.property), names.units.get(key, "")
    match leaf:
        case Limit(bounds=bounds):
            return _word_bounds(name, bounds, unit, names.at)
        case Missing(seconds=seconds, valid_only=valid_only):
            told = (
                _("no valid data of {name} comes for {duration}") if valid_only else _("no data of {name} comes for {duration}")
            )
            return told.format(name=name, duration=word_time(seconds))
        case Frozen(samples=samples, seconds=seconds, tolerance=tolerance):
            told = _("{name} shows the same value {count} times in a row")
            if tolerance:
                told = _("{name} moves by no more than {tolerance} from value to value, {count} times in a row")
            found = told.format(name=name, count=samples, tolerance=_quantity(tolerance, unit))
            lasting = _("{condition}, for {duration}")
            return lasting.format(condition=found, duration=word_time(seconds)) if seconds else found
        case Rate(change=change, per_seconds=per):
            told = _("{name} changes by more than {change} in {duration}")
            return told.format(name=name, change=_quantity(change, unit), duration=word_time(per))
        case Flagged(flags=flags):
            words = _(" or ").join(word_flag(int(DataFlag(flag))) or DataFlag(flag).letter for flag in sorted(flags))
            return _("the data of {name} is flagged {flags}").format(name=name, flags=words)
        case Stuck(seconds=seconds, tolerance=tolerance):
            told = _("all values of {name} over {duration} lie within {tolerance}")
            return told.format(name=name, duration=word_time(seconds), tolerance=_quantity(tolerance, unit))
        case Window():
            return _word_window(leaf, name, unit, names.at)
        case Compare():
            return _word_compare(leaf, name, unit, names)


def _word_window(leaf: Window, name: str, unit: str, at: datetime | None) -> str:
    if leaf.of is Aggregate.MISSING:
        subject = _("the missing part of the data of {name} over {duration}")
        percent = tuple(_percent(bound) for bound in leaf.bounds)
        return _word_bounds(subject.format(name=name, duration=word_time(leaf.seconds)), percent, "%", at)
    subject = _("the {aggregate} of {name} over {duration}")
    subject = subject.format(aggregate=word_aggregate(leaf.of), name=name, duration=word_time(leaf.seconds))
    shown = "" if leaf.of is Aggregate.COUNT else f"{unit_symbol(unit) or '1'}/h" if leaf.of is Aggregate.SLOPE else unit
    return _word_bounds(subject, leaf.bounds, shown, at)


def _percent(bound: Bound) -> Bound:
    def times(value: float | None) -> float | None:
        return None if value is None else value * 100

    clear = times(bound.clear_high), times(bound.clear_low)
    return Bound(times(bound.high), times(bound.low), *clear, bound.valid_from, bound.valid_to)


def _word_compare(leaf: Compare, name: str, unit: str, names: Names) -> str:
    other = leaf.other
    prop = names.properties.get((other.feed.property, str(other.feed.statistic)), other.feed.property)
    if other.device is not None:
        whom = _("{name} of {device}").format(name=prop, device=names.devices.get(other.device, str(other.device)))
    else:
        whom = {
            Near.EVERYWHERE: _("{other} of its kind ({name})"),
            Near.SITE: _("{other} of the same site ({name})"),
            Near.TOWNSHIP: _("{other} in the same township ({name})"),
            Near.DISTRICT: _("{other} in the same district ({name})"),
        }[other.near].format(other=word_other(other.of), name=prop)
    if leaf.operation is Operation.RATIO:
        return _word_bounds(_("{name} divided by {other}").format(name=name, other=whom), leaf.bounds, "", names.at)
    return _word_bounds(_("{name} less {other}").format(name=name, other=whom), leaf.bounds, unit, names.at)


def _word_bounds(name: str, bounds: tuple[Bound, ...], unit: str, at: datetime | None) -> str:
    if not bounds:
        return name
    bound = next((one for one in bounds if at is not None and _in_force(one, at)), bounds[-1])
    high, low = _quantity(bound.high, unit), _quantity(bound.low, unit)
    if bound.high is not None and bound.low is not None:
        told = _("{name} is outside {low} to {high}").format(name=name, low=low, high=high)
    elif bound.high is not None:
        told = _("{name} is above {limit}").format(name=name, limit=high)
    else:
        told = _("{name} is below {limit}").format(name=name, limit=low)
    clear = [_quantity(one, unit) for one in (bound.clear_high, bound.clear_low) if one is not None]
    return _("{condition} (until it is back at {clear})").format(condition=told, clear=_(" or ").join(clear)) if clear else told


def _in_force(bound: Bound, at: datetime) -> bool:
    return (bound.valid_from is None or bound.valid_from <= at) and (bound.valid_to is None or at < bound.valid_to)


def word_schedule(schedule: Schedule) -> str:
    """Hours and days in words."""
    parts = [f"{_clock(start)}–{_clock(end)}" for start, end in schedule.hours]
    days = {Days.WORKING: _("on working days"), Days.REST: _("on days off")}.get(schedule.days, "")
    week = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    weekdays = ", ".join(week[day] for day in sorted(schedule.weekdays))
    return ", ".join(part for part in (", ".join(parts), days, weekdays) if part) or _("at all times")


def _word_then(then: Then, names: Names) -> str:
    severity = names.severities.get(then.severity, then.severity.name)
    device = names.devices.get(then.device, str(then.device)) if then.device else _("the device")
    told = _(
        "From {severity} on, {device} is sent the command {command}, once for each alarm and not again within {duration};"
        " never on what was measured more than {age} ago."
    )
    times = {"duration": word_time(then.dead_seconds), "age": word_time(then.fresh_seconds)}
    return told.format(severity=severity, device=device, command=then.command, **times)


def word_time(seconds: float) -> str:
    """Seconds where they are no whole minutes, else as durations are worded."""
    if seconds % 60 and seconds < 600:
        return ngettext("{count} second", "{count} seconds", round(seconds)).format(count=f"{seconds:g}")
    return word_duration(seconds)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _quantity(value: float | None, unit: str) -> str:
    return "—" if value is None else f"{value:.6g} {unit_symbol(unit)}".rstrip()
