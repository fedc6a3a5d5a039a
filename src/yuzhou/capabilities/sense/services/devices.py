"""Registering devices and their series."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yuzhou.capabilities.sense.contracts import Device, Profile, SeriesKey, SeriesSpec, Statistic
from yuzhou.capabilities.sense.contracts.profiles import DEFAULT_SILENCE
from yuzhou.capabilities.sense.models import DeviceRecord, DeviceStatus, SeriesRecord
from yuzhou.capabilities.sense.selectors.devices import device_of, visible_devices
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.capabilities.sense.services.directory import tell_door
from yuzhou.capabilities.sense.services.interlocks import Reason
from yuzhou.capabilities.sense.services.lock_outs import refuse_unsent
from yuzhou.capabilities.sense.services.raising import withdraw_alarms
from yuzhou.capabilities.sense.services.secrets import seal, set_connection
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.ids import urn, uuid7
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

REGISTER = "sense.device:register"
PLAIN = ("profile", "place_path", "site_id", "operator_id", "silent_after_seconds", "frames_per_minute", "enabled", "notes")


@transaction_required
def register_device(
    *,
    actor: Actor,
    protocol: str,
    identity: str,
    secret: str,
    title: Text,
    profile: str,
    place_path: str,
    site_id: UUID | None = None,
    operator_id: UUID | None = None,
    series: Iterable[SeriesSpec] = (),
    silent_after_seconds: int | None = None,
    frames_per_minute: int = 600,
    simulated: bool = False,
    notes: str = "",
    connection: Mapping[str, Any] | None = None,
) -> Device:
    """Enter a device with its series. Needs `sense.device:register` at its place.

    Where the profile is a stored one, the device gets a series for each of its properties that is not optional, and is
    silent after the profile's time unless told otherwise. `connection` says how to reach a device that we call; what is
    secret in it (see `is_secret`) is stored encrypted.
    Raises Conflict `sense.identity-taken` where an enabled device of the protocol has that identity; Invalid
    `sense.profile-protocol` where the profile is of another protocol.
    """
    actor.require(REGISTER, place_path=place_path)
    if not identity.strip():
        raise Invalid("sense.identity-empty", field="identity")
    kind = _kind(profile, protocol)
    if silent_after_seconds is None:
        silent_after_seconds = kind.silent_after_seconds if kind else DEFAULT_SILENCE
    identifier = uuid7()
    record = DeviceRecord(
        id=identifier,
        protocol=protocol,
        identity=identity.strip(),
        secret=seal(identifier, secret),
        title_zh=title.zh,
        title_en=title.en,
        profile=profile,
        place_path=place_path,
        site_id=site_id,
        operator_id=operator_id,
        silent_after_seconds=silent_after_seconds,
        frames_per_minute=frames_per_minute,
        simulated=simulated,
        notes=notes,
        registered_at=now(),
    )
    set_connection(record, connection or {})
    _save(record, force_insert=True)
    DeviceStatus.objects.create(device=record)
    _ensure(record, [*_called_for(kind), *series], kind)
    tell_door(record)
    acts.record(actor=actor, act=REGISTER, subject=urn("device", record.id), details={"identity": record.identity})
    return device_of(record)


@transaction_required
def update_device(*, actor: Actor, device_id: UUID, **changes: Any) -> Device:
    """Change any of: secret, title, profile, place_path, site_id, operator_id, silent_after_seconds, frames_per_minute,
    enabled, notes, connection (replaced whole, but secrets left out stay).

    Needs `sense.device:register` at the place where it is and where it goes. Raises Conflict `sense.identity-taken` where
    another device took over its identity while it was disabled; Invalid `sense.profile-protocol`.
    """
    record = visible_devices(actor).select_for_update(of=("self",)).filter(id=device_id).first()
    if record is None:
        raise NotFound("sense.device-unknown")
    actor.require(REGISTER, place_path=record.place_path)
    actor.require(REGISTER, place_path=changes.get("place_path", record.place_path))
    for name in set(changes) & set(PLAIN):
        setattr(record, name, changes[name])
    if "connection" in changes:
        set_connection(record, changes["connection"])
    if changes.get("profile"):
        kind = _kind(record.profile, record.protocol)
        _ensure(record, _called_for(kind), kind)
    if "title" in changes:
        record.title_zh, record.title_en = changes["title"].zh, changes["title"].en
    if "secret" in changes:
        record.secret = seal(record.id, changes["secret"])
        record.new_secret = b""
    _save(record)
    if not record.enabled:
        withdraw_alarms(device_id=record.id)
        refuse_unsent(record, Reason("sense.interlock.disabled", {}), actor=actor, reads_too=True)
    tell_door(record)
    acts.record(actor=actor, act=REGISTER, subject=urn("device", record.id), details={"changed": sorted(changes)})
    return device_of(record)


def _save(record: DeviceRecord, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            record.save(force_insert=force_insert)
    except IntegrityError as error:
        raise Conflict("sense.identity-taken", identity=record.identity) from error


@transaction_required
def ensure_series(*, device_id: UUID, specs: Iterable[SeriesSpec]) -> dict[SeriesKey, int]:
    """Make the series that are missing; returns the ids of all that were named. Idempotent; needs a transaction."""
    record = DeviceRecord.objects.filter(id=device_id).first()
    if record is None:
        raise NotFound("sense.device-unknown")
    ids, made = _ensure(record, specs, find_profiles(keys=[record.profile]).get(record.profile))
    if made:
        tell_door(record)
    return ids


def _kind(profile: str, protocol: str) -> Profile | None:
    """The stored profile of that key, if any."""
    kind = find_profiles(keys=[profile]).get(profile) if profile else None
    if kind is not None and kind.protocol != protocol:
        raise Invalid("sense.profile-protocol", field="profile", profile=kind.key, protocol=kind.protocol)
    return kind


def _called_for(kind: Profile | None) -> list[SeriesSpec]:
    """The series that every device of the profile has; named and measured as the profile says, unless they were before."""
    return [SeriesSpec(spec.name, Statistic.RTD) for spec in kind.properties if not spec.optional] if kind else []


def _ensure(record: DeviceRecord, specs: Iterable[SeriesSpec], kind: Profile | None = None) -> tuple[dict[SeriesKey, int], bool]:
    specs = list(specs)
    wanted = {spec.key: spec for spec in specs}
    found = {(s.property, Statistic(s.statistic)): s for s in SeriesRecord.objects.filter(device=record)}
    missing = [spec for key, spec in wanted.items() if key not in found]
    known = {one.property: one for one in sorted(found.values(), key=_usefulness)}
    made = [_new_series(record, spec, known.get(spec.property) or _by_profile(kind, spec.property)) for spec in missing]
    SeriesRecord.objects.bulk_create(made, ignore_conflicts=True)
    for key in wanted.keys() & found.keys():
        _refine(found[key], wanted[key])
    ids = {
        (prop, Statistic(statistic)): number
        for prop, statistic, number in SeriesRecord.objects.filter(device=record).values_list("property", "statistic", "id")
    }
    return {key: ids[key] for key in wanted}, bool(missing)


def _new_series(device: DeviceRecord, spec: SeriesSpec, sibling: SeriesRecord | None) -> SeriesRecord:
    """A series; one that a device brings up itself is called like the others of its property, and measured like them."""
    same_unit = sibling is not None and not spec.statistic.endswith("total") and not sibling.statistic.endswith("total")
    return SeriesRecord(
        device=device,
        property=spec.property,
        statistic=spec.statistic,
        unit=spec.unit or (sibling.unit if sibling and same_unit else ""),
        title_zh=spec.title.zh or (sibling.title_zh if sibling else ""),
        title_en=spec.title.en or (sibling.title_en if sibling else ""),
    )


def _by_profile(kind: Profile | None, name: str) -> SeriesRecord | None:
    """The property as the profile knows it, in the form of a series."""
    spec = kind.find(name) if kind else None
    if spec is None:
        return None
    return SeriesRecord(property=name, statistic=Statistic.RTD, unit=spec.unit, title_zh=spec.title.zh, title_en=spec.title.en)


def _usefulness(record: SeriesRecord) -> tuple[bool, bool]:
    """Titled ones, and of those the ones that are no totals, come last."""
    return bool(record.title_zh), not record.statistic.endswith("total")


def _refine(record: SeriesRecord, spec: SeriesSpec) -> None:
    """Take over a unit or title that is given now."""
    new = {"unit": spec.unit, "title_zh": spec.title.zh, "title_en": spec.title.en}
    changed = {name: value for name, value in new.items() if value and value != getattr(record, name)}
    if changed:
        SeriesRecord.objects.filter(id=record.id).update(**changed)
