"""Reading the tree: its size, and the stored hashes that a computation needs, in one query."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

from yuzhou.kernel.audit.rules import Coordinates, Reader

T = TypeVar("T")

READ = """
SELECT level, index, hash FROM kernel_audit_node
JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) USING (level, index)
"""


def tree_size() -> int:
    """How many entries the tree holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM kernel_audit_leaf")
        size: int = cursor.fetchone()[0]
    return size


def read_nodes(wanted: Iterable[Coordinates]) -> dict[Coordinates, bytes]:
    """The stored hashes at some coordinates."""
    keys = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(READ, [[level for level, _ in keys], [index for _, index in keys]])
        return {(level, index): bytes(value) for level, index, value in cursor.fetchall()}


def over_nodes(compute: Callable[[Reader], T]) -> T:
    """What `compute` makes of the stored hashes: run dry once to learn which it asks for, then with them."""
    wanted: set[Coordinates] = set()

    def note(key: Coordinates) -> bytes:
        wanted.add(key)
        return b""

    compute(note)
    return compute(read_nodes(wanted).__getitem__)
