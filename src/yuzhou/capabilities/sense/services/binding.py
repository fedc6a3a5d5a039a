"""Which rule bears on which device, with which series: of all, or of what changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from yuzhou.capabilities.sense.contracts import Feed, Rule
from yuzhou.capabilities.sense.models import DeviceRecord, RuleOverrideRecord, RuleRecord, SeriesRecord
from yuzhou.capabilities.sense.rules.compiled import Instance, Members
from yuzhou.capabilities.sense.rules.definition import Definition, Near, Other, feeds, others
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.capabilities.sense.rules.overrides import override
from yuzhou.capabilities.sense.selectors.rules import rule_of
from yuzhou.kernel.scoping import within_place

LABELS = {Near.DISTRICT: 2, Near.TOWNSHIP: 3}
GroupKey = tuple[Other, str]


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule on a device; `number` is the key of its stored state, `definition` has the device's own numbers."""

    number: int
    rule: Rule
    device_id: UUID
    series: Mapping[Feed, int]
    definition: Definition
    others: Mapping[Other, Members] = field(default_factory=dict)

    @property
    def subject(self) -> int:
        """The series that its alarms are about."""
        return next(iter(self.series.values()))

    @property
    def instance(self) -> Instance:
        """As the evaluation takes it."""
        return Instance(self.definition, self.series, self.others)

    def same_as(self, other: "BoundRule") -> bool:
        """Whether it would be laid out alike."""
        return (
            self.number == other.number
            and self.rule == other.rule
            and self.series == other.series
            and self.definition == other.definition
            and all(self.others[one] is other.others.get(one) for one in self.others)
        )


@dataclass(slots=True)
class Binder:
    """Binds rules to devices; remembers the groups that it made, so that all who look at one share it."""

    rules: dict[UUID, Rule] = field(default_factory=dict)
    groups: dict[GroupKey, Members] = field(default_factory=dict)
    _own: dict[tuple[UUID, str], Definition] = field(default_factory=dict)

    def load(self, rule_ids: Iterable[UUID] | None = None) -> None:
        """Read rules: all, or those that changed."""
        records = RuleRecord.objects.order_by("id")
        if rule_ids is None:
            self.rules = {}
        else:
            for one in rule_ids:
                self.rules.pop(one, None)
            records = records.filter(id__in=list(rule_ids))
        self.rules |= {record.id: rule_of(record) for record in records if record.enabled}
        self._own = {}

    def bind(self, rules: Iterable[Rule], devices: Iterable[UUID] | None = None) -> list[BoundRule]:
        """Rules on the enabled devices that they aim at (or on these of them) and that have every series they look at.

        Their states' numbers are 0 still.
        """
        rules = list(rules)
        chosen = Q(device__enabled=True)
        if devices is not None:
            chosen &= Q(device_id__in=list(devices))
        found, places, profiles = _series(chosen, {feed for rule in rules for feed in feeds(rule.definition)})
        own = _overrides(rules, devices)
        bound = []
        for rule in rules:
            needs = feeds(rule.definition)
            for device in [rule.device_id] if rule.device_id else profiles.get(rule.profile, []):
                has = found.get(device, {})
                if all((feed.property, feed.statistic) in has for feed in needs):
                    series = {feed: has[feed.property, feed.statistic] for feed in needs}
                    made = self._bind(rule, device, series, places[device], own.get((rule.id, device)))
                    bound += [made] if made else []
        return bound

    def _bind(
        self, rule: Rule, device: UUID, series: dict[Feed, int], place: tuple[str, UUID | None], own: RuleOverrideRecord | None
    ) -> BoundRule | None:
        if own is not None and not own.enabled:
            return None
        definition = self._definition(rule, own)
        seen = {other: self._members(other, *place) for other in others(definition)}
        return BoundRule(0, rule, device, series, definition, seen)

    def _definition(self, rule: Rule, own: RuleOverrideRecord | None) -> Definition:
        """With the device's own numbers; devices with the same numbers share it."""
        if own is None or not own.numbers:
            return rule.definition
        key = (rule.id, str(sorted(own.numbers.items())))
        if key not in self._own:
            self._own[key] = read_definition(override(write_definition(rule.definition), own.numbers))
        return self._own[key]

    def _members(self, other: Other, place_path: str, site: UUID | None) -> Members:
        key = (other, _near(other, place_path, site))
        if key not in self.groups:
            self.groups[key] = Members.of(*_find_members(*key))
        return self.groups[key]

    def refresh_groups(self, devices: Iterable[UUID]) -> bool:
        """Look again who is in the groups that devices which changed were in, or are in now; whether any group changed."""
        ids = set(SeriesRecord.objects.filter(device_id__in=list(devices)).values_list("id", flat=True))
        changed = False
        for key, members in self.groups.items():
            now_in = _find_members(*key, among=ids)
            if now_in != ids & set(members.series.tolist()):
                members.series = Members.of(*_find_members(*key)).series
                changed = True
        return changed


