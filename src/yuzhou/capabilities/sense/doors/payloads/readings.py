"""Reports into the readings that the intake takes: units converted, flags and bounds judged, layouts reused."""

import math
from collections.abc import Mapping

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.intake.items import Readings
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.payloads.meanings import (
    BEYOND,
    NO_NUMBER,
    NOTHING_DESCRIBED,
    Described,
    Properties,
    is_beyond,
    number_named,
    scale_for,
)
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusal, Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import Report, Value
from yuzhou.capabilities.sense.doors.payloads.times import AHEAD, BEHIND, SECOND

NOT_NUMERIC = "not-numeric"
_NUMBERS = {flag.letter: int(flag) for flag in DataFlag}


def readings_of(
    report: Report,
    shapes: Shapes,
    *,
    received: int,
    properties: Properties = NOTHING_DESCRIBED,
    units: Mapping[str, str] | None = None,
    refusals: Refusals | None = None,
) -> Readings | None:
    """The readings of a report, None where it holds none. `received` in µs; `units`: what series are kept in without a profile.

    Texts are left out and marked `not-numeric`, unless they name a number of an enumeration; those of described properties are
    noted in `refusals` too. No finite number: NaN with the
    flags fault and suspect. Beyond what is possible: over range and suspect. A wrong unit is noted in `refusals` and its value
    left out; where none are given, it raises Refused. A wrong time always raises.
    """
    at = received if report.at is None else report.at
    check_time(at, received, report.row)
    plain = _plain(report, shapes, at, properties)
    if plain is not None:
        return plain
    names: list[str] = []
    values: list[float] = []
    flags = bytearray()
    marks: tuple[str, ...] = ()
    for name, value in report.values.items():
        described = properties.get(name)
        number = _number(value, described)
        if number is None:
            marks = (NOT_NUMERIC,)
            if described is not None and refusals is not None:
                refusals.note(Refusal("payload.not-numeric", report.row, f"values.{name}"))
            continue
        given = report.units.get(name)
        if given is not None:
            wanted = described.unit if described is not None else (units or {}).get(name, "")
            try:
                number = scale_for(given, wanted, report.row, f"units.{name}").one(number)
            except Refused as error:
                if refusals is None:
                    raise
                refusals.note(error.refusal)
                continue
        flag = _NUMBERS[report.flags[name]] if name in report.flags else 0
        if not math.isfinite(number):
            number, flag = math.nan, NO_NUMBER if flag == 0 else flag | int(Mark.SUSPECT)
        elif is_beyond(number, described):
            flag = BEYOND if flag == 0 else flag | int(Mark.SUSPECT)
        names.append(name)
        values.append(number)
        flags.append(flag)
    if not names:
        return None
    return Readings(shapes.of(tuple(names)), values, bytes(flags), at, marks=marks)


def _plain(report: Report, shapes: Shapes, at: int, properties: Properties) -> Readings | None:
    """The readings of a report of nothing but ordinary numbers, as nearly all are; None for any other."""
    if report.flags or report.units or not report.values:
        return None
    numbers = list(report.values.values())
    if set(map(type, numbers)) != {float} or not math.isfinite(sum(numbers)):  # type: ignore[arg-type]  # floats, looked at first
        return None
    if properties and any(is_beyond(value, properties.get(name)) for name, value in report.values.items()):  # type: ignore[arg-type]  # as above
        return None
    return Readings(shapes.of(tuple(report.values)), numbers, bytes(len(numbers)), at)  # type: ignore[arg-type]  # as above


def _number(value: Value, described: Described | None) -> float | None:
    return number_named(value, described) if isinstance(value, str) else float(value)


def check_time(at: int, now: int, row: int = 0) -> None:
    """Refuse what lies ahead of our clock, or is older than any device keeps."""
    if at > now + AHEAD:
        raise Refused("payload.future-time", row, "at", seconds=(at - now) // SECOND)
    if at < now - BEHIND:
        raise Refused("payload.past-time", row, "at", days=(now - at) // SECOND // 86_400)
