"""Rules, their versions and numbers of devices, and trials on the past."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Definition, Rule, Trial
from yuzhou.capabilities.sense.contracts.sentences import Names, word_definition
from yuzhou.capabilities.sense.http.words import PageOut, actor_of
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text

router = Router()


class TitleIn(Schema):
    """A name in Chinese and in English."""

    zh: str = Field(max_length=200)
    en: str = Field("", max_length=200)


class RuleIn(Schema):
    """A rule: its definition as `docs/rules.md` writes it, and a device or a profile that it aims at."""

    title: TitleIn
    definition: dict[str, Any]
    device_id: UUID | None = None
    profile: str = Field("", max_length=64)
    enabled: bool = True
    expected_version: int | None = Field(None, ge=0)
    note: str = Field("", max_length=500)


class RuleOut(Schema):
    """A rule with what it says in words."""

    id: UUID
    key: str
    title: str
    definition: dict[str, Any]
    sentences: list[str]
    device_id: UUID | None
    profile: str
    enabled: bool
    version: int
    by_person: bool
    changed_at: datetime | None


class RulesOut(PageOut):
    """A page of rules."""

    items: list[RuleOut]


class VersionOut(Schema):
    """A rule as it was from `since` on."""

    number: int
    title: str
    definition: dict[str, Any]
    enabled: bool
    since: datetime
    changed_by: str
    note: str


class SwitchIn(Schema):
    """On or off."""

    enabled: bool
    note: str = Field("", max_length=500)


class OwnIn(Schema):
    """Numbers of a device's own, by JSON pointer into the definition; or that the rule does not bear on it."""

    numbers: dict[str, float] = Field({}, max_length=200)
    enabled: bool = True


class OwnOut(Schema):
    """What a device has of its own."""

    device_id: UUID
    numbers: dict[str, float]
    enabled: bool
    changed_at: datetime
    changed_by: str


class TrialIn(Schema):
    """What to try, on whom, and on which time."""

    title: TitleIn
    definition: dict[str, Any]
    start: datetime
    end: datetime
    device_id: UUID | None = None
    profile: str = Field("", max_length=64)
    rule_id: UUID | None = None


class TrialAlarmOut(Schema):
    """An alarm that would have risen."""

    device_id: UUID
    series_id: int
    raised_at: datetime
    cleared_at: datetime | None
    severity: int
    peak_severity: int
    code: str
    params: dict[str, Any]


class TrialOut(Schema):
    """A trial: how far it is, and what it found."""

    id: UUID
    state: str
    done: int
    total: int
    readings: int
    start: datetime
    end: datetime
    alarms: list[TrialAlarmOut]
    truncated: bool
    problem: str


