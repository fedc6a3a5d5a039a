"""The bytes of an entry that the tree holds: JSON with sorted keys and no spaces, in UTF-8, as the database gives it back."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from yuzhou.kernel.audit.contracts import Entry

COLUMNS = "id, at, actor_kind, actor_id, actor_name, organisation, act, subject, details::text, request"


def entry_of(row: tuple[Any, ...]) -> Entry:
    """The entry of a row selected by `COLUMNS`, in that order."""
    identifier, at, kind, actor, name, organisation, act, subject, details, request = row
    return Entry(identifier, at, kind, actor, name, organisation, act, subject, json.loads(details), request)


def entry_json(entry: Entry) -> dict[str, Any]:
    """The entry as JSON values."""
    return {
        "id": str(entry.id),
        "at": moment_text(entry.at),
        "actor": {"kind": entry.actor_kind, "id": _text_or_none(entry.actor_id), "name": entry.actor_name},
        "organisation": _text_or_none(entry.organisation),
        "act": entry.act,
        "subject": entry.subject,
        "details": entry.details,
        "request": entry.request,
    }


def canonical(value: dict[str, Any]) -> bytes:
    """One spelling for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_data(entry: Entry) -> bytes:
    """What the leaf hash is taken over."""
    return canonical(entry_json(entry))


def moment_text(moment: datetime) -> str:
    """A moment in UTC to the microsecond, as 2026-11-23T08:00:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text_or_none(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
