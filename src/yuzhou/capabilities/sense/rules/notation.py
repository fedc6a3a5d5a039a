"""A rule's definition as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.rules.definition import (
    FRESH,
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    Days,
    Definition,
    During,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Near,
    Operation,
    Other,
    Rate,
    Schedule,
    Stuck,
    Then,
    Window,
)
from yuzhou.kernel.severity import Severity

Json = Mapping[str, Any]


def write_definition(definition: Definition) -> dict[str, Any]:
    """As JSON."""
    written: dict[str, Any] = {
        "levels": [
            {
                "severity": int(level.severity),
                "when": write_condition(level.when),
                "hold_seconds": level.hold_seconds,
                "clear_seconds": level.clear_seconds,
            }
            for level in definition.levels
        ]
    }
    if definition.then:
        written["then"] = [_write_then(then) for then in definition.then]
    return written


def read_definition(data: Json) -> Definition:
    """From JSON; raises KeyError, TypeError or ValueError where it is no definition."""
    return Definition(
        tuple(
            Level(
                severity=Severity(item["severity"]),
                when=read_condition(item["when"]),
                hold_seconds=float(item.get("hold_seconds", 0)),
                clear_seconds=float(item.get("clear_seconds", 0)),
            )
            for item in data["levels"]
        ),
        tuple(_read_then(item) for item in data.get("then", ())),
    )


def write_condition(condition: Condition) -> dict[str, Any]:
    """As JSON, tagged by `kind`."""
    match condition:
        case All(of=parts):
            return {"kind": "all", "of": [write_condition(part) for part in parts]}
        case AnyOf(of=parts):
            return {"kind": "any", "of": [write_condition(part) for part in parts]}
        case During(of=of, schedule=schedule):
            return {"kind": "during", "of": [write_condition(of)], **_write_schedule(schedule)}
        case Limit(feed=feed, bounds=bounds):
            return {"kind": "limit", **_write_feed(feed), **_write_bounds(bounds)}
        case Missing(feed=feed, seconds=seconds, valid_only=valid_only):
            return {"kind": "missing", **_write_feed(feed), "seconds": seconds, "valid_only": valid_only}
        case Frozen(feed=feed, samples=samples, seconds=seconds, tolerance=tolerance):
            return {"kind": "frozen", **_write_feed(feed), "samples": samples, "seconds": seconds, "tolerance": tolerance}
        case Rate(feed=feed, change=change, per_seconds=per):
            return {"kind": "rate", **_write_feed(feed), "change": change, "per_seconds": per}
        case Flagged(feed=feed, flags=flags):
            return {"kind": "flagged", **_write_feed(feed), "flags": sorted(flags)}
        case Window(feed=feed, of=aggregate, seconds=seconds, bounds=bounds, at_least=least, every_seconds=every):
            numbers = {"seconds": seconds, "at_least": least, "every_seconds": every}
            return {"kind": "window", **_write_feed(feed), "aggregate": aggregate.value, **numbers, **_write_bounds(bounds)}
        case Stuck(feed=feed, seconds=seconds, tolerance=tolerance, at_least=least):
            return {"kind": "stuck", **_write_feed(feed), "seconds": seconds, "tolerance": tolerance, "at_least": least}
        case Compare(feed=feed, other=other, operation=operation, bounds=bounds, within_seconds=within):
            against = {"other": _write_other(other), "operation": operation.value, "within_seconds": within}
            return {"kind": "compare", **_write_feed(feed), **against, **_write_bounds(bounds)}


def read_condition(data: Json) -> Condition:
    """From JSON."""
    kind = data["kind"]
    if kind == "all":
        return All(tuple(read_condition(part) for part in data["of"]))
    if kind == "any":
        return AnyOf(tuple(read_condition(part) for part in data["of"]))
    if kind == "during":
        (part,) = data["of"]
        return During(read_condition(part), _read_schedule(data))
    feed = _read_feed(data)
    match kind:
        case "limit":
            return Limit(feed, _read_bounds(data))
        case "missing":
            return Missing(feed, float(data["seconds"]), bool(data.get("valid_only", False)))
        case "frozen":
            return Frozen(feed, int(data["samples"]), float(data["seconds"]), float(data["tolerance"]))
        case "rate":
            return Rate(feed, float(data["change"]), float(data["per_seconds"]))
        case "flagged":
            return Flagged(feed, frozenset(int(flag) for flag in data["flags"]))
        case "window":
            bounds, least = _read_bounds(data), int(data.get("at_least", 2))
            every = float(data.get("every_seconds", 0))
            return Window(feed, Aggregate(data["aggregate"]), float(data["seconds"]), bounds, least, every)
        case "stuck":
            return Stuck(feed, float(data["seconds"]), float(data.get("tolerance", 0)), int(data.get("at_least", 3)))
        case "compare":
            within = float(data.get("within_seconds", 600))
            return Compare(feed, _read_other(data["other"]), Operation(data["operation"]), _read_bounds(data), within)
    raise ValueError(kind)


def _write_feed(feed: Feed) -> dict[str, str]:
    return {"property": feed.property, "statistic": str(feed.statistic)}


def _read_feed(data: Json) -> Feed:
    return Feed(str(data["property"]), str(data["statistic"]))


def _write_other(other: Other) -> dict[str, Any]:
    if other.device is not None:
        return {**_write_feed(other.feed), "device": str(other.device)}
    group = {"profile": other.profile, "near": other.near.value, "place": other.place, "aggregate": other.of.value}
    return {**_write_feed(other.feed), **group}


def _read_other(data: Json) -> Other:
    return Other(
        _read_feed(data),
        device=UUID(data["device"]) if data.get("device") else None,
        profile=str(data.get("profile", "")),
        near=Near(data.get("near", "everywhere")),
        place=str(data.get("place", "")),
        of=Aggregate(data.get("aggregate", "mean")),
    )


def _write_schedule(schedule: Schedule) -> dict[str, Any]:
    hours = [[_clock(start), _clock(end)] for start, end in schedule.hours]
    return {"hours": hours, "weekdays": sorted(schedule.weekdays), "days": schedule.days.value}


def _read_schedule(data: Json) -> Schedule:
    hours = tuple((_minute(start), _minute(end)) for start, end in data.get("hours", ()))
    return Schedule(hours, frozenset(int(day) for day in data.get("weekdays", ())), Days(data.get("days", "every")))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(clock: str) -> int:
    """Minutes since midnight; raises ValueError where it is no time of the day."""
    hours, minutes = (int(part) for part in clock.split(":"))
    if not (0 <= hours <= 24 and 0 <= minutes < 60 and hours * 60 + minutes <= 1440):
        raise ValueError(clock)
    return hours * 60 + minutes


def _write_then(then: Then) -> dict[str, Any]:
    written = {"command": then.command, "params": dict(then.params), "severity": int(then.severity)}
    written["dead_seconds"] = then.dead_seconds
    written |= {"fresh_seconds": then.fresh_seconds} if then.fresh_seconds != FRESH else {}
    return written | ({"device": str(then.device)} if then.device else {})


def _read_then(data: Json) -> Then:
    return Then(
        command=str(data["command"]),
        params=tuple(sorted(dict(data.get("params", {})).items())),
        severity=Severity(data.get("severity", 1)),
        dead_seconds=float(data.get("dead_seconds", 600)),
        device=UUID(data["device"]) if data.get("device") else None,
        fresh_seconds=float(data.get("fresh_seconds", FRESH)),
    )


def _write_bounds(bounds: tuple[Bound, ...]) -> dict[str, Any]:
    return {"bounds": [_write_bound(bound) for bound in bounds]}


def _read_bounds(data: Json) -> tuple[Bound, ...]:
    return tuple(_read_bound(bound) for bound in data["bounds"])


def _write_bound(bound: Bound) -> dict[str, Any]:
    numbers = {name: getattr(bound, name) for name in ("high", "low", "clear_high", "clear_low")}
    moments = {name: getattr(bound, name) for name in ("valid_from", "valid_to")}
    return {
        **{name: value for name, value in numbers.items() if value is not None},
        **{name: value.isoformat() for name, value in moments.items() if value is not None},
    }


def _read_bound(data: Json) -> Bound:
    def number(name: str) -> float | None:
        return None if data.get(name) is None else float(data[name])

    def moment(name: str) -> datetime | None:
        return None if data.get(name) is None else datetime.fromisoformat(data[name])

    return Bound(
        high=number("high"),
        low=number("low"),
        clear_high=number("clear_high"),
        clear_low=number("clear_low"),
        valid_from=moment("valid_from"),
        valid_to=moment("valid_to"),
    )
