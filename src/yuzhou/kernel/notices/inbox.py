"""A person's own notices."""

from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound, PermissionDenied
from yuzhou.kernel.notices.contracts import Notice
from yuzhou.kernel.notices.escalating import stop
from yuzhou.kernel.notices.models import NoticeRecord
from yuzhou.kernel.notices.telling import SYSTEM
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.transactions import acting_as, transaction_required


def person(actor: Actor) -> UUID:
    """The id of the person who acts. Raises PermissionDenied for anybody else: only people have an inbox."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise PermissionDenied("kernel.permission-denied", permission="kernel.notices:read")
    return actor.id


def list_notices(*, actor: Actor, only_unread: bool = False, limit: int = 50, offset: int = 0) -> list[Notice]:
    """The actor's notices, the newest first."""
    found = _own(actor)
    if only_unread:
        found = found.filter(read_at__isnull=True)
    return [notice_of(record) for record in found.order_by("-last_at", "-id")[offset : offset + limit]]


def count_notices(*, actor: Actor, only_unread: bool = True) -> int:
    """How many notices the actor has, or has not read."""
    if actor.kind is not ActorKind.PERSON:
        return 0
    found = _own(actor)
    return (found.filter(read_at__isnull=True) if only_unread else found).count()


def get_notice(*, actor: Actor, notice: UUID) -> Notice:
    """One of the actor's notices. Raises NotFound."""
    return notice_of(_one(actor, notice))


@transaction_required
def mark_read(*, actor: Actor, notice: UUID) -> None:
    """Note that the actor has read a notice. Raises NotFound."""
    record = _one(actor, notice)
    if record.read_at is None:
        record.read_at = now()
        record.save(update_fields=["read_at"])


@transaction_required
def mark_unread(*, actor: Actor, notice: UUID) -> None:
    """Put a notice back among the unread, unless the same was said anew meanwhile. Raises NotFound."""
    record = _one(actor, notice)
    if not _own(actor).filter(subject=record.subject, code=record.code, read_at__isnull=True).exists():
        record.read_at = None
        record.save(update_fields=["read_at"])


@transaction_required
def mark_all_read(*, actor: Actor) -> int:
    """Note that the actor has read everything; returns how many notices that concerned."""
    return _own(actor).filter(read_at__isnull=True).update(read_at=now())


@transaction_required
def acknowledge(*, actor: Actor, notice: UUID) -> None:
    """Note that the actor takes care of it: it is read, and goes no further up. Raises NotFound."""
    record = _one(actor, notice)
    record.acknowledged_at = record.acknowledged_at or now()
    record.read_at = record.read_at or now()
    record.save(update_fields=["acknowledged_at", "read_at"])
    with acting_as(SYSTEM):
        stop(record.subject, record.code)


def notice_of(record: NoticeRecord) -> Notice:
    """What others see of a record."""
    return Notice(
        id=record.id,
        code=record.code,
        params=record.params,
        url=record.url,
        severity=Severity(record.severity),
        subject=record.subject,
        created_at=record.created_at,
        last_at=record.last_at,
        repeats=record.repeats,
        is_escalated=record.is_escalated,
        read_at=record.read_at,
        acknowledged_at=record.acknowledged_at,
    )


def _own(actor: Actor) -> QuerySet[NoticeRecord]:
    return NoticeRecord.objects.filter(user_id=person(actor))


def _one(actor: Actor, notice: UUID) -> NoticeRecord:
    record = _own(actor).filter(id=notice).first()
    if record is None:
        raise NotFound("kernel.not-found")
    return record
