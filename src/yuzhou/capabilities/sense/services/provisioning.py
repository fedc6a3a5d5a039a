"""Devices that ask for themselves (自注册): answered by doors, decided by people."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from yuzhou.capabilities.sense.contracts.onboarding import ProvisionState, ProvisionStatus
from yuzhou.capabilities.sense.models import DeviceRecord, ProvisionKeyRecord, ProvisionRequestRecord
from yuzhou.capabilities.sense.rules.identities import digest, is_identity
from yuzhou.capabilities.sense.rules.pace import Pace
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.capabilities.sense.services.approving import let_in
from yuzhou.capabilities.sense.services.secrets import open_secret
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

DOOR = Actor.system("sense.provisioning")
MOST_PENDING = 20_000  # over all keys
LONGEST_DETAILS = 2_000  # signs as JSON
SELDOM = timedelta(seconds=10)
peers = Pace(most=60, seconds=60.0)  # requests of one sender
strangers = Pace(most=10, seconds=60.0)  # of those, with keys that are none


def request_provisioning(
    *,
    protocol: str,
    identity: str,
    profile: str = "",
    provision_key: str,
    details: Mapping[str, Any] | None = None,
    peer: str = "",
    claim: str = "",
) -> ProvisionState:
    """A device asks to be let in, or asks again. Opens its own transaction, as the platform.

    `profile` may be left out: the key's counts. `claim` is a word of the device's own choosing: where the first request
    brought one, later ones must bring the same, and may then have the secret again until the device first reported.
    Refused with a code: `sense.provision-key` (none, expired, revoked or used up), `-identity`, `-profile`, `-details`,
    `-taken` (a device has that identity; the claim is marked), `-claim`, `-declined`, `-often`, `-full`.
    """
    identity = identity.strip()
    if not peers.admits(peer):
        return _refusal(identity, "often")
    if not is_identity(identity):
        return _refusal(identity, "identity")
    try:
        shown = _details(details or {})
    except (TypeError, ValueError):
        return _refusal(identity, "details")
    with acting_as(DOOR):
        key = ProvisionKeyRecord.objects.select_for_update().filter(hash=digest(provision_key)).first()
        if key is None:
            return _refusal(identity, "key" if strangers.admits(peer) else "often")
        kind = find_profiles(keys=[key.profile]).get(key.profile)
        if kind is None or kind.protocol != protocol or profile not in ("", kind.key):
            return _refusal(identity, "profile", profile=profile or key.profile, protocol=protocol)
        return _answer(key, protocol, identity, shown, peer[:64], digest(claim) if claim else "")


def _details(details: Mapping[str, Any]) -> dict[str, str]:
    """What the device says of itself, as people read it."""
    shown = {str(name)[:64]: value if isinstance(value, str) else json.dumps(value) for name, value in details.items()}
    if len(json.dumps(shown)) > LONGEST_DETAILS or any("\x00" in value or "\x00" in name for name, value in shown.items()):
        raise ValueError
    return shown


def _refusal(identity: str, reason: str, /, **params: Any) -> ProvisionState:
    pause = 3600 if reason in ("key", "profile", "taken", "declined") else 60
    return ProvisionState(ProvisionStatus.REFUSED, identity[:128], f"sense.provision-{reason}", params, retry_after_seconds=pause)


def _answer(
    key: ProvisionKeyRecord, protocol: str, identity: str, details: dict[str, str], peer: str, claim: str
) -> ProvisionState:
    asked = ProvisionRequestRecord.objects.select_for_update().filter(protocol=protocol, identity=identity)
    before = asked.exclude(status=ProvisionStatus.REFUSED).order_by("-asked_at").first()
    refused = asked.filter(status=ProvisionStatus.REFUSED).first()
    taken = DeviceRecord.objects.filter(protocol=protocol, identity=identity, enabled=True).first()
    if before is not None and (before.status == ProvisionStatus.PENDING or (taken and taken.id == before.device_id)):
        answer = _again(before, key, claim, peer)
        if answer is not None:
            return answer
    if taken is not None:
        _mark(refused, key, protocol, identity, details, peer, taken)
        return _refusal(identity, "taken")
    if before is not None and before.status == ProvisionStatus.PENDING:
        return _refusal(identity, "claim")
    if refused is not None and not refused.claims:
        _note(refused, peer)
        return _refusal(identity, "declined", reason=refused.reason)
    if not _is_good(key):
        return _refusal(identity, "key")
    waiting = ProvisionRequestRecord.objects.filter(status=ProvisionStatus.PENDING)
    if waiting.filter(key=key).count() + key.used >= key.most or waiting.count() >= MOST_PENDING:
        return _refusal(identity, "full")
    made = _new(key, protocol, identity, details, peer, claim)
    if key.automatic:
        let_in(made, made.details, by=DOOR)
        return _collect(made)
    return _pending(made)


def _is_good(key: ProvisionKeyRecord) -> bool:
    return key.revoked_at is None and key.expires_at > now() and key.used < key.most


def _new(
    key: ProvisionKeyRecord, protocol: str, identity: str, details: dict[str, str], peer: str, claim: str
) -> ProvisionRequestRecord:
    moment = now()
    given = {"key": key, "profile": key.profile, "place_path": key.place_path, "operator_id": key.operator_id}
    told = {"details": details, "peer": peer, "claim": claim, "asked_at": moment, "last_asked_at": moment}
    try:
        with transaction.atomic():
            return ProvisionRequestRecord.objects.create(protocol=protocol, identity=identity, **given, **told)
    except IntegrityError:  # another door was told the same at the same moment, under another key
        return ProvisionRequestRecord.objects.get(protocol=protocol, identity=identity, status=ProvisionStatus.PENDING)


def _again(before: ProvisionRequestRecord, key: ProvisionKeyRecord, claim: str, peer: str) -> ProvisionState | None:
    """The state of a request that was made before, for who shows the same key and says the same word; else nothing."""
    if before.key_id != key.id or (before.claim and before.claim != claim):
        return None
    _note(before, peer)
    if before.status == ProvisionStatus.PENDING:
        return _pending(before)
    if before.status == ProvisionStatus.APPROVED or (before.claim and _was_never_heard(before)):
        return _collect(before)
    return None  # it has its secret: whoever asks now claims a name that is taken


def _was_never_heard(before: ProvisionRequestRecord) -> bool:
    return before.device_id is not None and DeviceRecord.objects.filter(id=before.device_id, status__last_seen=None).exists()


def _note(record: ProvisionRequestRecord, peer: str) -> None:
    """Count that it asked again; what asks too fast is not written down each time."""
    moment = now()
    if moment - record.last_asked_at >= SELDOM:
        ProvisionRequestRecord.objects.filter(id=record.id).update(times=F("times") + 1, last_asked_at=moment, peer=peer)


def _pending(record: ProvisionRequestRecord) -> ProvisionState:
    return ProvisionState(ProvisionStatus.PENDING, record.identity, profile=record.profile)


def _collect(record: ProvisionRequestRecord) -> ProvisionState:
    """Hand the secret over."""
    device = DeviceRecord.objects.filter(id=record.device_id, enabled=True).first() if record.device_id else None
    if device is None:  # it was disabled between approval and collection
        return _refusal(record.identity, "declined", reason="")
    ProvisionRequestRecord.objects.filter(id=record.id).update(status=ProvisionStatus.COLLECTED)
    return ProvisionState(
        ProvisionStatus.APPROVED, record.identity, secret=open_secret(device), device_id=device.id, profile=record.profile
    )


def _mark(
    refused: ProvisionRequestRecord | None,
    key: ProvisionKeyRecord,
    protocol: str,
    identity: str,
    details: dict[str, str],
    peer: str,
    taken: DeviceRecord,
) -> None:
    """Write down that someone claimed the identity of a device; one row for each identity, however often."""
    moment = now()
    told = {"last_asked_at": moment, "peer": peer, "details": details, "claims": taken.id, "code": "sense.provision-taken"}
    if refused is not None:
        if moment - refused.last_asked_at >= SELDOM or refused.claims != taken.id:
            ProvisionRequestRecord.objects.filter(id=refused.id).update(times=F("times") + 1, **told)
        return
    ProvisionRequestRecord.objects.create(
        key=key,
        protocol=protocol,
        identity=identity,
        profile=key.profile,
        place_path=taken.place_path,
        operator_id=taken.operator_id,
        status=ProvisionStatus.REFUSED,
        asked_at=moment,
        **told,
    )
