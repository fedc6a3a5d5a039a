"""Readings of one payload in columns: what tables are read into, and what a list of reports becomes."""

import builtins
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.payloads.meanings import BEYOND, NO_NUMBER, Described, number_named, scale_for
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusal, Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import Report
from yuzhou.capabilities.sense.doors.payloads.times import AHEAD, BEHIND, SECOND

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
_NUMBERS = {flag.letter: int(flag) for flag in DataFlag}

Meaning = Callable[[str, str], tuple[Described | None, str]]
"""Of a device and a property: how the profile describes it, and the unit that its series is kept in ("" where none is known)."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One row per reading. `device`, `property` and `unit` are places in the tuples (unit −1: its own); `at` in µs since 1970.

    `row`: the row of the payload that it came from, from 1. `texts`: those that were left out (device, property, row, text).
    """

    devices: tuple[str, ...]
    properties: tuple[str, ...]
    device: Int
    property: Int
    at: Int
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    row: Int
    units: tuple[str, ...] = ()
    unit: Int | None = None
    texts: tuple[tuple[str, str, int, str], ...] = ()

    def __len__(self) -> int:
        return len(self.at)

    def take(self, chosen: Bool) -> "Columns":
        """Some of the readings."""
        if chosen.all():
            return self
        unit = None if self.unit is None else self.unit[chosen]
        return replace(
            self,
            device=self.device[chosen],
            property=self.property[chosen],
            at=self.at[chosen],
            value=self.value[chosen],
            flag=self.flag[chosen],
            row=self.row[chosen],
            unit=unit,
        )

    @builtins.property
    def unnumbered(self) -> int:
        """How many texts were left out."""
        return len(self.texts)

    @builtins.property
    def pairs(self) -> Int:
        """One number for each device and property."""
        return self.device * max(1, len(self.properties)) + self.property


def columns_of(reports: Sequence[Report], *, received: int, default_device: str = "") -> Columns:
    """Reports as columns. Texts stay out, but are counted; `NaN` and the like are numbers that are none."""
    if all(map(_is_plain, reports)):
        return _of_plain(reports, received, default_device)
    devices: dict[str, int] = {}
    properties: dict[str, int] = {}
    units: dict[str, int] = {}
    rows: list[tuple[int, int, int, float, int, int, int]] = []
    texts: list[tuple[str, str, int, str]] = []
    for report in reports:
        device = devices.setdefault(report.device or default_device, len(devices))
        at = received if report.at is None else report.at
        for name, value in report.values.items():
            if isinstance(value, str):
                if value not in ("NaN", "Infinity", "-Infinity"):
                    texts.append((report.device or default_device, name, report.row, value))
                    continue
                value = math.nan
            flag = _NUMBERS[report.flags[name]] if name in report.flags else 0
            given = report.units.get(name)
            unit = -1 if given is None else units.setdefault(given, len(units))
            rows.append((device, properties.setdefault(name, len(properties)), at, float(value), flag, report.row, unit))
    device_, property_, at_, value_, flag_, row_, unit_ = zip(*rows, strict=True) if rows else ((),) * 7
    return Columns(
        devices=tuple(devices),
        properties=tuple(properties),
        device=_whole(device_),
        property=_whole(property_),
        at=_whole(at_),
        value=np.array(value_, np.float64),
        flag=np.array(flag_, np.uint8),
        row=_whole(row_),
        units=tuple(units),
        unit=_whole(unit_) if units else None,
        texts=tuple(texts),
    )


def _is_plain(report: Report) -> bool:
    """Whether there is nothing but numbers in it, as in nearly all."""
    return not report.flags and not report.units and {float, bool}.issuperset(map(type, report.values.values()))


def _of_plain(reports: Sequence[Report], received: int, default_device: str) -> Columns:
    """Reports of numbers alone, by report and not by reading."""
    devices: dict[str, int] = {}
    properties: dict[str, int] = {}
    places: dict[tuple[str, ...], list[int]] = {}
    property_: list[int] = []
    value: list[Any] = []
    heads: list[tuple[int, int, int, int]] = []
    for report in reports:
        names = tuple(report.values)
        if names not in places:
            places[names] = [properties.setdefault(name, len(properties)) for name in names]
        property_ += places[names]
        value += report.values.values()
        device = devices.setdefault(report.device or default_device, len(devices))
        heads.append((device, received if report.at is None else report.at, report.row, len(names)))
    device_, at_, row_, count = np.array(heads, np.int64).reshape(-1, 4).T
    return Columns(
        devices=tuple(devices),
        properties=tuple(properties),
        device=np.repeat(device_, count),
        property=_whole(property_),
        at=np.repeat(at_, count),
        value=np.array(value, np.float64),
        flag=np.zeros(len(value), np.uint8),
        row=np.repeat(row_, count),
    )


