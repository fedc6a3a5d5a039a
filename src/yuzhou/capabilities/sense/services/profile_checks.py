"""Whether a profile makes sense."""

import re
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import CommandType, Profile, PropertySpec
from yuzhou.kernel.errors import Invalid

KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
UNIT = re.compile(r"[!-~]{1,32}")
MOST_PROPERTIES = 1000
MOST_COMMANDS = 100
LONGEST_SILENCE = 366 * 86400


def check_profile(profile: Profile) -> None:
    """Raise Invalid `sense.profile-invalid` with the first thing that is wrong; `field` names the member."""
    for field, problem in problems(profile):
        raise Invalid("sense.profile-invalid", field=field, problem=problem)


def problems(profile: Profile) -> Iterator[tuple[str, str]]:
    """Everything that is wrong: the member to blame (`properties.temperature.unit`) and a sentence."""
    if not KEY.fullmatch(profile.key):
        yield "key", _("a key has small Latin letters, digits, dots, underscores and dashes, 64 at most")
    if not profile.title.zh.strip() or len(profile.title.zh) > 200 or len(profile.title.en) > 200:
        yield "title", _("a title of 1 to 200 signs is needed")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", profile.protocol):
        yield "protocol", _("no such protocol")
    if not 1 <= profile.silent_after_seconds <= LONGEST_SILENCE:
        yield "silent_after_seconds", _("a device is silent after one second at least and one year at most")
    if len(profile.properties) > MOST_PROPERTIES or len(profile.commands) > MOST_COMMANDS:
        yield "properties", _("too many properties or commands")
    yield from _twice("properties", (spec.name for spec in profile.properties))
    yield from _twice("commands", (kind.name for kind in profile.commands))
    yield from _twice("rules", (template.key for template in profile.rules))
    for spec in profile.properties:
        for member, problem in property_problems(spec):
            yield f"properties.{spec.name}.{member}", f"{spec.name}: {problem}"
    for kind in profile.commands:
        for member, problem in command_problems(kind):
            yield f"commands.{kind.name}.{member}", f"{kind.name}: {problem}"
    for template in profile.rules:
        if not re.fullmatch(r"[A-Za-z0-9_.:/-]{1,60}", template.key):
            yield f"rules.{template.key}.key", _("a name has Latin letters, digits and _ . : / -, 64 at most")


def _twice(member: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{member}.{name}.name", _("{name} is there twice").format(name=name)
        seen.add(name)


def property_problems(spec: PropertySpec) -> Iterator[tuple[str, str]]:
    """What is wrong with a property: member and sentence."""
    if not NAME.fullmatch(spec.name):
        yield "name", _("a name has Latin letters, digits and _ . : / -, 64 at most")
    if not spec.title.zh.strip() or len(spec.title.zh) > 200 or len(spec.title.en) > 200:
        yield "title", _("a title of 1 to 200 signs is needed")
    if not UNIT.fullmatch(spec.unit):
        yield "unit", _("a unit is a UCUM code such as Cel, mg/L or kW.h; 1 for plain numbers")
    if any(bound is not None and not isfinite(bound) for bound in (spec.low, spec.high)):
        yield "low", _("a limit is a number")
    elif spec.low is not None and spec.high is not None and spec.low >= spec.high:
        yield "low", _("the lowest possible value must be below the highest")
    if spec.kind == "enumeration" and not spec.names:
        yield "names", _("an enumeration needs names for its numbers")


def command_problems(kind: CommandType) -> Iterator[tuple[str, str]]:
    """What is wrong with a command: member and sentence."""
    if not NAME.fullmatch(kind.name):
        yield "name", _("a name has Latin letters, digits and _ . : / -, 64 at most")
    if not kind.title.zh.strip():
        yield "title", _("a title of 1 to 200 signs is needed")
    if not 1 <= kind.expires_after_seconds <= 7 * 86400:
        yield "expires_after_seconds", _("a command expires after one second at least and seven days at most")
    seen: set[str] = set()
    for field in kind.fields:
        problem = _field_problem(field, seen)
        if problem:
            yield "fields", f"{field.name}: {problem}"
        seen.add(field.name)


def _field_problem(field: Any, seen: set[str]) -> str:
    if not NAME.fullmatch(field.name):
        return _("a name has Latin letters, digits and _ . : / -, 64 at most")
    if field.name in seen:
        return _("{name} is there twice").format(name=field.name)
    if not field.title.zh.strip():
        return _("a title of 1 to 200 signs is needed")
    if field.low is not None and field.high is not None and field.low > field.high:
        return _("the lowest possible value must be below the highest")
    return _("a choice needs something to choose from") if field.kind == "choice" and not field.choices else ""
