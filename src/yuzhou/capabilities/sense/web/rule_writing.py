"""The entries of the rule editor that say a definition."""

from collections.abc import Mapping
from uuid import UUID

from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    Definition,
    During,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Rate,
    Stuck,
    Window,
)
from yuzhou.capabilities.sense.web.rule_entries import LevelData
from yuzhou.capabilities.sense.web.rule_forms import NotEditable, Raw


def written(definition: Definition, identities: Mapping[UUID, str]) -> list[LevelData]:
    """The entries that say a definition. Raises NotEditable where it is nested deeper, or dated, or has hours inside."""
    return [LevelData(_write_level(level), _write_parts(level.when, identities)) for level in definition.levels]


def _write_level(level: Level) -> Raw:
    raw: Raw = {"severity": str(int(level.severity)), "hold": level.hold_seconds / 60, "clear": level.clear_seconds / 60}
    if isinstance(level.when, During):
        schedule = level.when.schedule
        if len(schedule.hours) > 1 or schedule.weekdays:
            raise NotEditable
        raw["days"] = schedule.days.value
        for start, end in schedule.hours:
            raw |= {"start": f"{start // 60:02}:{start % 60:02}", "end": f"{end // 60:02}:{end % 60:02}"}
    return raw


def _write_parts(condition: Condition, identities: Mapping[UUID, str]) -> list[Raw]:
    inner = condition.of if isinstance(condition, During) else condition
    groups = inner.of if isinstance(inner, AnyOf) else (inner,)
    parts: list[Raw] = []
    for group in groups:
        for place, leaf in enumerate(group.of if isinstance(group, All) else (group,)):
            parts.append(_write_leaf(leaf, identities) | {"join": "and" if place else "or"})
    return parts


def _write_leaf(leaf: Condition, identities: Mapping[UUID, str]) -> Raw:
    if isinstance(leaf, All | AnyOf | During):
        raise NotEditable
    raw: Raw = {"feed": f"{leaf.feed.property}|{leaf.feed.statistic}"}
    match leaf:
        case Limit(bounds=bounds):
            return raw | {"kind": "limit"} | _write_bound(bounds, 1)
        case Window(of=of, seconds=seconds, bounds=bounds, at_least=least, every_seconds=every):
            scale = 100 if of is Aggregate.MISSING else 1
            more = {"aggregate": of.value, "at_least": least, "every": every or None}
            return raw | {"kind": "window"} | more | _write_time(seconds) | _write_bound(bounds, scale)
        case Rate(change=change, per_seconds=per):
            return raw | {"kind": "rate", "change": change} | _write_time(per)
        case Frozen(samples=samples, seconds=seconds, tolerance=tolerance):
            return raw | {"kind": "frozen", "samples": samples, "tolerance": tolerance} | _write_time(seconds)
        case Stuck(seconds=seconds, tolerance=tolerance):
            return raw | {"kind": "stuck", "tolerance": tolerance} | _write_time(seconds)
        case Missing(seconds=seconds, valid_only=valid_only):
            return raw | {"kind": "missing", "valid_only": valid_only} | _write_time(seconds)
        case Flagged(flags=flags):
            return raw | {"kind": "flagged", "flags": [str(flag) for flag in sorted(flags)]}
        case Compare(other=other, operation=operation, bounds=bounds, within_seconds=within):
            whom = {"near": other.near.value, "group": other.of.value, "operation": operation.value}
            whom["other"] = identities.get(other.device, "") if other.device else ""
            if other.feed != leaf.feed or other.place or (other.device and not whom["other"]):
                raise NotEditable
            return raw | {"kind": "compare"} | whom | _write_time(within) | _write_bound(bounds, 1)


def _write_time(seconds: float) -> Raw:
    unit = next((unit for unit in (86400, 3600, 60) if seconds and seconds % unit == 0), 1)
    return {"time": seconds / unit, "time_unit": str(unit)}


def _write_bound(bounds: tuple[Bound, ...], scale: float) -> Raw:
    if len(bounds) != 1 or bounds[0].valid_from or bounds[0].valid_to:
        raise NotEditable
    values = {name: getattr(bounds[0], name) for name in ("high", "low", "clear_high", "clear_low")}
    return {name: value * scale for name, value in values.items() if value is not None}
