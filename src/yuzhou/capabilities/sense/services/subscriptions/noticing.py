"""Notes changes that somebody subscribed to, in the transaction that makes them. Costs one small read where nobody did."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from yuzhou.capabilities.sense.contracts.subscriptions import Change, Happened
from yuzhou.capabilities.sense.models import ChangeRecord
from yuzhou.capabilities.sense.rules.ngsild.interest import Interest, watch_of
from yuzhou.capabilities.sense.services.versions import version_of
from yuzhou.kernel.transactions import transaction_required

SUBSCRIPTIONS = "subscriptions"  # the version that counts changes of subscriptions
CHANNEL = "sense_change"
_interest: tuple[int, Interest] = (-1, Interest())


@transaction_required
def note_changes(*, changes: Sequence[Change]) -> None:
    """Note what was written to entities, for those who subscribed to it; nothing is sent here."""
    if not changes:
        return
    interest = current_interest(version_of(SUBSCRIPTIONS))
    if interest.is_empty:
        return
    rows = [_row(change) for change in changes if _is_wanted(interest, change)]
    if rows:
        ChangeRecord.objects.bulk_create(rows, batch_size=1000)
        wake()


def current_interest(version: int) -> Interest:
    """What is watched as of a version, read anew when that moved on."""
    global _interest
    known, interest = _interest
    if known != version:
        interest = _read()
        _interest = (version, interest)
    return interest


def forget_interest() -> None:
    """Read anew next time: after a rollback, or a restored backup."""
    global _interest
    _interest = (-1, Interest())


def wake() -> None:
    """Tell the notifier, at the commit, that there is something to look at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _read() -> Interest:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entities::text, watched, triggers, shows_changes FROM sense_watches()")
        return Interest.of(watch_of(json.loads(row[0]), row[1], row[2], row[3]) for row in cursor.fetchall())


def _is_wanted(interest: Interest, change: Change) -> bool:
    return interest.wants(change.urn, change.types, change.event, [(one.name, one.event) for one in change.attributes])


def _row(change: Change) -> ChangeRecord:
    return ChangeRecord(
        urn=change.urn,
        types=list(change.types),
        event=change.event,
        attributes=[[one.name, one.event, one.dataset, one.before] for one in change.attributes],
        gone=_gone(change) if change.event is Happened.DELETED else None,
        place_path=change.place_path,
        organisation_id=change.organisation_id,
        at=change.at,
    )


def _gone(change: Change) -> dict[str, Any]:
    """A deleted entity as it was."""
    return {
        "document": change.gone or {},
        "scopes": list(change.scopes),
        "createdAt": change.created_at.isoformat() if change.created_at else None,
        "modifiedAt": change.modified_at.isoformat() if change.modified_at else None,
    }
