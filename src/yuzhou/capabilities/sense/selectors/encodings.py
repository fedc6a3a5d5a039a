"""Columns as CSV, JSON lines, an Arrow stream or Parquet, piece by piece. Arrow is large: imported only where it is used."""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from yuzhou.capabilities.sense.contracts.history import ExportFormat

Columns = Mapping[str, NDArray[Any]]
MOMENTS = ("at", "received_at")


class Sink(BytesIO):
    """What is written and not yet sent. Never goes back, as a stream of unknown length cannot; tells where it is in all."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0

    def tell(self) -> int:
        """Bytes written in all."""
        return self._sent + super().tell()

    def seekable(self) -> bool:
        """It is not."""
        return False

    def close(self) -> None:
        """Keep what the writer's end left here."""

    def take(self) -> bytes:
        """What is new."""
        found = self.getvalue()
        self._sent += len(found)
        super().seek(0)
        self.truncate()
        return found


def encode(pieces: Iterator[Columns], format: ExportFormat) -> Iterator[bytes]:
    """Write pieces of one layout; the first may be empty, and gives the layout."""
    return _ENCODERS[format](pieces)


def _table(piece: Columns, text_moments: bool) -> pa.Table:
    columns: dict[str, Any] = {}
    for name, column in piece.items():
        if name in MOMENTS:
            at = column.astype("datetime64[us]")
            columns[name] = np.datetime_as_string(at, timezone="UTC") if text_moments else pa.array(at, pa.timestamp("us", "UTC"))
        elif column.dtype == object:
            text = pa.array(column, pa.string())
            columns[name] = text if text_moments else text.dictionary_encode()
        else:
            columns[name] = pa.array(column, from_pandas=True)  # not a number: null
    return pa.table(columns)


def _csv(pieces: Iterator[Columns]) -> Iterator[bytes]:
    first = True
    for piece in pieces:
        sink = BytesIO()
        csv.write_csv(_table(piece, True), sink, csv.WriteOptions(include_header=first, quoting_style="needed"))
        first = False
        yield sink.getvalue()


def _json_lines(pieces: Iterator[Columns]) -> Iterator[bytes]:
    import json

    for piece in pieces:
        lists = _table(piece, True).to_pydict()
        names = list(lists)
        rows = zip(*lists.values(), strict=True)
        text = "\n".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False) for row in rows)
        if text:
            yield text.encode() + b"\n"


def _framed(open_writer: Callable[[Any, Any], Any]) -> Callable[[Iterator[Columns]], Iterator[bytes]]:
    def encode_with(pieces: Iterator[Columns]) -> Iterator[bytes]:
        sink, writer = Sink(), None
        for piece in pieces:
            table = _table(piece, False)
            writer = writer or open_writer(sink, table.schema)
            if table.num_rows:
                writer.write_table(table)
            yield sink.take()
        if writer is not None:
            writer.close()
        yield sink.take()

    return encode_with


def _open_arrow(sink: Sink, schema: pa.Schema) -> Any:
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=False, compression="zstd")
    return pa.ipc.new_stream(sink, schema, options=options)


def _open_parquet(sink: Sink, schema: pa.Schema) -> Any:
    return parquet.ParquetWriter(sink, schema, compression="zstd")


_ENCODERS = {
    ExportFormat.CSV: _csv,
    ExportFormat.JSON_LINES: _json_lines,
    ExportFormat.ARROW: _framed(_open_arrow),
    ExportFormat.PARQUET: _framed(_open_parquet),
}
