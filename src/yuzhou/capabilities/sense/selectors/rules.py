"""Rules within the actor's reach."""

from uuid import UUID

from django.db.models import Q, QuerySet

from yuzhou.capabilities.sense.contracts import Rule
from yuzhou.capabilities.sense.models import DeviceRecord, RuleRecord
from yuzhou.capabilities.sense.rules.notation import read_definition
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.kernel.actor import Actor
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
    )


def list_rules(*, actor: Actor, device_id: UUID | None = None) -> list[Rule]:
    """Rules within `sense.device:read`; with a device, those that bear on it."""
    devices = visible_devices(actor)
    if device_id is not None:
        devices = devices.filter(id=device_id)
    reach = Q(device_id__in=devices.values("id")) | Q(device=None, profile__in=_profiles(devices))
    return [rule_of(record) for record in RuleRecord.objects.filter(reach).order_by("key")]


def _profiles(devices: QuerySet[DeviceRecord]) -> list[str]:
    return list(devices.exclude(profile="").order_by("profile").values_list("profile", flat=True).distinct())
