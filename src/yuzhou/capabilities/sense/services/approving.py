"""Deciding who may come in: keys, approval, refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.onboarding import DeviceEntry, ProvisionKey, ProvisionStatus
from yuzhou.capabilities.sense.models import ProvisionKeyRecord, ProvisionRequestRecord
from yuzhou.capabilities.sense.rules.identities import digest, new_key
from yuzhou.capabilities.sense.selectors.onboarding import APPROVE, key_of, visible_keys, visible_requests
from yuzhou.capabilities.sense.selectors.profiles import get_profile
from yuzhou.capabilities.sense.services.devices import register_device
from yuzhou.capabilities.sense.services.onboarding import onboard_device
from yuzhou.capabilities.sense.services.proposing import series_of
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

APPROVING = Actor.system("sense.approving")
MOST_DEVICES = 100_000  # under one key
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key, to be shown this once."""

    key: ProvisionKey
    secret: str


@transaction_required
def make_provision_key(
    *,
    actor: Actor,
    title: str,
    profile: str,
    place_path: str,
    expires_at: datetime,
    most: int = 100,
    operator_id: UUID | None = None,
    automatic: bool = False,
) -> MadeKey:
    """Make a key under which devices of the profile may ask to be let in at the place. Needs `sense.device:approve` there.

    With `automatic` they are let in without a person's word. Raises Invalid naming the field, NotFound for the profile.
    """
    actor.require(APPROVE, place_path=place_path)
    moment = now()
    if not title.strip():
        raise Invalid("sense.provision-key-title", field="title")
    if get_profile(key=profile).retired:
        raise Invalid("sense.profile-retired", field="profile", profile=profile)
    if not moment < expires_at <= moment + LONGEST:
        raise Invalid("sense.provision-key-expiry", field="expires_at")
    if not 1 <= most <= MOST_DEVICES:
        raise Invalid("sense.provision-key-most", field="most", most=MOST_DEVICES)
    secret = new_key()
    record = ProvisionKeyRecord.objects.create(
        hash=digest(secret),
        hint=secret[:9],
        title=title.strip()[:200],
        profile=profile,
        place_path=place_path,
        operator_id=operator_id,
        most=most,
        automatic=automatic,
        expires_at=expires_at,
        made_at=moment,
        made_by=actor.name,
    )
    details = {"key": "made", "profile": profile, "place": place_path, "most": most, "automatic": automatic}
    acts.record(actor=actor, act=APPROVE, subject=urn("provision-key", record.id), details=details)
    return MadeKey(key_of(record), secret)


@transaction_required
def revoke_provision_key(*, actor: Actor, key_id: UUID) -> ProvisionKey:
    """Take a key back: nobody new may ask under it; who waits stays in the queue. Idempotent; raises NotFound."""
    record = visible_keys(actor).select_for_update().filter(id=key_id).first()
    if record is None:
        raise NotFound("sense.provision-key-unknown")
    if record.revoked_at is None:
        record.revoked_at = now()
        record.save(update_fields=["revoked_at"])
        acts.record(actor=actor, act=APPROVE, subject=urn("provision-key", record.id), details={"key": "revoked"})
    return key_of(record)


@transaction_required
def approve_provisioning(*, actor: Actor, request_ids: Iterable[UUID]) -> int:
    """Let in those of the devices that still wait; each is registered under its key's profile and place, and gets its secret
    when it asks again. Needs `sense.device:approve` at their places; what lies elsewhere is not found. Returns how many."""
    waiting = visible_requests(actor, APPROVE).filter(id__in=list(request_ids), status=ProvisionStatus.PENDING)
    records = list(waiting.select_for_update(of=("self",)).select_related("key").order_by("asked_at"))
    return sum(_let_in_unless_taken(record, actor) for record in records)


def _let_in_unless_taken(record: ProvisionRequestRecord, actor: Actor) -> bool:
    """Let it in; where another device was given its identity meanwhile, its request is refused instead."""
    try:
        let_in(record, record.details, by=actor)
    except Conflict:
        _refuse(record, actor, "sense.provision-taken", "")
        return False
    return True


