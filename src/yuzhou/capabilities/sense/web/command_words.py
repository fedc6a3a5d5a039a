"""Commands and interlocks in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    ChangeLimit,
    Command,
    CommandAct,
    CommandField,
    CommandGroup,
    CommandType,
    Device,
    Exclusive,
    Interlock,
    LockKind,
    OnlyIf,
    Pause,
    StandingInterlock,
    TwoPersons,
    ValueLimit,
)
from yuzhou.kernel.errors import word

GROUPS = {
    CommandGroup.READ: gettext_lazy("Read data"),
    CommandGroup.SETTING: gettext_lazy("Change settings"),
    CommandGroup.CONTROL: gettext_lazy("Control the equipment"),
}
LOCKS = {LockKind.LOCAL: gettext_lazy("Somebody works at the device"), LockKind.MAINTENANCE: gettext_lazy("Maintenance")}
STEPS: dict[CommandAct, tuple[Any, str, str]] = {
    CommandAct.REQUESTED: (gettext_lazy("Requested"), "send", "quiet"),
    CommandAct.APPROVED: (gettext_lazy("Approved by a second person"), "users", "good"),
    CommandAct.CLAIMED: (gettext_lazy("Sending"), "loader", "busy"),
    CommandAct.SENT: (gettext_lazy("Sent"), "send", "busy"),
    CommandAct.ACCEPTED: (gettext_lazy("Accepted by the device"), "check", "busy"),
    CommandAct.DONE: (gettext_lazy("Done"), "circle-check", "good"),
    CommandAct.FAILED: (gettext_lazy("Failed"), "circle-x", "critical"),
    CommandAct.EXPIRED: (gettext_lazy("Expired"), "clock-exclamation", "warning"),
    CommandAct.REFUSED: (gettext_lazy("Not let through"), "ban", "critical"),
    CommandAct.CANCELLED: (gettext_lazy("Taken back"), "x", "quiet"),
    CommandAct.REPEATED: (gettext_lazy("Asked for again"), "refresh", "notice"),
}


def kinds_of(device: Device) -> dict[str, CommandType]:
    """What can be asked of a device, by name."""
    return {kind.name: kind for kind in api.command_types(protocol=device.protocol, profile=device.profile)}


def kind_of(command: Command) -> CommandType | None:
    """The type of a command, if it is offered still."""
    kinds = api.command_types(protocol=command.protocol, profile=command.profile)
    return next((kind for kind in kinds if kind.name == command.name), None)


def word_command(command: Command) -> str:
    """What the command does."""
    kind = kind_of(command)
    return str(kind.title) if kind else command.name


def word_values(command: Command) -> str:
    """The values that went with it."""
    return values_in_words(command.params, kind_of(command))


def values_in_words(params: Any, kind: CommandType | None) -> str:
    """Parameters with their names and units."""
    fields = {field.name: field for field in kind.fields} if kind else {}
    words = []
    for name, value in params.items():
        field = fields.get(name)
        shown = _state_name(field, value) if field else value
        words.append(f"{field.title} {shown} {field.unit}".rstrip() if field else f"{name} = {value}")
    return ", ".join(words)


def _state_name(field: CommandField, value: Any) -> Any:
    """The words of a chosen value; of a number however the device writes it."""
    key = f"{value:g}" if isinstance(value, (bool, int, float)) else str(value)
    return next((title for choice, title in field.choices if choice == key), value)


def word_answer(command: Command) -> str:
    """The device's own word and data, or why nothing went."""
    if command.reason_code:
        return word(command.reason_code, dict(command.reason_params))
    data = values_in_words(command.answer, kind_of(command)) if command.answer else ""
    return " ".join(part for part in (word_code(command.protocol, command.answer_code), data) if part)


def word_code(protocol: str, code: str) -> str:
    """An answer's code in words where the door has them."""
    full = f"{protocol}.{code}"
    worded = word(full, {}) if code else ""
    return code if worded == full else worded


def word_asker(command: Command) -> str:
    """The person who asked, or the rule."""
    return _("Rule {rule}").format(rule=command.rule_key) if command.rule_key else command.requested_by


def word_interlock(standing: StandingInterlock, kinds: dict[str, CommandType]) -> str:
    """What an interlock demands."""
    return _demand(standing.interlock, kinds, kinds.get(standing.command))


def _demand(one: Interlock, kinds: dict[str, CommandType], kind: CommandType | None) -> str:
    match one:
        case ValueLimit():
            low, high = ("" if bound is None else f"{bound:g}" for bound in (one.low, one.high))
            name = _field_name(one.field, kind)
            if not high:
                return _("{field} at least {low}").format(field=name, low=low)
            if not low:
                return _("{field} at most {high}").format(field=name, high=high)
            return _("{field} from {low} to {high}").format(field=name, low=low, high=high)
        case ChangeLimit():
            return _("{field} changes by at most {most} within {seconds} s").format(
                field=_field_name(one.field, kind), most=f"{one.most:g}", seconds=f"{one.seconds:g}"
            )
        case Pause():
            if not one.after:
                return _("At least {seconds} s after the same command").format(seconds=f"{one.seconds:g}")
            return _("At least {seconds} s after {commands}").format(
                seconds=f"{one.seconds:g}", commands=_names(one.after, kinds)
            )
        case OnlyIf():
            where = _("another device") if one.device else _("every other device of the site") if one.same_site else ""
            asked = f"{one.property} ({where})" if where else one.property
            return _("Only if {property} {operator} {value}, not older than {seconds} s").format(
                property=asked, operator=one.operator, value=f"{one.value:g}", seconds=f"{one.fresh_seconds:g}"
            )
        case Exclusive():
            return _("Not while {commands} is under way").format(commands=_names(one.commands, kinds))
        case TwoPersons():
            return _("A second person must approve")


def _field_name(name: str, kind: CommandType | None) -> str:
    field = next((one for one in kind.fields if one.name == name), None) if kind else None
    return str(field.title) if field else name


def _names(names: Iterable[str], kinds: dict[str, CommandType]) -> str:
    return ", ".join(f"“{kinds[name].title}”" if name in kinds else name for name in names)
