"""Profiles. They are reference data: whoever sees devices may read them, so no reach narrows them."""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from yuzhou.capabilities.sense.contracts import Page, Profile, ProfileVersion, RuleTemplate
from yuzhou.capabilities.sense.contracts.profile_notation import read_content
from yuzhou.capabilities.sense.models import ProfileRecord, ProfileVersionRecord, RuleRecord
from yuzhou.capabilities.sense.rules.notation import read_definition
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.text import Text

ORDERS = ("key", "title_zh", "protocol", "changed_at")


def get_profile(*, key: str) -> Profile:
    """The profile of that key, also a retired one; raises NotFound `sense.profile-unknown`."""
    found = find_profiles(keys=[key]).get(key)
    if found is None:
        raise NotFound("sense.profile-unknown", key=key)
    return found


def find_profiles(*, keys: Iterable[str]) -> Mapping[str, Profile]:
    """Those of the keys that exist."""
    return {profile.key: profile for profile in _profiles_of(ProfileRecord.objects.filter(key__in=set(keys)))}


def list_profiles(
    *,
    protocol: str | None = None,
    text: str = "",
    retired: bool = False,
    order: str = "key",
    offset: int = 0,
    limit: int = 1000,
) -> Page[Profile]:
    """Profiles in use; with `retired`, those that are offered no more."""
    records = ProfileRecord.objects.filter(retired_at__isnull=not retired)
    if protocol is not None:
        records = records.filter(protocol=protocol)
    if text:
        records = records.filter(Q(key__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text))
    column = order if order.lstrip("-") in ORDERS else "key"
    return Page(_profiles_of(records.order_by(column, "key")[offset : offset + limit]), records.count())


def _profiles_of(records: Iterable[ProfileRecord]) -> list[Profile]:
    records = list(records)
    templates: dict[str, list[RuleTemplate]] = {}
    for rule in RuleRecord.objects.filter(device=None, profile__in=[record.key for record in records]).order_by("key"):
        templates.setdefault(rule.profile, []).append(template_of(rule))
    return [_profile_of(record, templates.get(record.key, [])) for record in records]


def _profile_of(record: ProfileRecord, rules: Iterable[RuleTemplate]) -> Profile:
    properties, commands = read_content(record.content)
    return Profile(
        key=record.key,
        title=Text(record.title_zh, record.title_en or record.title_zh),
        protocol=record.protocol,
        properties=properties,
        commands=commands,
        rules=tuple(rules),
        silent_after_seconds=record.silent_after_seconds,
        notes=record.notes,
        origin=record.origin,
        version=record.version,
        retired=record.retired_at is not None,
    )


def template_of(rule: RuleRecord) -> RuleTemplate:
    """A rule that aims at a profile, as the profile's own."""
    title = Text(rule.title_zh, rule.title_en or rule.title_zh)
    return RuleTemplate(rule.key.removeprefix(f"{rule.profile}/"), title, read_definition(rule.definition), rule.enabled)


def profile_versions(*, key: str) -> list[ProfileVersion]:
    """The versions of a profile, newest first."""
    rows = ProfileVersionRecord.objects.filter(profile_id=key).order_by("-version")
    return [ProfileVersion(row.version, row.changed_at, row.changed_by, tuple(row.changed)) for row in rows]
