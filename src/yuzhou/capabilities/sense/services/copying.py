"""Binary COPY of columns into PostgreSQL: a numpy structured array in the wire's own byte order, written at one go."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_2000 = 946_684_800_000_000  # µs from 1970 to 2000, where PostgreSQL counts from

_WIRE = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8"}


def copy_columns(table: str, columns: Mapping[str, tuple[str, NDArray[Any]]]) -> int:
    """COPY columns (name → SQL type and values) into a table; timestamps are µs since 1970. Returns the number of rows.

    A fixed-width bytes column is of the type `bytea` with numpy dtype `V<n>`. COPY needs the owner where row security stands.
    """
    rows = len(next(iter(columns.values()))[1])
    if not rows:
        return 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(SIGNATURE)
        copy.write(_wire(columns, rows))
        copy.write(TRAILER)
    return rows


def _wire(columns: Mapping[str, tuple[str, NDArray[Any]]], rows: int) -> memoryview:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, (kind, values) in columns.items():
        fields += [(f"{name} length", ">i4"), (name, values.dtype if kind == "bytea" else _WIRE[kind])]
    wire = np.empty(rows, np.dtype(fields))
    wire["fields"] = len(columns)
    for name, (kind, values) in columns.items():
        wire[f"{name} length"] = wire.dtype[name].itemsize
        wire[name] = values - EPOCH_2000 if kind == "timestamptz" else values
    return wire.view(np.uint8).data
