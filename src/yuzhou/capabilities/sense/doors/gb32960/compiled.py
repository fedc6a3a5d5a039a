"""A structure made into arrays: where each property's number stands and how it becomes a value, for all at once."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import DataFlag, Mark, SeriesKey, SeriesSpec, Statistic
from yuzhou.capabilities.sense.doors.gb32960 import layouts
from yuzhou.capabilities.sense.doors.gb32960 import structure as items
from yuzhou.capabilities.sense.doors.gb32960.layouts import Field
from yuzhou.capabilities.sense.doors.gb32960.naming import describe
from yuzhou.capabilities.sense.doors.gb32960.structure import Structure
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH
from yuzhou.capabilities.sense.doors.gb32960.words import Version
from yuzhou.capabilities.sense.doors.intake.items import Shape

_ALL_BITS = 0xFFFF_FFFF
_NO_FIX, _SOUTH, _WEST = 1, 2, 4

Skip = int
"""Bytes that hold no property."""


class VehicleShape(Shape):
    """A layout whose motors, packs, cells and probes name themselves."""

    __slots__ = ()

    def describe(self, key: SeriesKey) -> SeriesSpec:
        """By what the property's name says."""
        return describe(key[0])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How to read data of one structure. All arrays have one element for each property, in order."""

    names: tuple[str, ...]
    shape: Shape
    numbers: struct.Struct
    source: NDArray[np.intp]  # which of the numbers
    shift: NDArray[np.int64]
    mask: NDArray[np.int64]
    zero: NDArray[np.int64]
    divisor: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    abnormal: NDArray[np.int64]
    invalid: NDArray[np.int64]
    fix: int  # places among the properties, -1 where there are none
    longitude: int
    latitude: int

    def read(self, data: bytes) -> tuple[list[float], bytes]:
        """Values and flags in the order of `names`.

        Abnormal numbers are NaN and a fault, invalid ones NaN and a broken link, those out of range are kept and say so;
        a position without a fix is suspect.
        """
        whole = np.array(self.numbers.unpack_from(data, TIME_LENGTH), np.int64)[self.source]
        values = ((whole >> self.shift & self.mask) - self.zero) / self.divisor
        outside = (whole < self.low) | (whole > self.high)
        flags = np.zeros(len(values), np.uint8)
        if outside.any():
            flags[outside] = DataFlag.OVER_RANGE
            abnormal, invalid = whole == self.abnormal, whole == self.invalid
            flags[abnormal], flags[invalid] = DataFlag.FAULT, DataFlag.LINK_FAULT
            values[abnormal | invalid] = np.nan
        if self.fix >= 0:
            self._locate(int(whole[self.fix]), values, flags)
        return values.tolist(), flags.tobytes()

    def _locate(self, fix: int, values: NDArray[np.float64], flags: NDArray[np.uint8]) -> None:
        """Give the position its signs; whether there is a fix is 1 or 0."""
        if fix > layouts.FIX.high:
            fix = _NO_FIX
        values[self.fix] = not fix & _NO_FIX
        if fix & _SOUTH and self.latitude >= 0:
            values[self.latitude] *= -1
        if fix & _WEST and self.longitude >= 0:
            values[self.longitude] *= -1
        if fix & _NO_FIX:
            for place in (self.latitude, self.longitude):
                if place >= 0:
                    flags[place] |= Mark.SUSPECT


def compile_layout(version: Version, structure: Structure) -> Layout:
    """Make the arrays for a structure. Of a property that stands in it twice the first counts."""
    wire = list(_fields(version, structure))
    fields = [field for field in wire if isinstance(field, Field)]
    numbers = struct.Struct(">" + "".join(field.code if isinstance(field, Field) else f"{field}x" for field in wire))
    found: dict[str, tuple[int, int, int, Field]] = {}
    for source, field in enumerate(fields):
        for part in field.parts:
            found.setdefault(part.name, (source, part.shift, part.mask, field))
        if field.name and not field.parts:
            found.setdefault(field.name, (source, 0, _ALL_BITS, field))
    rows = found.values()
    names = tuple(found)
    used = [field for _, _, _, field in rows]

    def column(values: Sequence[int]) -> NDArray[np.int64]:
        return np.array(values, np.int64)

    return Layout(
        names=names,
        shape=VehicleShape(tuple((name, Statistic.RTD) for name in names)),
        numbers=numbers,
        source=np.array([source for source, _, _, _ in rows], np.intp),
        shift=column([shift for _, shift, _, _ in rows]),
        mask=column([mask for _, _, mask, _ in rows]),
        zero=column([field.zero for field in used]),
        divisor=np.array([field.divisor for field in used], np.float64),
        low=column([field.low for field in used]),
        high=column([field.high for field in used]),
        abnormal=column([field.largest - 1 for field in used]),
        invalid=column([field.largest for field in used]),
        fix=_place(names, layouts.FIX),
        longitude=_place(names, layouts.LONGITUDE),
        latitude=_place(names, layouts.LATITUDE),
    )


def _place(names: tuple[str, ...], field: Field) -> int:
    return names.index(field.name) if field.name in names else -1


def _fields(version: Version, structure: Structure) -> Iterator[Field | Skip]:
    """What stands on the wire, item for item."""
    told = iter(structure)
    is_2016 = version is Version.V2016
    for number in told:
        yield 1
        if number >= items.FIRST_OWN:
            yield 2 + next(told)
        elif number == items.VEHICLE:
            yield from layouts.VEHICLE_2016 if is_2016 else layouts.VEHICLE_2025
        elif number == items.MOTORS:
            yield from _motors(told, layouts.MOTOR_2016 if is_2016 else layouts.MOTOR_2025)
        elif number == items.FUEL_CELL:
            yield from _fuel_cell(told) if is_2016 else layouts.FUEL_CELL_2025
        elif number == items.ENGINE:
            yield from layouts.ENGINE_2016 if is_2016 else layouts.ENGINE_2025
        elif number == items.POSITION:
            yield from layouts.POSITION_2016 if is_2016 else layouts.POSITION_2025
        else:
            yield from _later(is_2016, number, told)


def _later(is_2016: bool, number: int, told: Iterator[int]) -> Iterator[Field | Skip]:
    """The items whose numbers differ between the editions."""
    if is_2016 and number == items.EXTREMES:
        yield from layouts.EXTREMES
    elif number == (items.ALARM if is_2016 else items.ALARM_2025):
        yield from _alarm(is_2016, told)
    elif number == (items.VOLTAGES if is_2016 else items.VOLTAGES_2025):
        yield from _packs(is_2016, told)
    else:
        yield from _probes(told)


def _motors(told: Iterator[int], fields: tuple[Field, ...]) -> Iterator[Field | Skip]:
    yield 1
    for _ in range(next(told)):
        yield 1
        yield from layouts.several(fields, f"motor.{next(told)}.")


def _fuel_cell(told: Iterator[int]) -> Iterator[Field | Skip]:
    yield from layouts.FUEL_CELL_2016_HEAD
    yield 2
    for probe in range(next(told)):
        yield layouts.FUEL_CELL_PROBE.numbered(probe + 1)
    yield from layouts.FUEL_CELL_2016_TAIL


def _alarm(is_2016: bool, told: Iterator[int]) -> Iterator[Field | Skip]:
    yield layouts.ALARM_LEVEL
    yield layouts.alarm_flags(layouts.ALARMS_2016 if is_2016 else layouts.ALARMS_2025)
    for name in layouts.FAULT_LISTS:
        yield layouts.FAULT_COUNT.numbered(name)
        yield 4 * next(told)
    if not is_2016:
        yield 1 + 2 * next(told)


def _packs(is_2016: bool, told: Iterator[int]) -> Iterator[Field | Skip]:
    fields = layouts.PACK_2016 if is_2016 else layouts.PACK_2025
    yield 1
    for _ in range(next(told)):
        number, first, cells = next(told), next(told), next(told)
        yield 1
        yield from layouts.several(fields, f"pack.{number}.")
        yield 3 if is_2016 else 2
        for cell in range(first, first + cells):
            yield layouts.CELL.numbered(cell).named(f"pack.{number}.")


def _probes(told: Iterator[int]) -> Iterator[Field | Skip]:
    yield 1
    for _ in range(next(told)):
        number, probes = next(told), next(told)
        yield 3
        for probe in range(1, probes + 1):
            yield layouts.PROBE.numbered(probe).named(f"pack.{number}.")
