"""Rules of retention and legal holds: made and lifted by people, each in the audit log."""

from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts.retention import LegalHold, Retention
from yuzhou.capabilities.sense.models import DeviceRecord, LegalHoldRecord, ProfileRecord, RetentionRecord, SeriesRecord
from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

SET = "sense.retention:set"
LEAST_DAYS = 7


def list_retention(*, actor: Actor) -> list[Retention]:
    """All rules."""
    actor.require(SET, place_path=CITY_PATH)
    return [_retention_of(record) for record in RetentionRecord.objects.order_by("profile", "series_id")]


@transaction_required
def set_retention(
    *,
    actor: Actor,
    profile: str = "",
    series_id: int | None = None,
    reading_days: int | None = None,
    frame_days: int | None = None,
) -> Retention | None:
    """Say how long the data of a profile or of a series are kept; with no days at all the rule goes, and None is given.

    Readings are kept for ever, frames for `SENSE_FRAME_DAYS`, where nothing is said.
    """
    actor.require(SET, place_path=CITY_PATH)
    _check_target(profile, series_id)
    if any(days is not None and days < LEAST_DAYS for days in (reading_days, frame_days)):
        raise Invalid("sense.retention-short", field="reading_days", days=LEAST_DAYS)
    subject = urn("profile", profile) if profile else urn("series", str(series_id))
    acts.record(actor=actor, act=SET, subject=subject, details={"reading_days": reading_days, "frame_days": frame_days})
    key: dict[str, Any] = {"profile": profile, "series_id": series_id}
    if reading_days is None and frame_days is None:
        RetentionRecord.objects.filter(**key).delete()
        return None
    values = {"reading_days": reading_days, "frame_days": frame_days, "changed_by": actor.name, "changed_at": now()}
    record, _ = RetentionRecord.objects.update_or_create(**key, defaults=values)
    return _retention_of(record)


def _check_target(profile: str, series_id: int | None) -> None:
    if bool(profile) == (series_id is not None):
        raise Invalid("sense.retention-aimless", field="profile")
    if profile and not ProfileRecord.objects.filter(key=profile).exists():
        raise NotFound("sense.profile-unknown", key=profile)
    if series_id is not None and not SeriesRecord.objects.filter(id=series_id).exists():
        raise NotFound("sense.device-unknown")


def list_holds(*, actor: Actor, standing: bool = True) -> list[LegalHold]:
    """The holds that stand, or all there ever were."""
    actor.require(SET, place_path=CITY_PATH)
    records = LegalHoldRecord.objects.order_by("-placed_at")
    return [_hold_of(record) for record in (records.filter(released_at=None) if standing else records)]


@transaction_required
def place_hold(*, actor: Actor, reason: str, device_id: UUID | None = None, profile: str = "") -> LegalHold:
    """From now on nothing of the device, or of the devices of the profile, is removed."""
    actor.require(SET, place_path=CITY_PATH)
    if bool(profile) == (device_id is not None):
        raise Invalid("sense.retention-aimless", field="profile")
    if not reason.strip():
        raise Invalid("sense.comment-empty", field="reason")
    if device_id is not None and not DeviceRecord.objects.filter(id=device_id).exists():
        raise NotFound("sense.device-unknown")
    record = LegalHoldRecord.objects.create(
        device_id=device_id, profile=profile, reason=reason.strip(), placed_by=actor.name, placed_at=now()
    )
    acts.record(actor=actor, act=SET, subject=_subject(record), details={"hold": str(record.id), "reason": record.reason})
    return _hold_of(record)


@transaction_required
def release_hold(*, actor: Actor, hold_id: UUID) -> LegalHold:
    """Lift a hold: what is over its time goes the next night. Idempotent."""
    actor.require(SET, place_path=CITY_PATH)
    record = LegalHoldRecord.objects.select_for_update().filter(id=hold_id).first()
    if record is None:
        raise NotFound("sense.hold-unknown")
    if record.released_at is None:
        record.released_by, record.released_at = actor.name, now()
        record.save(update_fields=["released_by", "released_at"])
        acts.record(actor=actor, act=SET, subject=_subject(record), details={"hold": str(record.id), "released": record.reason})
    return _hold_of(record)


def _subject(record: LegalHoldRecord) -> str:
    return urn("device", record.device_id) if record.device_id else urn("profile", record.profile)


def _hold_of(record: LegalHoldRecord) -> LegalHold:
    return LegalHold(
        id=record.id,
        device_id=record.device_id,
        profile=record.profile,
        reason=record.reason,
        placed_by=record.placed_by,
        placed_at=record.placed_at,
        released_by=record.released_by,
        released_at=record.released_at,
    )


def _retention_of(record: RetentionRecord) -> Retention:
    return Retention(
        id=record.id,
        profile=record.profile,
        series_id=record.series_id,
        reading_days=record.reading_days,
        frame_days=record.frame_days,
        changed_by=record.changed_by,
        changed_at=record.changed_at,
    )