def _definition(data: dict[str, Any]) -> Definition:
    try:
        return read_definition(data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Invalid("sense.rule-invalid", field="definition", problem=str(error)[:200]) from error


def _rule(found: Rule) -> dict[str, Any]:
    plain = {name: getattr(found, name) for name in ("id", "key", "device_id", "profile", "enabled", "version", "by_person")}
    return plain | {
        "title": str(found.title),
        "definition": write_definition(found.definition),
        "sentences": word_definition(found.definition, Names()),
        "changed_at": found.changed_at,
    }


def _trial(found: Trial) -> dict[str, Any]:
    names = ("id", "state", "done", "total", "readings", "start", "end", "truncated", "problem")
    return {name: getattr(found, name) for name in names} | {"alarms": list(found.alarms)}


@router.get("/rules", response=RulesOut, summary="Rules within reach")
def list_rules(
    request: HttpRequest,
    device_id: UUID | None = None,
    profile: str | None = None,
    place_path: str | None = None,
    enabled: bool | None = None,
    q: str = Query("", max_length=80),
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """Needs `sense.device:read` at a device that they bear on; the last changed first."""
    found = api.find_rules(
        actor=actor_of(request),
        device_id=device_id,
        profile=profile,
        place_path=place_path,
        enabled=enabled,
        text=q,
        offset=offset,
        limit=limit,
    )
    return {"items": [_rule(one) for one in found], "total": found.total, "offset": offset}


@router.post("/rules", response=RuleOut, summary="Define a new rule")
def define_rule(request: HttpRequest, given: RuleIn) -> dict[str, Any]:
    """Needs `sense.rule:define` at the device's place; for a profile, in the whole city."""
    return _define(request, f"api:{uuid7()}", given)


@router.put("/rules/{rule_id}", response=RuleOut, summary="Change a rule")
def change_rule(request: HttpRequest, rule_id: UUID, given: RuleIn) -> dict[str, Any]:
    """Needs `sense.rule:define`. What says the same changes nothing; with `expected_version`, only what nobody changed since."""
    return _define(request, api.get_rule(actor=actor_of(request), rule_id=rule_id).key, given)


def _define(request: HttpRequest, key: str, given: RuleIn) -> dict[str, Any]:
    found = api.define_rule(
        actor=actor_of(request),
        key=key,
        title=Text(given.title.zh, given.title.en),
        definition=_definition(given.definition),
        device_id=given.device_id,
        profile=given.profile,
        enabled=given.enabled,
        expected_version=given.expected_version,
        note=given.note,
    )
    return _rule(found)


@router.get("/rules/{rule_id}", response=RuleOut, summary="One rule")
def get_rule(request: HttpRequest, rule_id: UUID) -> dict[str, Any]:
    """Needs `sense.device:read` at a device that it bears on."""
    return _rule(api.get_rule(actor=actor_of(request), rule_id=rule_id))


@router.get("/rules/{rule_id}/versions", response=list[VersionOut], summary="What a rule was, and when")
def versions(request: HttpRequest, rule_id: UUID) -> list[dict[str, Any]]:
    """Newest first."""
    return [
        {
            "number": one.number,
            "title": str(one.title),
            "definition": write_definition(one.definition),
            "enabled": one.enabled,
            "since": one.since,
            "changed_by": one.changed_by,
            "note": one.note,
        }
        for one in api.rule_versions(actor=actor_of(request), rule_id=rule_id)
    ]


@router.post("/rules/{rule_id}/switch", response=RuleOut, summary="Switch a rule on or off")
def switch_rule(request: HttpRequest, rule_id: UUID, given: SwitchIn) -> dict[str, Any]:
    """Needs `sense.rule:define`. Again changes nothing; switched off, its standing alarms are cleared."""
    return _rule(api.switch_rule(actor=actor_of(request), rule_id=rule_id, enabled=given.enabled, note=given.note))


@router.get("/rules/{rule_id}/devices", response=list[OwnOut], summary="What devices have of their own in a rule")
def own_numbers(request: HttpRequest, rule_id: UUID) -> Any:
    """Of the devices that the caller may see."""
    return api.rule_overrides(actor=actor_of(request), rule_id=rule_id)


@router.put("/rules/{rule_id}/devices/{device_id}", response=list[OwnOut], summary="Give a device numbers of its own in a rule")
def set_own_numbers(request: HttpRequest, rule_id: UUID, device_id: UUID, given: OwnIn) -> Any:
    """Needs `sense.rule:define` at the device. No numbers and enabled: it follows the rule of its profile again."""
    actor = actor_of(request)
    api.override_rule(actor=actor, rule_id=rule_id, device_id=device_id, numbers=given.numbers, enabled=given.enabled)
    return api.rule_overrides(actor=actor, rule_id=rule_id, device_ids=[device_id])


@router.post("/rule-trials", response=TrialOut, summary="Try a rule on the past")
def try_rule(request: HttpRequest, given: TrialIn) -> dict[str, Any]:
    """Needs `sense.rule:define`. One device and a month are judged at once; more by a job: ask for the trial again."""
    if given.start.tzinfo is None or given.end.tzinfo is None:
        raise Invalid("sense.query-invalid", field="start", name="start, end")
    found = api.try_rule(
        actor=actor_of(request),
        title=Text(given.title.zh, given.title.en),
        definition=_definition(given.definition),
        start=given.start,
        end=given.end,
        device_id=given.device_id,
        profile=given.profile,
        rule_id=given.rule_id,
    )
    return _trial(found)


@router.get("/rule-trials/{trial_id}", response=TrialOut, summary="A trial: how far it is, what it found")
def get_trial(request: HttpRequest, trial_id: UUID) -> dict[str, Any]:
    """One's own only."""
    return _trial(api.get_trial(actor=actor_of(request), trial_id=trial_id))


@router.post("/rule-trials/{trial_id}/cancel", response=TrialOut, summary="Stop a trial")
def cancel_trial(request: HttpRequest, trial_id: UUID) -> dict[str, Any]:
    """Again changes nothing."""
    return _trial(api.cancel_trial(actor=actor_of(request), trial_id=trial_id))
