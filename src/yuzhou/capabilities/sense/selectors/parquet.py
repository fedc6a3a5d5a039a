"""Parquet through DuckDB: one small engine for the process, read and written by columns.

Files never change: what is written anew gets a new name, so what the engine remembers of a file stays true.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]

ROW_GROUP = 40_960
"""Rows that are read for the sake of one; measured in docs/decisions/history.md."""
MEMORY = "512MB"

_lock = Lock()
_engine: tuple[int, duckdb.DuckDBPyConnection] | None = None


def cursor() -> duckdb.DuckDBPyConnection:
    """A cursor of this process's engine, for one thread."""
    global _engine
    with _lock:
        if _engine is None or _engine[0] != os.getpid():
            found = duckdb.connect()
            found.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'; SET parquet_metadata_cache = true")
            _engine = os.getpid(), found
        return _engine[1].cursor()


def read_files(
    files: Sequence[Path], names: Sequence[str], condition: str = "true", params: Sequence[Any] = (), most: int | None = None
) -> Columns:
    """Columns of Parquet files in the order of series and time, the first `most` rows where given."""
    if not files:
        return {name: np.zeros(0, np.int64) for name in names}
    wanted = ", ".join(f'"{name}"' for name in names)
    limit = "" if most is None else f" LIMIT {int(most)}"
    query = f'SELECT {wanted} FROM read_parquet(?) WHERE {condition} ORDER BY "series_id", "at"{limit}'
    with cursor() as database:
        found = database.execute(query, [[str(file) for file in files], *params]).fetchnumpy()
    return {name: np.ma.getdata(found[name]) for name in names}


def only(series: Sequence[int]) -> tuple[str, list[Any]]:
    """The condition that rows are of these series; its bounds let whole groups of rows be left out."""
    if len(series) == 1:
        return '"series_id" = ?', [int(series[0])]
    condition = '"series_id" BETWEEN ? AND ? AND "series_id" IN (SELECT unnest(?))'
    return condition, [int(min(series)), int(max(series)), [int(one) for one in series]]


class ParquetWriter:
    """Writes a Parquet file piece by piece; it appears at once and whole under its name, or not at all.

    Pieces come in the order in which they are to stand. Until `finish` they wait in the folder `work`, on the same disk: so a
    backup of the files meets none that is about to vanish.
    """

    def __init__(self, path: Path, sql_types: Mapping[str, str], work: Path) -> None:
        self._path = path
        self._waiting = work / f"{path.parent.parent.name}-{path.name}.gathering"
        self._unfinished = self._waiting.with_suffix(".writing")
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        work.mkdir(parents=True, exist_ok=True)
        self._remove()
        self._database = duckdb.connect(str(self._waiting))
        self._database.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'")
        fields = ", ".join(f'"{name}" {kind}' for name, kind in sql_types.items())
        self._database.execute(f"CREATE TABLE gathered ({fields})")
        self._names = ", ".join(f'"{name}"' for name in sql_types)

    def add(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append rows."""
        rows = len(columns["series_id"])
        if rows:
            self._database.register("piece", {name: np.ascontiguousarray(column) for name, column in columns.items()})
            self._database.execute(f"INSERT INTO gathered SELECT {self._names} FROM piece")
            self._database.unregister("piece")
            self.rows += rows

    def finish(self) -> None:
        """Put the file on disk under its name."""
        self._database.table("gathered").write_parquet(str(self._unfinished), compression="zstd", row_group_size=ROW_GROUP)
        self._database.close()
        with self._unfinished.open("rb") as file:
            os.fsync(file.fileno())
        self._unfinished.replace(self._path)
        _sync_folder(self._path.parent)
        self._remove()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._database.close()
        self._remove()

    def _remove(self) -> None:
        for path in (self._waiting, self._waiting.with_name(self._waiting.name + ".wal"), self._unfinished):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A name is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
