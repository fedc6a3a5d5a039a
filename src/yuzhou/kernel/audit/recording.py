"""Recording an act: one row and a note for the sequencer, in the caller's transaction and without a queue."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.db import connection

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7

INSERT = """
WITH noted AS (INSERT INTO kernel_audit_pending (entry) VALUES (%(id)s))
INSERT INTO kernel_audit_entry (id, at, actor_kind, actor_id, actor_name, organisation, act, subject, details, request)
VALUES (%(id)s, %(at)s, %(kind)s, %(actor)s, %(name)s, %(organisation)s, %(act)s, %(subject)s, %(details)s::jsonb, %(request)s)
"""


def write_entry(*, actor: Actor, act: str, subject: str, details: Mapping[str, Any]) -> None:
    """Add an entry to the log. The sink of `kernel.acts`; call `acts.record`."""
    values: dict[str, Any] = {
        "id": uuid7(),
        "at": now(),
        "kind": actor.kind.value,
        "actor": actor.id,
        "name": actor.name[:200],
        "organisation": actor.organisation,
        "act": act,
        "subject": subject,
        "details": json.dumps(dict(details), ensure_ascii=False, default=str),
        "request": str(structlog.contextvars.get_contextvars().get("request_id", ""))[:80],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
