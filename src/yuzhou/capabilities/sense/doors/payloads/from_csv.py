"""Columns out of CSV (RFC 4180): a header, commas, UTF-8."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from yuzhou.capabilities.sense.doors.payloads.columns import Columns
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusal, Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.tables import columns_of_table

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_HEADER = 64 * 1024


def read_csv(content: bytes, refusals: Refusals, *, device: str = "") -> Columns:
    """The readings of a CSV text, wide or long (`tables`); `device`: whose they are where no column says.

    Rows count from 1 below the header. Rows with too few or too many cells are refused one by one.
    """
    content = content.removeprefix(BYTE_ORDER_MARK)
    names = _header(content)
    if content.count(b'"') % 2:
        raise Refused("payload.not-csv", problem="a quote is not closed")
    uneven: list[pcsv.InvalidRow] = []

    def set_aside(row: pcsv.InvalidRow) -> str:
        uneven.append(row)
        return "skip"

    try:
        table = pcsv.read_csv(
            pa.BufferReader(content),
            read_options=pcsv.ReadOptions(use_threads=False, column_names=names, skip_rows=1, block_size=len(content) + 1),
            parse_options=pcsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_aside),
            convert_options=pcsv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "UTF8" in str(error) or isinstance(error, UnicodeDecodeError):
            raise Refused("payload.not-utf8") from None
        raise Refused("payload.not-csv", problem=str(error)[:200]) from None
    return _columns(table, uneven, refusals, device)


def _header(content: bytes) -> list[str]:
    if not content.strip():
        raise Refused("payload.empty")
    line = content[:LONGEST_HEADER].split(b"\n", 1)[0]
    try:
        return [name.strip() for name in next(csv.reader([line.decode().rstrip("\r")]))]
    except UnicodeDecodeError:
        raise Refused("payload.not-utf8") from None
    except (StopIteration, csv.Error) as error:
        raise Refused("payload.not-csv", problem=str(error)[:200] or "no header") from None


def _columns(table: pa.Table, uneven: list[pcsv.InvalidRow], refusals: Refusals, device: str) -> Columns:
    skipped = np.array([row.number - 1 for row in uneven], np.int64)
    rows = np.setdiff1d(np.arange(1, table.num_rows + len(uneven) + 1, dtype=np.int64), skipped)
    for row in uneven:
        params = {"found": row.actual_columns, "expected": row.expected_columns}
        refusals.note(Refusal("payload.cells", row.number - 1, "", params))
    blank = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        blank &= np.asarray(column.is_null())
    if blank.any():
        table, rows = table.filter(pa.array(~blank)), rows[~blank]
    return columns_of_table(table, refusals, rows=rows, device=device)
