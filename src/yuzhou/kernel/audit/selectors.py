"""Reading the log, which is itself recorded."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.audit.contracts import Entry, EntryFilter
from yuzhou.kernel.audit.models import AuditEntry
from yuzhou.kernel.audit.proofs import make_proof
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

PERMISSION = "kernel.audit:read"


@transaction_required
def list_entries(*, actor: Actor, wanted: EntryFilter, before: UUID | None = None, limit: int = 100) -> list[Entry]:
    """Entries that match, newest first, older than `before`.

    Raises PermissionDenied without `kernel.audit:read` over the city.
    """
    actor.require(PERMISSION, place_path=CITY_PATH)
    acts.record(actor=actor, act=PERMISSION, subject=urn("audit-log", "entries"), details=_details(wanted))
    found = _matching(wanted)
    if before is not None:
        found = found.filter(id__lt=before)
    return [_entry(record) for record in found.order_by("-id")[:limit]]


@transaction_required
def get_proof(*, actor: Actor, entry: UUID) -> dict[str, Any]:
    """The proof of an entry as JSON values.

    Raises PermissionDenied; NotFound; Conflict while no signed head covers the entry.
    """
    actor.require(PERMISSION, place_path=CITY_PATH)
    acts.record(actor=actor, act="kernel.audit:prove", subject=urn("audit-entry", entry))
    return make_proof(entry)


def _matching(wanted: EntryFilter) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.all()
    if wanted.act:
        found = found.filter(act__startswith=wanted.act)
    if wanted.who:
        found = found.filter(actor_name__icontains=wanted.who)
    if wanted.subject:
        found = found.filter(subject=wanted.subject)
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    return found


def _entry(record: AuditEntry) -> Entry:
    return Entry(
        id=record.id,
        at=record.at,
        actor_kind=record.actor_kind,
        actor_id=record.actor_id,
        actor_name=record.actor_name,
        organisation=record.organisation,
        act=record.act,
        subject=record.subject,
        details=record.details,
        request=record.request,
    )


def _details(wanted: EntryFilter) -> dict[str, str]:
    values = {name: getattr(wanted, name) for name in EntryFilter.__slots__}
    return {name: str(value) for name, value in values.items() if value}