def _whole(numbers: Iterable[Any]) -> Int:
    return np.array(list(numbers), np.int64)


def settle(columns: Columns, *, meaning: Meaning, now: int, refusals: Refusals) -> Columns:
    """Convert units, judge times, numbers and bounds; what is wrong is noted in `refusals` and left out."""
    columns = _in_time(columns, now, refusals)
    if not len(columns):
        return columns
    pairs, place = np.unique(columns.pairs, return_inverse=True)
    value, flag = columns.value.copy(), columns.flag.copy()
    keep = np.ones(len(columns), np.bool_)
    width = max(1, len(columns.properties))
    for number, pair in enumerate(pairs.tolist()):
        name = columns.properties[pair % width]
        described, wanted = meaning(columns.devices[pair // width], name)
        bounded = described is not None and (described.low is not None or described.high is not None)
        if not bounded and columns.unit is None:
            continue
        mine = np.nonzero(place == number)[0]
        if columns.unit is not None:
            _convert(columns, mine, value, wanted, f"units.{name}", keep, refusals)
        if bounded and described is not None:
            _bound(value, flag, mine, described)
    wrong = ~np.isfinite(value)
    if wrong.any():
        value[wrong] = np.nan
        flag[wrong] = np.where(flag[wrong] == 0, NO_NUMBER, flag[wrong] | int(Mark.SUSPECT))
    return replace(columns, value=value, flag=flag, units=(), unit=None).take(keep)


def without_wrong_texts(columns: Columns, meaning: Meaning, refusals: Refusals) -> Columns:
    """Refuse texts of properties that are described as numbers; those of others are left out as before, and counted."""
    others = []
    for text in columns.texts:
        device, name, row, value = text
        described, _ = meaning(device, name)
        if described is None or number_named(value, described) is not None:
            others.append(text)
        else:
            refusals.note(Refusal("payload.not-numeric", row, f"values.{name}"))
    return replace(columns, texts=tuple(others)) if len(others) < len(columns.texts) else columns


def _convert(
    columns: Columns, mine: Int, value: NDArray[np.float64], wanted: str, field: str, keep: Bool, refusals: Refusals
) -> None:
    assert columns.unit is not None  # noqa: S101 - asked by the caller
    for code in np.unique(columns.unit[mine]).tolist():
        if code < 0:
            continue
        chosen = mine[columns.unit[mine] == code]
        try:
            scale = scale_for(columns.units[code], wanted, int(columns.row[chosen[0]]), field)
        except Refused as error:
            refusals.note(error.refusal, len(chosen))
            keep[chosen] = False
            continue
        if not scale.is_same:
            value[chosen] = scale.all(value[chosen])


def _bound(value: NDArray[np.float64], flag: NDArray[np.uint8], mine: Int, described: Described) -> None:
    low = -math.inf if described.low is None else described.low
    high = math.inf if described.high is None else described.high
    beyond = mine[(value[mine] < low) | (value[mine] > high)]
    flag[beyond] = np.where(flag[beyond] == 0, BEYOND, flag[beyond] | int(Mark.SUSPECT))


def _in_time(columns: Columns, now: int, refusals: Refusals) -> Columns:
    ahead, behind = columns.at > now + AHEAD, columns.at < now - BEHIND
    for wrong, code, name, scale in (
        (ahead, "payload.future-time", "seconds", SECOND),
        (behind, "payload.past-time", "days", 86_400 * SECOND),
    ):
        note_rows(
            refusals,
            code,
            columns.row[wrong],
            "at",
            [{name: int(abs(at - now)) // scale} for at in columns.at[wrong][:100].tolist()],
        )
    return columns.take(~(ahead | behind)) if (ahead | behind).any() else columns


def note_rows(refusals: Refusals, code: str, rows: Int, field: str, params: Sequence[dict[str, Any]] = ()) -> None:
    """Note one refusal for each row, the many that follow the first ones by their number alone; readings of one row as one."""
    if not len(rows):
        return
    distinct, first, counts = np.unique(rows, return_index=True, return_counts=True)
    for position, (row, place, count) in enumerate(zip(distinct.tolist(), first.tolist(), counts.tolist(), strict=True)):
        if position == 100:
            refusals.note(Refusal(code, row, field), int(counts[position:].sum()))
            return
        refusals.note(Refusal(code, row, field, params[place] if place < len(params) else {}), count)
