"""What can be asked of a device: the commands of its protocol's door and of its profile, and the values that they take."""

from collections.abc import Mapping, Sequence
from typing import Any

from yuzhou.capabilities.sense.contracts import CommandField, CommandType
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
    return found.commands if found else ()


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
                return _bounded(field, int(value))
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


def _wrong(field: CommandField) -> Invalid:
    return Invalid("sense.command-value", field=field.name, name_zh=field.title.zh, name_en=field.title.en)
