"""The sequencer: puts committed entries into the tree, one process at a time."""

from django.db import connection, transaction

from yuzhou.kernel.audit.leaves import COLUMNS, entry_of, leaf_data
from yuzhou.kernel.audit.nodes import read_nodes, tree_size
from yuzhou.kernel.audit.rules import append, frontier, leaf_hash

LOCK = 0x59_5A_41_55
BATCH = 2000

PENDING = f"""
SELECT {COLUMNS} FROM kernel_audit_pending JOIN kernel_audit_entry ON entry = id ORDER BY id LIMIT %s
"""
PLACE = "INSERT INTO kernel_audit_leaf (index, entry) SELECT * FROM unnest(%s::bigint[], %s::uuid[])"
KEEP = "INSERT INTO kernel_audit_node (level, index, hash) SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
FORGET = "DELETE FROM kernel_audit_pending WHERE entry = ANY(%s)"


def take_lock() -> bool:
    """Become the one that changes the tree until the transaction ends; False if another is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        taken: bool = cursor.fetchone()[0]
    return taken


def sequence(limit: int = BATCH) -> int:
    """Order up to so many committed entries into the tree; returns how many, 0 also while another process does it."""
    with transaction.atomic():
        return _sequence(limit) if take_lock() else 0


def _sequence(limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PENDING, [limit])
        entries = [entry_of(row) for row in cursor.fetchall()]
        if not entries:
            return 0
        size = tree_size()
        nodes = append(size, [leaf_hash(leaf_data(entry)) for entry in entries], read_nodes(frontier(size)).__getitem__)
        ids = [entry.id for entry in entries]
        cursor.execute(PLACE, [list(range(size, size + len(ids))), ids])
        cursor.execute(KEEP, [[level for level, _ in nodes], [index for _, index in nodes], list(nodes.values())])
        cursor.execute(FORGET, [ids])
    return len(entries)
