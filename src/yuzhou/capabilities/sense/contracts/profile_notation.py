"""A profile as JSON, in which it is stored and shared, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from yuzhou.capabilities.sense.contracts.command_notation import command_type_of, json_of_command_type
from yuzhou.capabilities.sense.contracts.commands import CommandType
from yuzhou.capabilities.sense.contracts.profiles import DEFAULT_SILENCE, Profile, PropertySpec, RuleTemplate
from yuzhou.capabilities.sense.rules.notation import read_definition, write_definition
from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop
from yuzhou.kernel.text import Text

FORMAT = "yuzhou.sense.profile/1"
UNREADABLE = declare_message("sense.profile-unreadable", gettext_noop("This is not the JSON of a profile: {problem}."))

_properties = TypeAdapter(tuple[PropertySpec, ...])
_text = TypeAdapter(Text)


def write_content(profile: Profile) -> dict[str, Any]:
    """Its properties and commands."""
    return {
        "properties": _properties.dump_python(profile.properties, mode="json", exclude_defaults=True),
        "commands": [json_of_command_type(kind) for kind in profile.commands],
    }


def read_content(data: Mapping[str, Any]) -> tuple[tuple[PropertySpec, ...], tuple[CommandType, ...]]:
    """Properties and commands. Raises Invalid `sense.profile-unreadable`, `sense.command-type-invalid`."""
    commands = data.get("commands", ())
    if not isinstance(commands, Sequence) or not all(isinstance(item, Mapping) for item in commands):
        raise Invalid(UNREADABLE, problem="commands")
    try:
        return _properties.validate_python(data.get("properties", ())), tuple(command_type_of(item) for item in commands)
    except ValidationError as error:
        raise Invalid(UNREADABLE, problem=_first(error)) from error


def write_profile(profile: Profile) -> dict[str, Any]:
    """All that makes it, to be shared; not what belongs to this installation (origin, version, whether it is retired)."""
    return {
        "format": FORMAT,
        "key": profile.key,
        "title": _text.dump_python(profile.title),
        "protocol": profile.protocol,
        "silent_after_seconds": profile.silent_after_seconds,
        "notes": profile.notes,
        **write_content(profile),
        "rules": [write_template(template) for template in profile.rules],
    }


def read_profile(data: Any) -> Profile:
    """The profile of a JSON document. Raises Invalid `sense.profile-unreadable`, naming what is wrong."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise Invalid(UNREADABLE, problem=f"format ≠ {FORMAT}")
    properties, commands = read_content(data)
    try:
        return Profile(
            key=str(data["key"]),
            title=_text.validate_python(data["title"]),
            protocol=str(data["protocol"]),
            properties=properties,
            commands=commands,
            rules=tuple(read_template(item) for item in data.get("rules", ())),
            silent_after_seconds=int(data.get("silent_after_seconds", DEFAULT_SILENCE)),
            notes=str(data.get("notes", "")),
        )
    except ValidationError as error:
        raise Invalid(UNREADABLE, problem=_first(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(UNREADABLE, problem=str(error)) from error


def write_template(template: RuleTemplate) -> dict[str, Any]:
    """As JSON."""
    return {
        "key": template.key,
        "title": _text.dump_python(template.title),
        "definition": write_definition(template.definition),
        "enabled": template.enabled,
    }


def read_template(data: Mapping[str, Any]) -> RuleTemplate:
    """From JSON; raises KeyError, TypeError or ValueError where it is none."""
    return RuleTemplate(
        str(data["key"]),
        _text.validate_python(data["title"]),
        read_definition(data["definition"]),
        bool(data.get("enabled", True)),
    )


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