def let_in(record: ProvisionRequestRecord, details: Mapping[str, str], *, by: Actor) -> None:
    """Register the device of a request: by its key's profile, or as its edge node proposed it."""
    name = (details.get("title") or record.identity)[:200]
    device = _onboarded(record, Text(name, name)) if record.key_id else _proposed(record, Text(name, name))
    record.status, record.device_id = ProvisionStatus.APPROVED, device.id
    record.decided_by, record.decided_at = by.name, now()
    record.save(update_fields=["status", "device_id", "decided_by", "decided_at"])
    if record.key_id is not None:
        ProvisionKeyRecord.objects.filter(id=record.key_id).update(used=F("used") + 1)
    details = {"identity": record.identity, "device": str(device.id)}
    acts.record(actor=by, act=APPROVE, subject=urn("provision-request", record.id), details=details)


def _onboarded(record: ProvisionRequestRecord, title: Text) -> Device:
    entry = DeviceEntry(
        identity=record.identity,
        title=title,
        profile=record.profile,
        place_path=record.place_path,
        operator_id=record.operator_id,
    )
    return onboard_device(actor=APPROVING, entry=entry).device


def _proposed(record: ProvisionRequestRecord, title: Text) -> Device:
    """It has no secret of its own, as its node speaks for it, and no profile until somebody gives it one."""
    return register_device(
        actor=APPROVING,
        protocol=record.protocol,
        identity=record.identity,
        secret="",
        title=title,
        profile="",
        place_path=record.place_path,
        operator_id=record.operator_id,
        series=series_of(record.proposed),
    )


@transaction_required
def refuse_provisioning(*, actor: Actor, request_ids: Iterable[UUID], reason: str) -> int:
    """Refuse those of the devices that still wait; they are told the reason when they ask again. Returns how many."""
    if not reason.strip():
        raise Invalid("sense.provision-reason-empty", field="reason")
    waiting = visible_requests(actor, APPROVE).filter(id__in=list(request_ids), status=ProvisionStatus.PENDING)
    records = list(waiting.select_for_update(of=("self",)))
    for record in records:
        _refuse(record, actor, "sense.provision-declined", reason.strip()[:500])
    return len(records)


def _refuse(record: ProvisionRequestRecord, actor: Actor, code: str, reason: str) -> None:
    """Turn a request down; it takes the place of an older refusal of the identity."""
    ProvisionRequestRecord.objects.filter(
        protocol=record.protocol, identity=record.identity, status=ProvisionStatus.REFUSED
    ).delete()
    record.status, record.code, record.reason = ProvisionStatus.REFUSED, code, reason
    record.decided_by, record.decided_at = actor.name, now()
    record.save(update_fields=["status", "code", "reason", "decided_by", "decided_at"])
    details = {"identity": record.identity, "refused": reason or code}
    acts.record(actor=actor, act=APPROVE, subject=urn("provision-request", record.id), details=details)


@transaction_required
def forget_provisioning(*, actor: Actor, request_id: UUID) -> None:
    """Forget a refusal, so that the device may ask anew. Raises NotFound; Conflict for one that is not refused."""
    record = visible_requests(actor, APPROVE).select_for_update(of=("self",)).filter(id=request_id).first()
    if record is None:
        raise NotFound("sense.provision-unknown")
    if record.status != ProvisionStatus.REFUSED:
        raise Conflict("sense.provision-not-refused")
    acts.record(
        actor=actor,
        act=APPROVE,
        subject=urn("provision-request", record.id),
        details={"identity": record.identity, "forgotten": True},
    )
    record.delete()


@transaction_required
def forget_old_requests() -> int:
    """Drop what waited or was refused for 60 days without asking again; returns how many."""
    old = now() - timedelta(days=60)
    stale = (ProvisionStatus.PENDING, ProvisionStatus.REFUSED)
    return ProvisionRequestRecord.objects.filter(status__in=stale, last_asked_at__lt=old).delete()[0]
