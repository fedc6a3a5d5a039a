"""Defining rules."""

from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Bound, Definition, Frozen, Limit, Missing, Rate, Rule
from yuzhou.capabilities.sense.models import DeviceRecord, RuleRecord
from yuzhou.capabilities.sense.rules.definition import Condition, leaves
from yuzhou.capabilities.sense.rules.notation import write_definition
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.rules import rule_of
from yuzhou.capabilities.sense.services.raising import withdraw_alarms
from yuzhou.capabilities.sense.services.versions import RULES, bump
from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

DEFINE = "sense.rule:define"


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
) -> Rule:
    """Enter or replace the rule of this key; aims at one device or at all of a profile. Idempotent.

    Its open alarms stay, and clear by the new definition (at once where it is disabled). Needs `sense.rule:define` at the
    device's place; for a profile, in the whole city.
    """
    if (device_id is None) == (profile == ""):
        raise Invalid("sense.rule-aimless")
    check_definition(definition)
    actor.require(DEFINE, place_path=_place_of(actor, device_id))
    wanted = {
        "title_zh": title.zh,
        "title_en": title.en,
        "definition": write_definition(definition),
        "device_id": device_id,
        "profile": profile,
        "enabled": enabled,
    }
    record = RuleRecord.objects.select_for_update().filter(key=key).first()
    if record is None:
        record = RuleRecord(key=key)
    else:
        actor.require(DEFINE, place_path=_place_of(actor, record.device_id))
        if all(getattr(record, name) == value for name, value in wanted.items()):
            return rule_of(record)
    for name, value in wanted.items():
        setattr(record, name, value)
    record.changed_at = now()
    record.save()
    if not enabled:
        withdraw_alarms(rule_id=record.id)
    bump(RULES)
    acts.record(actor=actor, act=DEFINE, subject=urn("rule", record.id), details={"key": key, "enabled": enabled})
    return rule_of(record)


def check_definition(definition: Definition) -> None:
    """Raise Invalid `sense.rule-invalid` where a definition says nothing, or says it backwards."""
    problem = _problem(definition)
    if problem:
        raise Invalid("sense.rule-invalid", field="definition", problem=problem)


def _problem(definition: Definition) -> str:
    if not definition.levels:
        return _("no levels")
    for level in definition.levels:
        if level.hold_seconds < 0 or level.clear_seconds < 0:
            return _("negative time")
        found = leaves(level.when)
        if not found:
            return _("empty condition")
        for leaf in found:
            problem = _leaf_problem(leaf)
            if problem:
                return problem
    return ""


def _leaf_problem(leaf: Condition) -> str:
    match leaf:
        case Limit(bounds=bounds):
            return _bounds_problem(bounds)
        case Missing(seconds=seconds) if seconds <= 0:
            return _("missing after no time")
        case Frozen(samples=samples) if samples < 2:
            return _("frozen with less than two samples")
        case Rate(change=change, per_seconds=per) if change <= 0 or per <= 0:
            return _("rate without a change")
    return ""


def _bounds_problem(bounds: tuple[Bound, ...]) -> str:
    if not bounds:
        return _("no bounds")
    for bound in bounds:
        if bound.high is None and bound.low is None:
            return _("bound without a limit")
        if bound.high is not None and bound.low is not None and bound.low > bound.high:
            return _("low above high")
    for before, after in pairwise(bounds):
        if before.valid_to is None or after.valid_from is None or before.valid_to > after.valid_from:
            return _("bounds overlap")
    return ""


def _place_of(actor: Actor, device_id: UUID | None) -> str:
    if device_id is None:
        return CITY_PATH
    record: DeviceRecord | None = visible_devices(actor).filter(id=device_id).first()
    if record is None:
        raise NotFound("sense.device-unknown")
    return record.place_path
