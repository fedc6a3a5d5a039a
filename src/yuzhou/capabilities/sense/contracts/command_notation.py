"""Command types as JSON, as profiles keep them."""

from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from yuzhou.capabilities.sense.contracts.commands import CommandField, CommandGroup, CommandType
from yuzhou.capabilities.sense.contracts.interlocks import interlock_of, json_of_interlock
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.text import Text

FIELD_KINDS = get_args(get_type_hints(CommandField)["kind"])


def json_of_command_type(kind: CommandType) -> dict[str, Any]:
    """As it is kept."""
    return {
        "name": kind.name,
        "title": _json_of_text(kind.title),
        "fields": [_json_of_field(field) for field in kind.fields],
        "may_repeat": kind.may_repeat,
        "expires_after_seconds": kind.expires_after_seconds,
        "group": kind.group.value,
        "interlocks": [json_of_interlock(one) for one in kind.interlocks],
        "source": dict(kind.source),
    }


def command_type_of(kept: Mapping[str, Any]) -> CommandType:
    """What `json_of_command_type` made, or a person wrote. Raises Invalid `sense.command-type-invalid`."""
    try:
        return CommandType(
            name=_name(kept["name"]),
            title=_text(kept.get("title") or kept["name"]),
            fields=tuple(_field(one) for one in kept.get("fields", ())),
            may_repeat=bool(kept.get("may_repeat", False)),
            expires_after_seconds=int(kept.get("expires_after_seconds", 300)),
            group=CommandGroup(kept.get("group", "setting")),
            interlocks=tuple(interlock_of(one) for one in kept.get("interlocks", ())),
            source=dict(kept.get("source") or {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("sense.command-type-invalid", problem=str(error)) from error


def _name(value: Any) -> str:
    name = str(value)
    if not name or len(name) > 64 or "/" in name:
        raise ValueError(name)
    return name


def _json_of_text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _text(value: Any) -> Text:
    return Text(value, value) if isinstance(value, str) else Text(str(value["zh"]), str(value.get("en") or value["zh"]))


def _json_of_field(field: CommandField) -> dict[str, Any]:
    return {
        "name": field.name,
        "title": _json_of_text(field.title),
        "kind": field.kind,
        "low": field.low,
        "high": field.high,
        "unit": field.unit,
        "choices": [{"key": key, "title": _json_of_text(title)} for key, title in field.choices],
        "required": field.required,
    }


def _field(kept: Mapping[str, Any]) -> CommandField:
    kind = kept.get("kind", "number")
    if kind not in FIELD_KINDS:
        raise ValueError(kind)
    return CommandField(
        name=_name(kept["name"]),
        title=_text(kept.get("title") or kept["name"]),
        kind=kind,
        low=None if kept.get("low") is None else float(kept["low"]),
        high=None if kept.get("high") is None else float(kept["high"]),
        unit=str(kept.get("unit", "")),
        choices=tuple((str(one["key"]), _text(one.get("title") or one["key"])) for one in kept.get("choices", ())),
        required=bool(kept.get("required", True)),
    )
