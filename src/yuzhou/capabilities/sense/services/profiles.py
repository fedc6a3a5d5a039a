"""Defining profiles: a change reaches the devices of the profile at once."""

from dataclasses import replace
from typing import Any

from django.db import connection

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.contracts.profile_notation import write_content, write_profile
from yuzhou.capabilities.sense.models import DeviceRecord, ProfileRecord, ProfileVersionRecord, RuleRecord
from yuzhou.capabilities.sense.selectors.profiles import find_profiles, get_profile, template_of
from yuzhou.capabilities.sense.services.profile_checks import check_profile
from yuzhou.capabilities.sense.services.profile_reach import reach_devices
from yuzhou.capabilities.sense.services.rules import define_rule
from yuzhou.capabilities.sense.services.versions import RULES, bump, version_of
from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

DEFINE = "sense.profile:define"


@transaction_required
def define_profile(
    *, actor: Actor, profile: Profile, expected_version: int | None = None, keep_rules: bool = False, origin: str = ""
) -> Profile:
    """Enter a profile, or replace the one of its key; its devices follow. Idempotent. Needs `sense.profile:define` in the city.

    Series that the profile calls for are made on its devices; titles, units and the time of silence of a device change
    where they were the profile's own before. With `keep_rules` the rules that aim at it stay as they are; else they become
    `profile.rules`, and those no longer there are switched off (which needs `sense.rule:define` too).
    Raises Invalid `sense.profile-invalid`; Conflict `sense.profile-declared` where a part of the product declares it,
    `sense.profile-changed` where it is not of the expected version, `sense.profile-protocol-fixed` once devices have it.
    """
    actor.require(DEFINE, place_path=CITY_PATH)
    check_profile(profile)
    record = ProfileRecord.objects.select_for_update().filter(key=profile.key).first()
    before = find_profiles(keys=[profile.key]).get(profile.key)
    _refuse(record, profile, expected_version, origin)
    wanted = _columns(profile) | ({"origin": origin, "retired_at": None} if origin else {})
    changed = [name for name, value in wanted.items() if record is None or getattr(record, name) != value]
    if changed:
        record = _store(actor, record, profile, wanted, _named(changed, before, profile))
        reach_devices(before, profile)
        _tell_doors(profile)
    if not keep_rules:
        _settle_rules(actor, profile)
    return get_profile(key=profile.key)


def _tell_doors(profile: Profile) -> None:
    """Doors take in anew the devices of the profile; rules are bound anew."""
    bump(profile.protocol, RULES)
    DeviceRecord.objects.filter(profile=profile.key).update(directory_version=version_of(profile.protocol))


def _refuse(record: ProfileRecord | None, profile: Profile, expected_version: int | None, origin: str) -> None:
    if record is None:
        return
    if record.origin and record.origin != origin:
        raise Conflict("sense.profile-declared", key=profile.key, part=record.origin)
    if expected_version is not None and record.version != expected_version:
        raise Conflict("sense.profile-changed", key=profile.key)
    if record.protocol != profile.protocol and _has_devices(record.key):
        raise Conflict("sense.profile-protocol-fixed", key=profile.key)


def _has_devices(key: str) -> bool:
    """Whether any device at all has the profile, also where the actor may not see it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sense_device WHERE profile = %s)", [key])
        return bool(cursor.fetchone()[0])


def _columns(profile: Profile) -> dict[str, Any]:
    return {
        "title_zh": profile.title.zh,
        "title_en": profile.title.en,
        "protocol": profile.protocol,
        "content": write_content(profile),
        "silent_after_seconds": profile.silent_after_seconds,
        "notes": profile.notes,
    }


def _named(changed: list[str], before: Profile | None, profile: Profile) -> list[str]:
    """What changed, by members: properties and commands one by one."""
    if before is None:
        return ["new"]
    named = ["title" if name.startswith("title") else name for name in changed if name != "content"]
    for member, noun in (("properties", "property"), ("commands", "command")):
        old = {item.name: item for item in getattr(before, member)}
        new = {item.name: item for item in getattr(profile, member)}
        named += [f"{noun} {name}" for name in (old | new) if old.get(name) != new.get(name)]
        named += [member] if list(old) != list(new) and old == new else []
    return list(dict.fromkeys(named))


def _store(
    actor: Actor, record: ProfileRecord | None, profile: Profile, wanted: dict[str, Any], changed: list[str]
) -> ProfileRecord:
    moment = now()
    stored = ProfileRecord(key=profile.key, version=0) if record is None else record
    for name, value in wanted.items():
        setattr(stored, name, value)
    stored.version, stored.changed_at = stored.version + 1, moment
    stored.save(force_insert=record is None)
    ProfileVersionRecord.objects.create(
        profile=stored,
        version=stored.version,
        definition=write_profile(replace(profile, rules=())),
        changed=changed,
        changed_at=moment,
        changed_by=actor.name,
    )
    details = {"version": stored.version, "changed": changed}
    acts.record(actor=actor, act=DEFINE, subject=urn("profile", profile.key), details=details)
    return stored


def _settle_rules(actor: Actor, profile: Profile) -> None:
    """Make the rules that aim at the profile those that it names; others are switched off."""
    aimed = RuleRecord.objects.filter(device=None, profile=profile.key)
    known = {template_of(rule).key: rule for rule in aimed}
    named = {template.key for template in profile.rules}
    gone = [replace(template_of(rule), enabled=False) for key, rule in known.items() if key not in named]
    for template in (*profile.rules, *gone):
        define_rule(
            actor=actor,
            key=known[template.key].key if template.key in known else f"{profile.key}/{template.key}",
            title=template.title,
            definition=template.definition,
            profile=profile.key,
            enabled=template.enabled,
        )


@transaction_required
def retire_profile(*, actor: Actor, key: str, retired: bool = True) -> Profile:
    """Offer a profile no more, or again. Its devices go on by it. Idempotent; raises NotFound, Conflict for a declared one."""
    actor.require(DEFINE, place_path=CITY_PATH)
    record = ProfileRecord.objects.select_for_update().filter(key=key).first()
    if record is None:
        raise NotFound("sense.profile-unknown", key=key)
    if record.origin:
        raise Conflict("sense.profile-declared", key=key, part=record.origin)
    if (record.retired_at is not None) != retired:
        record.retired_at = now() if retired else None
        record.save(update_fields=["retired_at"])
        acts.record(actor=actor, act=DEFINE, subject=urn("profile", key), details={"retired": retired})
    return get_profile(key=key)
