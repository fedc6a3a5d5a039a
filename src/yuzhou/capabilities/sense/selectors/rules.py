"""Rules within the actor's reach."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from yuzhou.capabilities.sense.contracts import Device, Page, Rule, RuleOverride, RuleVersion
from yuzhou.capabilities.sense.models import DeviceRecord, RuleRecord
from yuzhou.capabilities.sense.rules.notation import read_definition
from yuzhou.capabilities.sense.selectors.devices import device_of, visible_devices
from yuzhou.capabilities.sense.selectors.paging import page_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import within_place
from yuzhou.kernel.text import Text


def rule_of(record: RuleRecord) -> Rule:
    """As people see it."""
    return Rule(
        id=record.id,
        key=record.key,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        definition=read_definition(record.definition),
        device_id=record.device_id,
        profile=record.profile,
        enabled=record.enabled,
        version=record.version,
        by_person=record.by_person,
        changed_at=record.changed_at,
    )


def visible_rules(actor: Actor, devices: QuerySet[DeviceRecord] | None = None) -> QuerySet[RuleRecord]:
    """Rules that bear on devices within `sense.device:read`; to whoever sees the whole city, those of empty profiles too."""
    seen = visible_devices(actor) if devices is None else devices
    reach = Q(device_id__in=seen.values("id")) | Q(device=None, profile__in=_profiles(seen))
    if devices is None and actor.scope("sense.rule:define").covers(place_path="50"):
        reach |= Q(device=None)
    return RuleRecord.objects.filter(reach)


def list_rules(*, actor: Actor, device_id: UUID | None = None) -> list[Rule]:
    """Rules within `sense.device:read`; with a device, those that bear on it."""
    devices = visible_devices(actor)
    if device_id is not None:
        devices = devices.filter(id=device_id)
    return [rule_of(record) for record in visible_rules(actor, devices).order_by("key")]


ORDERS = ("title_zh", "key", "profile", "device__title_zh", "enabled", "changed_at")


def find_rules(
    *,
    actor: Actor,
    place_path: str | None = None,
    device_id: UUID | None = None,
    profile: str | None = None,
    enabled: bool | None = None,
    by_person: bool | None = None,
    text: str = "",
    order: str = "-changed_at",
    offset: int = 0,
    limit: int = 100,
) -> Page[Rule]:
    """Rules within `sense.device:read`, by what they aim at; a place finds those of its devices."""
    found = visible_rules(actor)
    if place_path is not None or device_id is not None:
        devices = visible_devices(actor)
        devices = devices.filter(within_place("place_path", place_path)) if place_path is not None else devices
        devices = devices.filter(id=device_id) if device_id is not None else devices
        found = visible_rules(actor, devices)
    for name, value in (("profile", profile), ("enabled", enabled), ("by_person", by_person)):
        found = found.filter(**{name: value}) if value is not None else found
    if text:
        found = found.filter(Q(key__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text))
    column = order if order.lstrip("-") in ORDERS else "-changed_at"
    return page_of(found.order_by(column, "key"), rule_of, offset=offset, limit=limit)


def get_rule(*, actor: Actor, rule_id: UUID) -> Rule:
    """One rule; raises NotFound `sense.rule-unknown`."""
    record = visible_rules(actor).filter(id=rule_id).first()
    if record is None:
        raise NotFound("sense.rule-unknown")
    return rule_of(record)


def rule_versions(*, actor: Actor, rule_id: UUID) -> list[RuleVersion]:
    """What the rule was, newest first."""
    record = visible_rules(actor).filter(id=rule_id).first()
    if record is None:
        raise NotFound("sense.rule-unknown")
    return [
        RuleVersion(
            number=one.number,
            title=Text(one.title_zh, one.title_en or one.title_zh),
            definition=read_definition(one.definition),
            enabled=one.enabled,
            since=one.since,
            changed_by=one.changed_by,
            note=one.note,
        )
        for one in record.versions.order_by("-number")
    ]


def rule_overrides(*, actor: Actor, rule_id: UUID, device_ids: Iterable[UUID] | None = None) -> list[RuleOverride]:
    """What devices that the actor may see have of their own in a rule."""
    record = visible_rules(actor).filter(id=rule_id).first()
    if record is None:
        raise NotFound("sense.rule-unknown")
    rows = record.overrides.filter(device_id__in=visible_devices(actor).values("id")).select_related("device")
    rows = rows.filter(device_id__in=list(device_ids)) if device_ids is not None else rows
    return [
        RuleOverride(
            device_id=one.device_id,
            device_title=Text(one.device.title_zh, one.device.title_en or one.device.title_zh),
            numbers=one.numbers,
            enabled=one.enabled,
            changed_at=one.changed_at,
            changed_by=one.changed_by,
        )
        for one in rows.order_by("device__title_zh")
    ]


def find_devices(*, actor: Actor, device_ids: Iterable[UUID]) -> dict[UUID, Device]:
    """Those of the devices that the actor may see."""
    records = visible_devices(actor).filter(id__in=set(device_ids))
    return {record.id: device_of(record) for record in records}


def _profiles(devices: QuerySet[DeviceRecord]) -> list[str]:
    return list(devices.exclude(profile="").order_by("profile").values_list("profile", flat=True).distinct())
