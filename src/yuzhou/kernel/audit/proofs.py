"""Proofs that an entry is in the log: made here, checked anywhere with the public key."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from yuzhou.kernel.audit.contracts import Entry, Finding, SignedHead
from yuzhou.kernel.audit.heads import head_json, latest_head, parse_head
from yuzhou.kernel.audit.leaves import COLUMNS, canonical, entry_json, entry_of
from yuzhou.kernel.audit.nodes import over_nodes
from yuzhou.kernel.audit.rules import consistency_path, inclusion_path, is_consistent, leaf_hash, root_of_inclusion
from yuzhou.kernel.audit.signing import is_signed_by
from yuzhou.kernel.errors import Conflict, NotFound, declare_message, gettext_noop

FORMAT = "yuzhou-audit-proof/1"

declare_message("kernel.no-such-entry", gettext_noop("The audit log has no entry {entry} that you may see."))
declare_message(
    "kernel.entry-not-signed", gettext_noop("The entry {entry} is not under a signed head yet; try again in a minute.")
)

FIND = f"""
SELECT leaf.index, {COLUMNS} FROM kernel_audit_entry AS entry LEFT JOIN kernel_audit_leaf AS leaf ON leaf.entry = entry.id
WHERE id = %s
"""


def find_entry(entry_id: UUID) -> tuple[Entry, int | None]:
    """An entry and its place in the tree, None until it is ordered. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [entry_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("kernel.no-such-entry", entry=str(entry_id))
    return entry_of(row[1:]), row[0]


def make_proof(entry_id: UUID) -> dict[str, Any]:
    """The proof of an entry under the newest signed head, as JSON values.

    Raises NotFound; Conflict while no signed head covers the entry.
    """
    entry, index = find_entry(entry_id)
    head = latest_head()
    if index is None or head is None or index >= head.size:
        raise Conflict("kernel.entry-not-signed", entry=str(entry_id))
    path = over_nodes(lambda read: inclusion_path(index, head.size, read))
    return {
        "format": FORMAT,
        "entry": entry_json(entry),
        "index": index,
        "path": [step.hex() for step in path],
        "head": head_json(head),
    }


def check_proof(proof: dict[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> list[Finding]:
    """What is wrong with a proof; nothing if the entry is in the log whose head one of the keys signed. Needs no database."""
    try:
        head = parse_head(proof["head"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        leaf = leaf_hash(canonical(proof["entry"]))
        top = root_of_inclusion(leaf, int(proof["index"]), head.size, path)
    except (KeyError, ValueError, TypeError, AttributeError):
        return [Finding("not-a-proof", str(proof.get("format", "")) if isinstance(proof, dict) else "")]
    findings = []
    if top != head.root:
        findings.append(Finding("entry-not-under-head", str(proof["entry"].get("id", ""))))
    if head.key not in keys or not is_signed_by(head, keys[head.key]):
        findings.append(Finding("head-not-signed", str(head.size)))
    return findings


def prove_consistency(old: SignedHead, new: SignedHead) -> list[bytes]:
    """The proof that the log under the new head extends the one under the old."""
    return over_nodes(lambda read: consistency_path(old.size, new.size, read))


def check_consistency(old: SignedHead, new: SignedHead, path: list[bytes]) -> bool:
    """Whether such a proof holds."""
    return is_consistent(old.size, new.size, old.root, new.root, path)
