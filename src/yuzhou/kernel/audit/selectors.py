"""Reading the log, which is itself recorded."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.audit.contracts import Entry, EntryFilter
from yuzhou.kernel.audit.models import AuditEntry
from yuzhou.kernel.audit.proofs import find_entry, make_proof
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

PERMISSION = "kernel.audit:read"


COUNTED = 10_000  # an exact count of a log of years would take longer than anyone waits


@transaction_required
def list_entries(*, actor: Actor, wanted: EntryFilter, limit: int = 100, offset: int = 0) -> list[Entry]:
    """Entries that match, newest first. Raises PermissionDenied without `kernel.audit:read` over the city."""
    actor.require(PERMISSION, place_path=CITY_PATH)
    if offset == 0:
        acts.record(actor=actor, act=PERMISSION, subject=urn("audit-log", "entries"), details=_details(wanted))
    return [_entry(record) for record in _matching(wanted).order_by("-id")[offset : offset + limit]]


def count_entries(*, actor: Actor, wanted: EntryFilter) -> int:
    """How many entries match, at most 10,000. Raises PermissionDenied."""
    actor.require(PERMISSION, place_path=CITY_PATH)
    return _matching(wanted).order_by()[:COUNTED].count()


@transaction_required
def get_entry(*, actor: Actor, entry: UUID) -> tuple[Entry, int | None]:
    """An entry, and its number in the log once it is ordered. Raises PermissionDenied; NotFound."""
    actor.require(PERMISSION, place_path=CITY_PATH)
    acts.record(actor=actor, act=PERMISSION, subject=urn("audit-entry", entry))
    return find_entry(entry)


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
