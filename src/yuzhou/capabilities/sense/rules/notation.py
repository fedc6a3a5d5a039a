"""A rule's definition as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yuzhou.capabilities.sense.rules.definition import (
    All,
    AnyOf,
    Bound,
    Condition,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Rate,
)
from yuzhou.kernel.severity import Severity

Json = Mapping[str, Any]


def write_definition(definition: Definition) -> dict[str, Any]:
    """As JSON."""
    return {
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
        )
    )


def write_condition(condition: Condition) -> dict[str, Any]:
    """As JSON, tagged by `kind`."""
    match condition:
        case All(of=parts):
            return {"kind": "all", "of": [write_condition(part) for part in parts]}
        case AnyOf(of=parts):
            return {"kind": "any", "of": [write_condition(part) for part in parts]}
        case Limit(feed=feed, bounds=bounds):
            return {"kind": "limit", **_write_feed(feed), "bounds": [_write_bound(bound) for bound in bounds]}
        case Missing(feed=feed, seconds=seconds, valid_only=valid_only):
            return {"kind": "missing", **_write_feed(feed), "seconds": seconds, "valid_only": valid_only}
        case Frozen(feed=feed, samples=samples, seconds=seconds, tolerance=tolerance):
            return {"kind": "frozen", **_write_feed(feed), "samples": samples, "seconds": seconds, "tolerance": tolerance}
        case Rate(feed=feed, change=change, per_seconds=per):
            return {"kind": "rate", **_write_feed(feed), "change": change, "per_seconds": per}
        case Flagged(feed=feed, flags=flags):
            return {"kind": "flagged", **_write_feed(feed), "flags": sorted(flags)}


def read_condition(data: Json) -> Condition:
    """From JSON."""
    kind = data["kind"]
    if kind == "all":
        return All(tuple(read_condition(part) for part in data["of"]))
    if kind == "any":
        return AnyOf(tuple(read_condition(part) for part in data["of"]))
    feed = Feed(str(data["property"]), str(data["statistic"]))
    match kind:
        case "limit":
            return Limit(feed, tuple(_read_bound(bound) for bound in data["bounds"]))
        case "missing":
            return Missing(feed, float(data["seconds"]), bool(data.get("valid_only", False)))
        case "frozen":
            return Frozen(feed, int(data["samples"]), float(data["seconds"]), float(data["tolerance"]))
        case "rate":
            return Rate(feed, float(data["change"]), float(data["per_seconds"]))
        case "flagged":
            return Flagged(feed, frozenset(int(flag) for flag in data["flags"]))
    raise ValueError(kind)


def _write_feed(feed: Feed) -> dict[str, str]:
    return {"property": feed.property, "statistic": str(feed.statistic)}


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
