"""Columns out of Arrow: the IPC stream, or the IPC file (Feather 2)."""

import pyarrow as pa

from yuzhou.capabilities.sense.doors.payloads.arrow_sizes import check_sizes
from yuzhou.capabilities.sense.doors.payloads.columns import Columns
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.tables import MOST_READINGS, columns_of_table

FILE_MAGIC = b"ARROW1"
MOST_BYTES = 256 * 1024 * 1024


def read_arrow(content: bytes, refusals: Refusals, *, device: str = "") -> Columns:
    """The readings of an Arrow stream or file, wide or long (`tables`). What it unpacks to is bounded before it is unpacked."""
    if not content:
        raise Refused("payload.empty")
    try:
        if content.startswith(FILE_MAGIC):
            content = _as_stream(content)
        check_sizes(content, most=MOST_BYTES, most_rows=MOST_READINGS)
        with pa.ipc.open_stream(pa.BufferReader(content)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, IndexError, KeyError) as error:
        raise Refused("payload.not-arrow", problem=str(error).split("\n")[0][:200]) from None
    return columns_of_table(table, refusals, device=device)


def _as_stream(content: bytes) -> bytes:
    """The stream that stands in a file: between the magic with its padding and the footer."""
    if len(content) < 24 or not content.endswith(FILE_MAGIC):
        raise ValueError("the file does not end as an Arrow file does")
    footer = int.from_bytes(content[-10:-6], "little")
    if not 0 < footer <= len(content) - 18:
        raise ValueError("the footer does not fit into the file")
    return content[8 : -10 - footer]
