"""Signed heads: what the log was at a time, kept in the database and, beyond its reach, in the data folder."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from yuzhou.kernel.audit.contracts import SignedHead
from yuzhou.kernel.audit.leaves import moment_text
from yuzhou.kernel.audit.models import AuditHead
from yuzhou.kernel.audit.nodes import over_nodes, tree_size
from yuzhou.kernel.audit.rules import root
from yuzhou.kernel.audit.sequencing import sequence, take_lock
from yuzhou.kernel.audit.signing import keep_owner, key_name, private_key, statement
from yuzhou.kernel.clock import now

HEAD_EVERY = timedelta(seconds=10)


def latest_head() -> SignedHead | None:
    """The newest signed head."""
    record = AuditHead.objects.order_by("-size").first()
    return head_of(record) if record else None


def list_heads(limit: int = 20) -> list[SignedHead]:
    """The newest signed heads, newest first."""
    return [head_of(record) for record in AuditHead.objects.order_by("-size")[:limit]]


def head_of(record: AuditHead) -> SignedHead:
    """A stored head."""
    return SignedHead(record.size, bytes(record.root), record.at, record.key, bytes(record.signature))


def tick() -> None:
    """Order what was committed, and sign a head if the last one is old and the log has grown; the ticker calls it."""
    while sequence():
        pass
    latest = latest_head()
    if latest is None or now() - latest.at >= HEAD_EVERY:
        sign_head()


def sign_head() -> SignedHead | None:
    """Sign and export a head over the whole tree; the present one if nothing was added; None for an empty log.

    The export comes first: a head may be known outside and missing inside, never the other way round.
    """
    with transaction.atomic():
        latest = latest_head()
        size = tree_size()
        if size == 0 or (latest and latest.size >= size) or not take_lock():
            return latest
        head = _signed(size, over_nodes(lambda read: root(size, read)))
        export(head)
        AuditHead(size=head.size, root=head.root, at=head.at, key=head.key, signature=head.signature).save(force_insert=True)
    return head


def _signed(size: int, top: bytes) -> SignedHead:
    key = private_key()
    draft = SignedHead(size, top, now(), key_name(key.public_key()), b"")
    return SignedHead(draft.size, draft.root, draft.at, draft.key, key.sign(statement(draft)))


def heads_file() -> Path:
    """Where heads are exported."""
    return Path(settings.DATA_FOLDER) / "audit" / "heads.jsonl"


def export(head: SignedHead) -> None:
    """Append a head to the file, durably."""
    path = heads_file()
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        keep_owner(path.parent)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(head_json(head)) + "\n")
        file.flush()
        os.fsync(file.fileno())
    keep_owner(path)


def exported_heads() -> list[SignedHead]:
    """The heads of the file, oldest first."""
    path = heads_file()
    if not path.exists():
        return []
    return [parse_head(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def head_json(head: SignedHead) -> dict[str, Any]:
    """A head as JSON values; hashes and signatures in hex."""
    return {
        "size": head.size,
        "root": head.root.hex(),
        "at": moment_text(head.at),
        "key": head.key,
        "signature": head.signature.hex(),
    }


def parse_head(values: dict[str, Any]) -> SignedHead:
    """The head of JSON values; raises KeyError or ValueError for what is none."""
    moment = datetime.fromisoformat(values["at"].replace("Z", "+00:00"))
    return SignedHead(
        int(values["size"]), bytes.fromhex(values["root"]), moment, values["key"], bytes.fromhex(values["signature"])
    )
