"""An outlet's day as JSON, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from yuzhou.domains.environment.rules.daily import FactorDay, OutletDay
from yuzhou.domains.environment.rules.limits import Averaging, Limit


def write_day(day: OutletDay) -> dict[str, Any]:
    """As JSON; equal days give equal JSON."""
    return {"hours": day.hours, "stopped": day.stopped, "factors": [_write_factor(item) for item in day.factors]}


def read_day(data: Mapping[str, Any]) -> OutletDay:
    """From JSON."""
    return OutletDay(hours=data["hours"], stopped=data["stopped"], factors=tuple(_read_factor(item) for item in data["factors"]))


def write_limit(limit: Limit) -> dict[str, Any]:
    """As JSON."""
    return {
        **asdict(limit),
        "averaging": limit.averaging.value,
        "valid_from": limit.valid_from.isoformat(),
        "valid_to": limit.valid_to.isoformat() if limit.valid_to else None,
    }


def read_limit(data: Mapping[str, Any]) -> Limit:
    """From JSON."""
    return Limit(
        **{
            **data,
            "averaging": Averaging(data["averaging"]),
            "valid_from": date.fromisoformat(data["valid_from"]),
            "valid_to": date.fromisoformat(data["valid_to"]) if data["valid_to"] else None,
        }
    )


def _write_factor(item: FactorDay) -> dict[str, Any]:
    return {**asdict(item), "limit": write_limit(item.limit) if item.limit else None}


def _read_factor(data: Mapping[str, Any]) -> FactorDay:
    return FactorDay(**{**data, "limit": read_limit(data["limit"]) if data["limit"] else None})
