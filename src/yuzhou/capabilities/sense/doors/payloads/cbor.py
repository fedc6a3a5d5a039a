"""Reports out of CBOR (RFC 8949): the members of JSON under their names, or a compact form under small numbers.

Compact: `{0: device, 1: at, 2: {name: value}, 3: {name: flag}, 4: {name: unit}}`, and for many moments of the same values
`{0: device, 1: at, 5: [names], 6: [[milliseconds after at, value, value …], …], 4: units}`. A list holds several of these.
`at` is a number as in JSON, or a date of CBOR (tags 0 and 1).
"""

import io
from collections.abc import Mapping
from typing import Any

import cbor2

from yuzhou.capabilities.sense.doors.payloads.documents import MOST_READINGS, reports_of
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import Report
from yuzhou.capabilities.sense.doors.payloads.times import microseconds_of

NAMES = {0: "device", 1: "at", 2: "values", 3: "flags", 4: "units", 5: "names", 6: "rows"}
MILLISECOND = 1000
DEEPEST = 12


def read_cbor(content: bytes, refusals: Refusals | None = None) -> list[Report]:
    """The reports in a CBOR item. What is wrong is noted in `refusals` and left out; where none are given, it raises Refused."""
    if not content:
        raise Refused("payload.empty")
    document = _decode(content)
    if isinstance(document, list | tuple):
        parts = [part for row, one in enumerate(document, 1) for part in _spelled_out(one, row, refusals)]
        return reports_of(parts if document else [], refusals) if parts or not document else []
    parts = _spelled_out(document, 1, refusals)
    return reports_of(parts, refusals) if parts else []


def _decode(content: bytes) -> Any:
    decoder = cbor2.CBORDecoder(io.BytesIO(content), max_depth=DEEPEST, allow_duplicate_keys=False)
    try:
        document = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, MemoryError, RecursionError) as error:
        raise Refused("payload.not-cbor", problem=str(error)[:120] or type(error).__name__) from None
    try:
        decoder.decode()
    except cbor2.CBORDecodeEOF:
        return document
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, MemoryError, RecursionError):
        pass
    raise Refused("payload.not-cbor", problem="more bytes after the end")


def _spelled_out(part: Any, row: int, refusals: Refusals | None) -> list[Any]:
    """A part with its members under their names; rows become a report each."""
    if not isinstance(part, Mapping):
        return [part]
    named = {NAMES.get(key, key) if type(key) is int else key: value for key, value in part.items()}
    if "rows" not in named and "names" not in named:
        return [named]
    try:
        return _from_rows(named, row)
    except Refused as error:
        if refusals is None:
            raise
        refusals.note(error.refusal)
        return []


def _from_rows(named: dict[Any, Any], row: int) -> list[Any]:
    names, rows = named.pop("names", None), named.pop("rows", None)
    if not isinstance(names, list | tuple) or not isinstance(rows, list | tuple) or "values" in named or not names:
        raise Refused("payload.not-a-report", row)
    if not all(isinstance(name, str) for name in names):
        raise Refused("payload.property", row, "names")
    if len(names) * len(rows) > MOST_READINGS:
        raise Refused("payload.too-many", most=MOST_READINGS)
    start = named.pop("at", None)
    base = None if start is None else microseconds_of(start, row)
    units = named.get("units") or {}
    return [_one_row(cells, list(names), base, named, units, row) for cells in rows]


def _one_row(cells: Any, names: list[Any], base: int | None, named: dict[Any, Any], units: Any, row: int) -> dict[Any, Any]:
    if not isinstance(cells, list | tuple) or len(cells) != len(names) + 1:
        found = len(cells) if isinstance(cells, list | tuple) else 0
        raise Refused("payload.cells", row, "rows", found=found, expected=len(names) + 1)
    first, *values = cells
    if base is None:
        at = microseconds_of(first, row)
    elif isinstance(first, bool) or not isinstance(first, int | float) or abs(first) > 1e14:
        raise Refused("payload.time", row, "rows")
    else:
        at = base + round(first * MILLISECOND)
    kept = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    own_units = {name: unit for name, unit in units.items() if name in kept} if isinstance(units, Mapping) else units
    return {**named, "at": _at(at), "values": kept or dict.fromkeys(names), "units": own_units}


def _at(microseconds: int) -> Any:
    """A moment that the reader of reports takes for what it is, whatever its size: nanoseconds are beyond doubt."""
    return microseconds * 1000 if abs(microseconds) >= 10**14 else microseconds / 1e6
