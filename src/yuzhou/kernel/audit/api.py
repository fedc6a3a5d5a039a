"""The door to the audit log. Acts are recorded through `kernel.acts`, or `record` here, which is the same."""

from yuzhou.kernel.acts import record
from yuzhou.kernel.audit.checking import check_log
from yuzhou.kernel.audit.contracts import Entry, EntryFilter, Finding, LogReport, SignedHead
from yuzhou.kernel.audit.heads import latest_head, list_heads, sign_head, tick
from yuzhou.kernel.audit.proofs import check_consistency, check_proof, prove_consistency
from yuzhou.kernel.audit.selectors import count_entries, get_entry, get_proof, list_entries
from yuzhou.kernel.audit.sequencing import sequence
from yuzhou.kernel.audit.signing import public_keys

__all__ = [
    "Entry",
    "EntryFilter",
    "Finding",
    "LogReport",
    "SignedHead",
    "check_consistency",
    "check_log",
    "check_proof",
    "count_entries",
    "get_entry",
    "get_proof",
    "latest_head",
    "list_entries",
    "list_heads",
    "prove_consistency",
    "public_keys",
    "record",
    "sequence",
    "sign_head",
    "tick",
]
