"""Provisioning keys and requests within the actor's reach."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from yuzhou.capabilities.sense.contracts import Page
from yuzhou.capabilities.sense.contracts.onboarding import ProvisionKey, ProvisionRequest, ProvisionStatus
from yuzhou.capabilities.sense.models import ProfileRecord, ProvisionKeyRecord, ProvisionRequestRecord
from yuzhou.capabilities.sense.selectors.paging import page_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place

APPROVE = "sense.device:approve"


def visible_keys(actor: Actor) -> QuerySet[ProvisionKeyRecord]:
    """Keys at places where the actor may approve."""
    return scoped(ProvisionKeyRecord.objects.all(), actor.scope(APPROVE), place="place_path")


def visible_requests(actor: Actor, permission: str = APPROVE) -> QuerySet[ProvisionRequestRecord]:
    """Requests at places within the actor's reach."""
    return scoped(ProvisionRequestRecord.objects.all(), actor.scope(permission), place="place_path")


def key_of(record: ProvisionKeyRecord) -> ProvisionKey:
    """As people see it."""
    return ProvisionKey(
        id=record.id,
        title=record.title,
        hint=record.hint,
        profile=record.profile,
        place_path=record.place_path,
        operator_id=record.operator_id,
        most=record.most,
        used=record.used,
        expires_at=record.expires_at,
        made_at=record.made_at,
        made_by=record.made_by,
        automatic=record.automatic,
        revoked_at=record.revoked_at,
    )


def _request_of(record: ProvisionRequestRecord) -> ProvisionRequest:
    return ProvisionRequest(
        id=record.id,
        protocol=record.protocol,
        identity=record.identity,
        profile=record.profile,
        place_path=record.place_path,
        status=ProvisionStatus(record.status),
        details=record.details,
        peer=record.peer,
        asked_at=record.asked_at,
        last_asked_at=record.last_asked_at,
        times=record.times,
        key_title=record.key.title if record.key else "",
        operator_id=record.operator_id,
        device_id=record.device_id,
        claims=record.claims,
        code=record.code,
        reason=record.reason,
        decided_by=record.decided_by,
        decided_at=record.decided_at,
    )


def provision_key_hashes(*, protocol: str) -> frozenset[str]:
    """The hashes of the keys under which devices of a protocol may ask, or ask again for what they were promised.

    For doors that must know a key before they listen; needs no actor, as nobody finds a key by its hash.
    """
    awaited = Q(requests__status__in=(ProvisionStatus.PENDING, ProvisionStatus.APPROVED))
    good = Q(revoked_at=None, expires_at__gt=now())
    profiles = ProfileRecord.objects.filter(protocol=protocol).values("key")
    found = ProvisionKeyRecord.objects.filter(good | awaited, profile__in=profiles)
    return frozenset(found.values_list("hash", flat=True))


def list_provision_keys(*, actor: Actor) -> list[ProvisionKey]:
    """The keys within `sense.device:approve`, newest first."""
    return [key_of(record) for record in visible_keys(actor).order_by("-made_at")]


def list_provision_requests(
    *,
    actor: Actor,
    statuses: Sequence[ProvisionStatus] = (ProvisionStatus.PENDING,),
    place_path: str | None = None,
    profile: str = "",
    claims: UUID | None = None,
    text: str = "",
    offset: int = 0,
    limit: int = 100,
) -> Page[ProvisionRequest]:
    """Requests within `sense.device:approve`, those that wait longest first; `claims`: for the identity of this device."""
    found = visible_requests(actor).filter(status__in=list(statuses))
    if place_path is not None:
        found = found.filter(within_place("place_path", place_path))
    if profile:
        found = found.filter(profile=profile)
    if claims is not None:
        found = found.filter(claims=claims)
    if text:
        found = found.filter(Q(identity__icontains=text) | Q(peer__startswith=text) | Q(key__title__icontains=text))
    return page_of(found.select_related("key").order_by("asked_at", "id"), _request_of, offset=offset, limit=limit)


def get_provision_request(*, actor: Actor, request_id: UUID) -> ProvisionRequest:
    """One request; raises NotFound `sense.provision-unknown`."""
    record = visible_requests(actor).select_related("key").filter(id=request_id).first()
    if record is None:
        raise NotFound("sense.provision-unknown")
    return _request_of(record)
