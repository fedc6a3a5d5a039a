"""Arrow tables into columns of readings, wide or long, without an object per reading.

Long: one reading a row, in the columns `property`, `at`, `value` and, where wanted, `device`, `flag`, `unit`. Wide: one moment a
row, in `at`, where wanted `device` and `flag` (for the whole row), and a column for each property; its unit stands in the
name (`temperature (Cel)`) or in the field's metadata `unit`.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yuzhou.capabilities.sense.doors.payloads.columns import Columns, Int, note_rows
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import FLAGS, PROPERTY
from yuzhou.capabilities.sense.doors.payloads.times import SCALES, microseconds_of

MOST_READINGS = 200_000
MOST_COLUMNS = 512
LONG = ("property", "value")
OF_LONG = frozenset({"at", "device", "property", "value", "flag", "unit"})
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?$|^[+-]?(nan|NaN|NAN|inf|Inf|INF|Infinity)$"
WITH_UNIT = re.compile(r"(.+?) ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
ABSENT = np.iinfo(np.int64).min


def columns_of_table(table: pa.Table, refusals: Refusals, *, rows: Int | None = None, device: str = "") -> Columns:
    """A table as columns; `rows`: the number of each row in the payload, `device`: whose it is where no column says.

    What is wrong is noted and left out; raises Refused where the table cannot be read at all.
    """
    names = [str(name) for name in table.column_names]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("payload.column-twice", column=twice[:64])
    if "at" not in names:
        raise Refused("payload.column-missing", column="at")
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64) if rows is None else rows
    table = table.combine_chunks()
    read = _read_long if all(name in names for name in LONG) else _read_wide
    return read(table, rows, device, refusals)


def _read_long(table: pa.Table, rows: Int, device: str, refusals: Refusals) -> Columns:
    for name in table.column_names:
        if name not in OF_LONG:
            raise Refused("payload.unknown-member", field=str(name)[:64])
    if table.num_rows > MOST_READINGS:
        raise Refused("payload.too-many", most=MOST_READINGS)
    properties, of = _texts(table, "property")
    fits = np.array([bool(PROPERTY.fullmatch(name)) for name in properties] + [False])
    note_rows(refusals, "payload.property", rows[~fits[of]], "property")
    at, timed = _times(table, rows, refusals)
    value, there, unnumbered = _numbers(_column(table, "value"), "value")
    note_rows(refusals, "payload.not-numeric", rows[unnumbered], "value")
    flag, flagged = _flags(table, rows, refusals)
    devices, whose = _devices(table, rows, device, refusals)
    units, unit = _texts(table, "unit") if "unit" in table.column_names else ((), None)
    found = Columns(devices, properties, whose, of, at, value, flag, rows, units, unit)
    return found.take(fits[of] & timed & there & flagged & (whose >= 0))


def _read_wide(table: pa.Table, rows: Int, device: str, refusals: Refusals) -> Columns:
    fields = [
        (name, *_property_of(table.schema.field(name))) for name in table.column_names if name not in ("at", "device", "flag")
    ]
    if not fields:
        raise Refused("payload.no-values")
    if len(fields) > MOST_COLUMNS:
        raise Refused("payload.too-many-series", most=MOST_COLUMNS)
    if table.num_rows * len(fields) > MOST_READINGS:
        raise Refused("payload.too-many", most=MOST_READINGS)
    at, timed = _times(table, rows, refusals)
    flag, flagged = _flags(table, rows, refusals)
    devices, whose = _devices(table, rows, device, refusals)
    usable = timed & flagged & (whose >= 0)
    values = np.empty((table.num_rows, len(fields)))
    present = np.empty(values.shape, np.bool_)
    for place, (name, _, _) in enumerate(fields):
        values[:, place], present[:, place], unnumbered = _numbers(_column(table, name), name)
        note_rows(refusals, "payload.not-numeric", rows[unnumbered], name)
    present &= usable[:, None]
    row, column = np.nonzero(present)
    units = tuple(dict.fromkeys(unit for _, _, unit in fields if unit))
    places = np.array([units.index(unit) if unit else -1 for _, _, unit in fields], np.int64)
    return Columns(
        devices=devices,
        properties=tuple(name for _, name, _ in fields),
        device=whose[row],
        property=column.astype(np.int64),
        at=at[row],
        value=values[present],
        flag=flag[row],
        row=rows[row],
        units=units,
        unit=places[column] if units else None,
    )


def _property_of(field: Any) -> tuple[str, str]:
    """The property that a column holds, and its unit where one is said."""
    name, unit = str(field.name), ""
    match = WITH_UNIT.fullmatch(name)
    if match:
        name, unit = match[1], match[2]
    if field.metadata and b"unit" in field.metadata:
        unit = field.metadata[b"unit"].decode("utf-8", "replace")
    if not PROPERTY.fullmatch(name):
        raise Refused("payload.property", 0, str(field.name)[:64])
    return name, unit


def _column(table: pa.Table, name: str) -> Any:
    """A column in one piece, without a dictionary."""
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _wrong_type(name: str, kind: Any) -> Refused:
    return Refused("payload.column-type", column=name[:64], kind=str(kind)[:64])


def _texts(table: pa.Table, name: str) -> tuple[tuple[str, ...], Int]:
    """The distinct texts of a column, and for each row which it is, −1 for none."""
    column = _column(table, name)
    if pa.types.is_null(column.type):
        return (), np.full(len(column), -1, np.int64)
    if not _is_text(column.type):
        raise _wrong_type(name, column.type)
    coded = pc.dictionary_encode(pc.utf8_trim_whitespace(column))
    texts = tuple(coded.dictionary.to_pylist())
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if "" in texts:
        codes[codes == texts.index("")] = -1
    return texts, codes


def _devices(table: pa.Table, rows: Int, device: str, refusals: Refusals) -> tuple[tuple[str, ...], Int]:
    if "device" not in table.column_names:
        if not device:
            raise Refused("payload.column-missing", column="device")
        return (device,), np.zeros(table.num_rows, np.int64)
    devices, whose = _texts(table, "device")
    if device:
        devices, whose = (*devices, device), np.where(whose < 0, len(devices), whose)
    note_rows(refusals, "payload.device-missing", rows[whose < 0], "device")
    return devices, whose


def _flags(table: pa.Table, rows: Int, refusals: Refusals) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    if "flag" not in table.column_names:
        return np.zeros(table.num_rows, np.uint8), np.ones(table.num_rows, np.bool_)
    letters, which = _texts(table, "flag")
    numbers = [FLAGS.index(letter.upper()) if len(letter) == 1 and letter.upper() in FLAGS else -1 for letter in letters]
    flag = np.array([*numbers, 0])[which]
    wrong = flag < 0
    params = [{"flag": letters[place][:32]} for place in which[wrong][:100].tolist()]
    note_rows(refusals, "payload.flag", rows[wrong], "flag", params)
    return flag.astype(np.uint8), ~wrong


def _numbers(column: Any, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """The values of a column, where there are any, and where there is a text instead."""
    kind = column.type
    none = np.zeros(len(column), np.bool_)
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), none, none
    unnumbered = none
    if _is_text(kind):
        column, unnumbered = _numeric_texts(column)
    elif pa.types.is_boolean(kind):
        column = pc.cast(column, pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _wrong_type(name, kind)
    numbers = pc.cast(column, pa.float64(), safe=False)
    there = pc.is_valid(numbers).to_numpy(zero_copy_only=False)
    return numbers.fill_null(np.nan).to_numpy(zero_copy_only=False), there, unnumbered


def _numeric_texts(column: Any) -> tuple[Any, NDArray[np.bool_]]:
    column = pc.utf8_trim_whitespace(column)
    column = pc.if_else(pc.equal(column, ""), None, column)
    for word, digit in (("true", "1"), ("false", "0")):
        column = pc.if_else(pc.equal(pc.utf8_lower(column), word), digit, column)
    fits = pc.fill_null(pc.match_substring_regex(column, NUMBER), True)
    wrong = ~fits.to_numpy(zero_copy_only=False)
    return pc.if_else(fits, column, None), wrong


# --- times -----------------------------------------------------------------------------------------------------------------


def _times(table: pa.Table, rows: Int, refusals: Refusals) -> tuple[Int, NDArray[np.bool_]]:
    column = _column(table, "at")
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            raise Refused("payload.time-naive", 0, "at")
        at = pc.cast(pc.cast(column, pa.timestamp("us", "UTC"), safe=False), pa.int64())
        return _missing(at.fill_null(ABSENT).to_numpy(zero_copy_only=False), rows, refusals)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _missing(_scaled(column), rows, refusals)
    if not _is_text(kind):
        raise _wrong_type("at", kind)
    return _times_of_texts(pc.utf8_trim_whitespace(column), rows, refusals)


def _times_of_texts(column: Any, rows: Int, refusals: Refusals) -> tuple[Int, NDArray[np.bool_]]:
    column = pc.if_else(pc.equal(column, ""), None, column)
    for read in (_whole_numbers, _iso_texts):  # both in one pass over the column, if all of it is of one form
        try:
            at = read(column)
        except pa.ArrowInvalid:
            continue
        return _missing(at, rows, refusals)
    return _one_by_one(column, rows, refusals)


def _whole_numbers(column: Any) -> Int:
    return _scaled(pc.cast(column, pa.int64()))


def _iso_texts(column: Any) -> Int:
    moments = pc.cast(pc.cast(column, pa.timestamp("us", "UTC")), pa.int64())
    at: Int = moments.fill_null(ABSENT).to_numpy(zero_copy_only=False)
    return at


def _scaled(column: Any) -> Int:
    """Numbers since 1970 in µs, by their size."""
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(np.nan).to_numpy(zero_copy_only=False).astype(np.float64)
        size = np.abs(numbers)
        factor = np.select([size < below for below, _ in SCALES[:-1]], [scale for _, scale in SCALES[:-1]], SCALES[-1][1])
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.round(numbers * factor)
            fits = np.isfinite(scaled) & (np.abs(scaled) < 2**62)
        return np.where(fits, np.where(fits, scaled, 0).astype(np.int64), ABSENT)
    whole = pc.cast(column, pa.int64()).fill_null(ABSENT).to_numpy(zero_copy_only=False)
    size = np.abs(np.where(whole == ABSENT, 0, whole)).astype(np.float64)
    factor = np.select([size < below for below, _ in SCALES[:-2]], [int(scale) for _, scale in SCALES[:-2]], 1).astype(np.int64)
    at: Int = np.where(whole == ABSENT, ABSENT, np.where(size < SCALES[-2][0], whole * factor, whole // 1000))
    return at


def _missing(at: Int, rows: Int, refusals: Refusals) -> tuple[Int, NDArray[np.bool_]]:
    there = at != ABSENT
    note_rows(refusals, "payload.time-missing", rows[~there], "at")
    return at, there


def _one_by_one(column: Any, rows: Int, refusals: Refusals) -> tuple[Int, NDArray[np.bool_]]:
    """Each distinct text by itself: some are wrong, or of different forms."""
    coded = pc.dictionary_encode(column)
    which = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    moments, codes = _each(coded.dictionary.to_pylist(), microseconds_of)
    at = np.array([*moments, ABSENT], np.int64)[which]
    code = np.array([*codes, "payload.time-missing"], object)[which]
    for wrong in sorted({*codes, "payload.time-missing"} - {""}):
        note_rows(refusals, wrong, rows[code == wrong], "at")
    return at, code == ""


def _each(texts: list[str], read: Callable[[str], int]) -> tuple[list[int], list[str]]:
    moments, codes = [], []
    for text in texts:
        try:
            moments.append(read(text))
            codes.append("")
        except Refused as error:
            moments.append(ABSENT)
            codes.append(error.refusal.code)
    return moments, codes
