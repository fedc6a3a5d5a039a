"""Defining rules, what devices have of their own in them, and their versions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Definition, Rule
from yuzhou.capabilities.sense.models import DeviceRecord, RuleOverrideRecord, RuleRecord, RuleVersionRecord
from yuzhou.capabilities.sense.rules.definition import Near, Then, others
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.capabilities.sense.rules.overrides import numbers_of, override
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.rules import rule_of, visible_rules
from yuzhou.capabilities.sense.services.command_types import check_params, find_command_type
from yuzhou.capabilities.sense.services.raising import withdraw_alarms
from yuzhou.capabilities.sense.services.rule_checks import check_definition
from yuzhou.capabilities.sense.services.versions import RULES, bump
from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

DEFINE = "sense.rule:define"
COMMAND = "sense.command:request"


@transaction_required
def define_rule(
    *,
    actor: Actor,
    key: str,
    title: Text,
    definition: Definition,
    device_id: UUID | None = None,
    profile: str = "",
    enabled: bool = True,
    expected_version: int | None = None,
    note: str = "",
) -> Rule:
    """Enter or replace the rule of this key; aims at one device or at all of a profile. Idempotent; every change is a version.

    Its open alarms stay, and clear by the new definition (at once where it is disabled). Needs `sense.rule:define` at the
    device's place, for a profile in the whole city; where it asks for commands, `sense.command:request` too. Raises Conflict
    `sense.rule-changed` where it is not of the expected version any more (0: there is none yet).
    """
    if (device_id is None) == (profile == ""):
        raise Invalid("sense.rule-aimless")
    check_definition(definition)
    place = _place_of(actor, device_id)
    actor.require(DEFINE, place_path=place)
    check_reach(actor, definition, place)
    wanted = {
        "title_zh": title.zh,
        "title_en": title.en,
        "definition": write_definition(definition),
        "device_id": device_id,
        "profile": profile,
        "enabled": enabled,
    }
    record = RuleRecord.objects.select_for_update().filter(key=key).first()
    if record is not None:
        actor.require(DEFINE, place_path=_place_of(actor, record.device_id))
        if all(getattr(record, name) == value for name, value in wanted.items()):
            return rule_of(record)
    if expected_version is not None and expected_version != (record.version if record else 0):
        raise Conflict("sense.rule-changed")
    record = record or RuleRecord(key=key, enabled=False)
    if definition.then and _may_command_anew(record, wanted):
        _check_commands(actor, definition.then, device_id, place)
    for name, value in wanted.items():
        setattr(record, name, value)
    return _save(actor, record, note)


def _may_command_anew(record: RuleRecord, wanted: Mapping[str, Any]) -> bool:
    """Whether a rule could command now what, where or when it could not before; a new title or switching off cannot."""
    aim = ("definition", "device_id", "profile")
    return any(getattr(record, name) != wanted[name] for name in aim) or (wanted["enabled"] and not record.enabled)


def _save(actor: Actor, record: RuleRecord, note: str) -> Rule:
    record.version += 1
    record.changed_at = now()
    record.by_person = not _is_platform(actor)
    record.save()
    RuleVersionRecord.objects.create(
        rule=record,
        number=record.version,
        title_zh=record.title_zh,
        title_en=record.title_en,
        definition=record.definition,
        enabled=record.enabled,
        since=record.changed_at,
        changed_by=actor.name[:200],
        changed_by_id=actor.id,
        note=note.strip()[:500],
    )
    if not record.enabled:
        withdraw_alarms(rule_id=record.id)
    bump(RULES)
    details = {"key": record.key, "enabled": record.enabled, "version": record.version}
    acts.record(actor=actor, act=DEFINE, subject=urn("rule", record.id), details=details)
    return rule_of(record)


@transaction_required
def switch_rule(*, actor: Actor, rule_id: UUID, enabled: bool, note: str = "") -> Rule:
    """Switch a rule on or off. Needs `sense.rule:define` where it aims; again changes nothing."""
    record = _locked(actor, rule_id)
    actor.require(DEFINE, place_path=_place_of(actor, record.device_id))
    if record.enabled == enabled:
        return rule_of(record)
    definition = read_definition(record.definition)
    if enabled and definition.then:
        _check_commands(actor, definition.then, record.device_id, _place_of(actor, record.device_id))
    record.enabled = enabled
    return _save(actor, record, note)


@transaction_required
def override_rule(
    *, actor: Actor, rule_id: UUID, device_id: UUID, numbers: Mapping[str, float] | None = None, enabled: bool = True
) -> None:
    """Give one device numbers of its own in a rule of its profile (by JSON pointer into the definition), or switch it off there.

    Without numbers and switched on, the device follows the profile again. What is not overridden follows later changes of
    the rule. Needs `sense.rule:define` at the device's place; where the rule asks for commands, other numbers or switching
    on need `sense.command:request` too. Raises Invalid `sense.rule-invalid`, `sense.rule-not-of-profile`.
    """
    record = _locked(actor, rule_id)
    device: DeviceRecord | None = visible_devices(actor).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    actor.require(DEFINE, place_path=device.place_path)
    if record.device_id is not None or record.profile != device.profile:
        raise Invalid("sense.rule-not-of-profile")
    known = numbers_of(record.definition)
    given = {pointer: float(number) for pointer, number in (numbers or {}).items()}
    if unknown := sorted(given.keys() - known.keys()):
        raise Invalid("sense.rule-pointer-unknown", field="numbers", pointer=unknown[0])
    given = {pointer: number for pointer, number in given.items() if number != known[pointer]}
    definition = read_definition(override(record.definition, given))
    check_definition(definition)
    own = RuleOverrideRecord.objects.filter(rule=record, device=device)
    if not given and enabled:
        changed = bool(own.delete()[0])
    else:
        values = {"numbers": given, "enabled": enabled, "changed_at": now(), "changed_by": actor.name[:200]}
        before = own.values("numbers", "enabled").first()
        changed = before != {"numbers": given, "enabled": enabled}
        if changed:
            RuleOverrideRecord.objects.update_or_create(rule=record, device=device, defaults=values)
    if changed:
        if enabled:
            _check_commands(actor, definition.then, device.id, device.place_path)
        bump(RULES)
        details: dict[str, Any] = {"key": record.key, "rule": str(record.id), "numbers": given, "enabled": enabled}
        acts.record(actor=actor, act=DEFINE, subject=urn("device", device.id), details=details)


def _locked(actor: Actor, rule_id: UUID) -> RuleRecord:
    record: RuleRecord | None = visible_rules(actor).select_for_update(of=("self",)).filter(id=rule_id).first()
    if record is None:
        raise NotFound("sense.rule-unknown")
    return record


def check_reach(actor: Actor, definition: Definition, place: str) -> None:
    """A rule tells of what it looks at: whoever defines or tries it must reach that too; `place`: of the device."""
    for other in others(definition):
        if other.device is not None:
            if not visible_devices(actor).filter(id=other.device).exists():
                raise NotFound("sense.device-unknown")
        else:
            whole = other.place or (CITY_PATH if other.near is Near.EVERYWHERE or not place else wider(place, other.near))
            actor.require(DEFINE, place_path=whole)


def wider(place: str, near: Near) -> str:
    """The place whose devices a group near this place may have."""
    labels = {Near.DISTRICT: 2, Near.TOWNSHIP: 3}.get(near)
    return ".".join(place.split(".")[:labels]) if labels else place


def _check_commands(actor: Actor, then: tuple[Then, ...], device_id: UUID | None, place: str) -> None:
    """Whoever makes a rule that commands must be allowed to command, and the command must be one."""
    for one in then:
        target = one.device or device_id
        if target is None:
            actor.require(COMMAND, place_path=place)
            continue
        device = visible_devices(actor).filter(id=target).first()
        if device is None:
            raise NotFound("sense.device-unknown")
        actor.require(COMMAND, place_path=device.place_path)
        kind = find_command_type(protocol=device.protocol, profile=device.profile, name=one.command)
        if kind is None:
            raise Invalid("sense.command-unknown", field="definition", name=one.command)
        check_params(kind, dict(one.params))


def _is_platform(actor: Actor) -> bool:
    return actor.kind == "system"


def _place_of(actor: Actor, device_id: UUID | None) -> str:
    if device_id is None:
        return CITY_PATH
    record: DeviceRecord | None = visible_devices(actor).filter(id=device_id).first()
    if record is None:
        raise NotFound("sense.device-unknown")
    return record.place_path
