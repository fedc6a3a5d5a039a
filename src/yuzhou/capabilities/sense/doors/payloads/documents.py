"""Decoded JSON or CBOR into reports, with exact refusals."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import FLAGS, PROPERTY, Report, Value
from yuzhou.capabilities.sense.doors.payloads.times import microseconds_of

MEMBERS = frozenset({"at", "device", "values", "flags", "units"})
MOST_READINGS = 200_000
MOST_REMEMBERED = 512
"""Longer lists of names are looked at each time."""
TAKEN, NUMBERS = {float, bool, str}, {float, int}


def reports_of(document: Any, refusals: Refusals | None = None) -> list[Report]:
    """The reports of a document: an object, or a list of objects.

    Reports and values that are wrong are left out and noted in `refusals`; where none are given, the first raises Refused.
    """
    found: list[Report] = []
    count = 0
    for row, part in enumerate(_parts(document), 1):
        try:
            report = _report(part, row, refusals)
        except Refused as error:
            if refusals is None:
                raise
            values = part.get("values") if isinstance(part, Mapping) else None
            refusals.note(error.refusal, max(1, len(values)) if isinstance(values, Mapping) else 1)
            continue
        found.append(report)
        count += len(report.values)
        if count > MOST_READINGS:
            raise Refused("payload.too-many", most=MOST_READINGS)
    return found


def _parts(document: Any) -> Iterable[Any]:
    if isinstance(document, Mapping):
        return (document,)
    if not isinstance(document, list | tuple):
        raise Refused("payload.not-a-report")
    if not document:
        raise Refused("payload.empty")
    return document


def _report(part: Any, row: int, refusals: Refusals | None) -> Report:
    if not isinstance(part, Mapping):
        raise Refused("payload.not-a-report", row)
    if not part.keys() <= MEMBERS:
        raise Refused("payload.unknown-member", row, str(next(name for name in part if name not in MEMBERS))[:64])
    at = part.get("at")
    device = part.get("device")
    if device is not None and not isinstance(device, str):
        raise Refused("payload.device-unknown", row, "device", device=str(device)[:128])
    named = part.get("values")
    if not isinstance(named, Mapping) or not named:
        raise Refused("payload.no-values", row, "values")
    flags = _flags(part.get("flags"), named, row)
    return Report(
        values=_values(named, flags, row, refusals),
        at=None if at is None else microseconds_of(at, row),
        device=device,
        flags=flags,
        units=_units(part.get("units"), named, row),
        row=row,
    )


def _values(named: Mapping[Any, Any], flags: Mapping[str, str], row: int, refusals: Refusals | None) -> Mapping[str, Value]:
    """The values; one that is null is none, but if it bears a flag that flag is kept, with no number."""
    if len(named) <= MOST_REMEMBERED and _are_properties(tuple(named)):
        kinds = set(map(type, named.values()))
        if kinds <= TAKEN:
            return named
        if kinds <= NUMBERS:
            with suppress(OverflowError):
                return dict(zip(named, map(float, named.values()), strict=True))
    values: dict[str, Value] = {}
    for name, value in named.items():
        try:
            if not isinstance(name, str) or not PROPERTY.fullmatch(name):
                raise Refused("payload.property", row, f"values.{str(name)[:64]}")
            if value is not None or name in flags:
                values[name] = _value(value, row, name)
        except Refused as error:
            if refusals is None:
                raise
            refusals.note(error.refusal)
    return values


@lru_cache(4096)
def _are_properties(names: tuple[Any, ...]) -> bool:
    """Whether all of these are names of properties; devices send the same ones again and again."""
    return all(isinstance(name, str) and PROPERTY.fullmatch(name) for name in names)


def _value(value: Any, row: int, name: str) -> Value:
    if value is None:
        return math.nan
    if isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    raise Refused("payload.value", row, f"values.{name}")


def _flags(given: Any, values: Mapping[Any, Any], row: int) -> Mapping[str, str]:
    if not given:
        return {}
    if not isinstance(given, Mapping):
        raise Refused("payload.flag", row, "flags", flag=str(given)[:32])
    flags: dict[str, str] = {}
    for name, flag in given.items():
        if name not in values:
            raise Refused("payload.no-such-value", row, f"flags.{str(name)[:64]}")
        if not isinstance(flag, str) or len(flag) != 1 or flag.upper() not in FLAGS:
            raise Refused("payload.flag", row, f"flags.{name}", flag=str(flag)[:32])
        flags[name] = flag.upper()
    return flags


def _units(given: Any, values: Mapping[Any, Any], row: int) -> Mapping[str, str]:
    if not given:
        return {}
    if not isinstance(given, Mapping):
        raise Refused("payload.unit-unknown", row, "units", unit=str(given)[:32])
    for name, unit in given.items():
        if name not in values:
            raise Refused("payload.no-such-value", row, f"units.{str(name)[:64]}")
        if not isinstance(unit, str) or not 0 < len(unit) <= 64:
            raise Refused("payload.unit-unknown", row, f"units.{name}", unit=str(unit)[:32])
    return dict(given)
