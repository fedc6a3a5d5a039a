"""What a profile says, as its page shows it: properties, commands, what its versions changed."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.contracts.units import COMMON, unit_symbol
from yuzhou.capabilities.sense.web.profile_command_forms import GROUPS
from yuzhou.capabilities.sense.web.profile_forms import KINDS
from yuzhou.ui.parts import Empty
from yuzhou.ui.tables import Column, Table


def properties_table(request: HttpRequest, found: Profile, *, may_change: bool) -> Table:
    """The properties of a profile."""
    kinds = dict(KINDS)

    def edit(spec: PropertySpec) -> str | None:
        return reverse("sense:profile-property", args=[found.key, spec.name]) if may_change else None

    columns = [
        Column("title", _("Name"), kind="link", url=edit),
        Column("name", _("Name in the messages")),
        Column("kind", _("Kind"), value=lambda spec: kinds[spec.kind]),
        Column("unit", _("Unit"), value=lambda spec: unit_words(spec.unit)),
        Column("range", _("Possible values"), value=_range, sortable=False),
        Column("optional", _("Every device has it"), kind="state", value=lambda spec: not spec.optional, sortable=False),
    ]
    if any(spec.source for spec in found.properties):
        columns.insert(-1, Column("source", _("Found at"), value=_source_words(found), sortable=False, wide=True))
    empty = Empty(_("No properties yet"), _("Add what the device measures, one after the other."), icon="list-details")
    return Table(
        request,
        columns,
        found.properties,
        name="properties",
        caption=_("Properties"),
        csv_name="properties",
        empty=empty,
        search=len(found.properties) > 25,
    )


def _source_words(found: Profile) -> Callable[[PropertySpec], str]:
    """Where a door finds a property, by the names that its protocol gives to the parts of it."""
    titles = {field.name: field.title for field in protocol_of(found.protocol).source}
    return lambda spec: ", ".join(f"{titles.get(name, name)}: {value}" for name, value in spec.source.items())


def unit_words(unit: str) -> str:
    """A unit as people write it."""
    return unit_symbol(unit) or (str(COMMON[unit]) if unit in COMMON and unit != "1" else "")


def _range(spec: PropertySpec) -> str:
    if spec.names:
        return ", ".join(f"{number} {title}" for number, title in sorted(spec.names.items()))
    low, high = ("" if bound is None else f"{bound:g}" for bound in (spec.low, spec.high))
    return f"{low} … {high}" if low or high else ""


def word_changes(changed: Sequence[str]) -> str:
    """What a version changed, in words."""
    words = {
        "new": _("made"),
        "title": _("its name"),
        "protocol": _("protocol"),
        "silent_after_seconds": _("time of silence"),
        "notes": _("notes"),
        "properties": _("order"),
        "commands": _("order"),
    }
    named = {"property": _("property {name}"), "command": _("command {name}")}
    said = []
    for code in changed:
        noun, _space, name = code.partition(" ")
        said.append(named[noun].format(name=name) if name and noun in named else words.get(code, code))
    return ", ".join(said)


def command_words(found: Profile) -> list[tuple[object, object, str]]:
    """The commands of a profile, each with what it does and the values that it takes."""
    groups = dict(GROUPS)
    return [(kind, groups[kind.group], ", ".join(str(field.title) for field in kind.fields)) for kind in found.commands]
