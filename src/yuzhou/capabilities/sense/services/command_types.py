"""What can be asked of a device: the commands of its protocol's door and of its profile, and the values that they take."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from yuzhou.capabilities.sense.contracts import CommandField, CommandType, Profile
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.kernel.errors import Invalid

_types: dict[str, tuple[CommandType, ...]] = {}


def declare_command_types(*, protocol: str, types: Sequence[CommandType]) -> None:
    """A door says, when Django is ready, what it can send down."""
    _types[protocol] = tuple(types)


def command_types(*, protocol: str, profile: str = "") -> tuple[CommandType, ...]:
    """What may be sent down to devices of a protocol and a profile; where both declare a name, the profile's counts."""
    own = _of_profile(profile)
    names = {kind.name for kind in own}
    return (*own, *(kind for kind in _types.get(protocol, ()) if kind.name not in names))


def _of_profile(profile: str) -> tuple[CommandType, ...]:
    """The commands that a profile declares."""
    found = find_profiles(keys=[profile]).get(profile) if profile else None
    if found is None:
        return ()
    return tuple(replace(kind, fields=tuple(_with_states(field, found) for field in kind.fields)) for kind in found.commands)


def _with_states(field: CommandField, profile: Profile) -> CommandField:
    """A number that stands for a state of a property, as a choice of the property's own words."""
    spec = profile.find(field.name)
    if field.kind not in ("integer", "number") or field.choices or spec is None:
        return field
    low, high = field.low, field.high
    words = [
        (str(number), word)
        for number, word in sorted(spec.names.items())
        if (low is None or number >= low) and (high is None or number <= high)
    ]
    return replace(field, kind="integer", choices=tuple(words)) if words else field


def find_command_type(*, protocol: str, profile: str, name: str) -> CommandType | None:
    """The command of that name, if there is one."""
    return next((kind for kind in command_types(protocol=protocol, profile=profile) if kind.name == name), None)


def check_params(kind: CommandType, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values as they are stored, and the secret ones of them. Raises Invalid `sense.command-value`."""
    values = {field.name: value for field in kind.fields if (value := check_value(field, params.get(field.name))) is not None}
    secrets = {field.name: values[field.name] for field in kind.fields if field.kind == "secret" and field.name in values}
    return values, secrets


def check_value(field: CommandField, value: Any) -> Any:
    """The value as it is stored; None where an optional one is left out. Raises Invalid `sense.command-value`."""
    if value is None or value == "":
        if field.required:
            raise _wrong(field)
        return None
    try:
        match field.kind:
            case "integer":
                return _named(field, _bounded(field, int(value)))
            case "number":
                return _bounded(field, float(value))
            case "moment":
                return value if isinstance(value, str) else value.isoformat()
            case "choice":
                if value not in {key for key, _ in field.choices}:
                    raise _wrong(field)
                return value
            case "text" | "secret":
                return str(value)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _wrong(field) from error


def _bounded(field: CommandField, value: float) -> float:
    if value - value != 0 or (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        raise _wrong(field)
    return value


def _named(field: CommandField, value: float) -> float:
    """A number, which must be one of those that have names where they do."""
    if field.choices and f"{value:g}" not in {key for key, _ in field.choices}:
        raise _wrong(field)
    return value


def _wrong(field: CommandField) -> Invalid:
    return Invalid("sense.command-value", field=field.name, name_zh=field.title.zh, name_en=field.title.en)