def _near(other: Other, place_path: str, site: UUID | None) -> str:
    """What the devices of a group have in common with this one."""
    if other.device is not None or other.near is Near.EVERYWHERE:
        return ""
    if other.near is Near.SITE:
        return str(site or "none")
    return ".".join(place_path.split(".")[: LABELS[other.near]])


def _find_members(other: Other, near: str, among: set[int] | None = None) -> set[int]:
    """The series that a value is held against."""
    found = SeriesRecord.objects.filter(property=other.feed.property, statistic=other.feed.statistic, device__enabled=True)
    if other.device is not None:
        found = found.filter(device_id=other.device)
    else:
        found = found.filter(device__profile=other.profile) if other.profile else found
        if other.near is Near.SITE:
            found = found.filter(device__site_id=near) if near != "none" else found.none()
        elif near:
            found = found.filter(within_place("device__place_path", near))
        found = found.filter(within_place("device__place_path", other.place)) if other.place else found
    if among is not None:
        found = found.filter(id__in=among)
    return set(found.values_list("id", flat=True))


def _series(
    chosen: Q, wanted: set[Feed]
) -> tuple[dict[UUID, dict[tuple[str, str], int]], dict[UUID, tuple[str, UUID | None]], dict[str, list[UUID]]]:
    found: dict[UUID, dict[tuple[str, str], int]] = {}
    places: dict[UUID, tuple[str, UUID | None]] = {}
    profiles: dict[str, list[UUID]] = defaultdict(list)
    rows = SeriesRecord.objects.filter(chosen, property__in={feed.property for feed in wanted}).order_by("id")
    columns = ("device_id", "device__profile", "device__place_path", "device__site_id", "property", "statistic", "id")
    for device, profile, place, site, prop, statistic, series in rows.values_list(*columns):
        if device not in found:
            found[device], places[device] = {}, (place, site)
            profiles[profile].append(device)
        found[device][prop, statistic] = series
    return found, places, profiles


def _overrides(rules: list[Rule], devices: Iterable[UUID] | None) -> dict[tuple[UUID, UUID], RuleOverrideRecord]:
    records = RuleOverrideRecord.objects.filter(rule_id__in=[rule.id for rule in rules])
    if devices is not None:
        records = records.filter(device_id__in=list(devices))
    return {(record.rule_id, record.device_id): record for record in records}


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a device is, and whose it is."""

    place_path: str
    site: UUID | None
    operator: UUID | None


def read_reach(devices: Iterable[UUID] | None = None) -> dict[UUID, Reach]:
    """The reach of every device, or of these."""
    records = DeviceRecord.objects.all() if devices is None else DeviceRecord.objects.filter(id__in=list(devices))
    rows = records.values_list("id", "place_path", "site_id", "operator_id")
    return {device: Reach(place_path, site, operator) for device, place_path, site, operator in rows}
