"""Checking the whole log: every entry, its place, every stored hash, and every head inside and outside the database."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db import connection, transaction

from yuzhou.kernel.audit.contracts import Finding, LogReport, SignedHead
from yuzhou.kernel.audit.heads import exported_heads, head_of
from yuzhou.kernel.audit.leaves import COLUMNS, entry_of, leaf_data
from yuzhou.kernel.audit.models import AuditHead, AuditPending
from yuzhou.kernel.audit.rules import RunningRoot, append, frontier, leaf_hash
from yuzhou.kernel.audit.signing import is_signed_by, public_keys

CHUNK = 5000

LEAVES = f"""
SELECT leaf.index, leaf.entry, {COLUMNS}
FROM kernel_audit_leaf AS leaf LEFT JOIN kernel_audit_entry AS entry ON entry.id = leaf.entry
WHERE leaf.index >= %s ORDER BY leaf.index LIMIT %s
"""
NODES = """
SELECT level, index, hash FROM kernel_audit_node JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index)
USING (level, index)
"""
UNORDERED = """
SELECT id FROM kernel_audit_entry AS entry WHERE NOT EXISTS (SELECT 1 FROM kernel_audit_leaf AS leaf WHERE leaf.entry = entry.id)
  AND NOT EXISTS (SELECT 1 FROM kernel_audit_pending AS pending WHERE pending.entry = entry.id) LIMIT 100
"""
VANISHED = """
SELECT entry FROM kernel_audit_pending AS pending
WHERE NOT EXISTS (SELECT 1 FROM kernel_audit_entry AS entry WHERE entry.id = pending.entry) LIMIT 100
"""


class LogCheck:
    """One pass over the log in its order, in memory that does not grow with it."""

    def __init__(self) -> None:
        self.running = RunningRoot()
        self.findings: list[Finding] = []
        self._stored = {head.size: head for head in map(head_of, AuditHead.objects.order_by("size"))}
        self._exported = exported_heads()
        self._wanted: dict[int, list[tuple[str, SignedHead]]] = {}
        for where, head in chain((("stored", h) for h in self._stored.values()), (("exported", h) for h in self._exported)):
            self._wanted.setdefault(head.size, []).append((where, head))
        self._frontier: dict[tuple[int, int], bytes] = {}

    def run(self) -> LogReport:
        """Check everything."""
        for rows in self._chunks():
            self._check_chunk(rows)
        self._check_beyond()
        self._check_signatures()
        self._check_unordered()
        pending = AuditPending.objects.count()
        heads = len(self._wanted)
        return LogReport(self.running.size, self.running.root(), heads, pending, tuple(self.findings))

    def _chunks(self) -> Iterator[list[tuple[Any, ...]]]:
        after = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(LEAVES, [after, CHUNK])
                rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            after = rows[-1][0] + 1

    def _check_chunk(self, rows: list[tuple[Any, ...]]) -> None:
        start = self.running.size
        hashes = []
        for position, row in enumerate(rows, start=start):
            hashes.append(self._leaf(position, row))
            self.running.add(hashes[-1])
            for where, head in self._wanted.get(self.running.size, []):
                if head.root != self.running.root():
                    self._find(f"{where}-head-differs", str(head.size))
        computed = append(start, hashes, self._frontier.__getitem__)
        self._check_nodes(computed)
        known = self._frontier | computed
        self._frontier = {key: known[key] for key in frontier(self.running.size)}

    def _leaf(self, position: int, row: tuple[Any, ...]) -> bytes:
        """The hash of a row's entry, whatever is wrong with it."""
        index, entry_id, *columns = row
        if index != position:
            self._find("gap-in-order", f"{position}")
        if columns[0] is None:
            self._find("entry-missing", f"{index} {entry_id}")
            return leaf_hash(b"")
        return leaf_hash(leaf_data(entry_of(tuple(columns))))

    def _check_nodes(self, computed: dict[tuple[int, int], bytes]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(NODES, [[level for level, _ in computed], [index for _, index in computed]])
            stored = {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
        for (level, index), value in computed.items():
            if stored.get((level, index)) != value:
                self._find("entry-altered" if level == 0 else "tree-altered", f"{index}" if level == 0 else f"{level}/{index}")

    def _check_beyond(self) -> None:
        """Heads that speak of more entries than there are: the log lost its end."""
        for size, heads in self._wanted.items():
            if size > self.running.size:
                self.findings += [Finding("log-shorter-than-head", f"{where} {size}") for where, _ in heads]

    def _check_signatures(self) -> None:
        keys = public_keys()
        for where, head in (item for heads in self._wanted.values() for item in heads):
            if head.key not in keys or not is_signed_by(head, keys[head.key]):
                self._find("head-not-signed", f"{where} {head.size}")
        missing = set(self._stored) - {head.size for head in self._exported}
        self.findings += [Finding("head-not-exported", str(size)) for size in sorted(missing)]

    def _check_unordered(self) -> None:
        for code, query in (("entry-never-ordered", UNORDERED), ("entry-missing", VANISHED)):
            with connection.cursor() as cursor:
                cursor.execute(query)
                self.findings += [Finding(code, str(row[0])) for row in cursor.fetchall()]

    def _find(self, code: str, about: str) -> None:
        self.findings.append(Finding(code, about))


def check_log() -> LogReport:
    """Check the whole log against itself and its exported heads, in one snapshot of the database."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return LogCheck().run()
