"""The forms of the profile editor, and how they become a profile."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense.contracts import CommandField, Profile, PropertySpec
from yuzhou.capabilities.sense.contracts.protocols import PROTOCOLS, protocol_of
from yuzhou.kernel.text import Text

KINDS = [
    ("number", gettext_lazy("Numeric value")),
    ("boolean", gettext_lazy("Yes or no")),
    ("enumeration", gettext_lazy("One of several states")),
    ("counter", gettext_lazy("Counter (only grows)")),
]
UNITS = forms.TextInput(attrs={"list": "ucum", "autocomplete": "off", "spellcheck": "false"})
CODE = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"})


class ProfileForm(forms.Form):
    """What a profile is called, and what its devices speak."""

    title_zh = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("Such as: cold store thermometer")
    )
    title_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    key = forms.CharField(
        label=gettext_lazy("Code of the profile"),
        max_length=64,
        widget=CODE,
        help_text=gettext_lazy("Small Latin letters, digits and dashes, such as cold-store. It cannot be changed later."),
    )
    protocol = forms.ChoiceField(label=gettext_lazy("How its devices report"))
    silent_minutes = forms.FloatField(
        label=gettext_lazy("Silent after (minutes)"),
        min_value=0.05,
        initial=10,
        help_text=gettext_lazy("Longer without a word means that the device has fallen silent."),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, profile: Profile | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, one.title) for one in PROTOCOLS.values()]
        if profile is not None and profile.protocol not in PROTOCOLS:
            choices.append((profile.protocol, protocol_of(profile.protocol).title))
        self.fields["protocol"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if profile is not None:
            del self.fields["key"]

    def members(self) -> dict[str, Any]:
        """The members of the profile that it holds."""
        values = self.cleaned_data
        return {
            "title": Text(values["title_zh"].strip(), values["title_en"].strip() or values["title_zh"].strip()),
            "protocol": values["protocol"],
            "silent_after_seconds": round(values["silent_minutes"] * 60),
            "notes": values["notes"],
        }


def initial_of(profile: Profile) -> dict[str, Any]:
    """What the form shows of a profile."""
    return {
        "title_zh": profile.title.zh,
        "title_en": profile.title.en,
        "protocol": profile.protocol,
        "silent_minutes": f"{profile.silent_after_seconds / 60:g}",
        "notes": profile.notes,
    }


class PropertyForm(forms.Form):
    """A property of a profile; after its own fields come those that say where a door finds it."""

    title_zh = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("As people read it: Temperature")
    )
    title_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    name = forms.CharField(
        label=gettext_lazy("Name in the messages"),
        max_length=64,
        widget=CODE,
        help_text=gettext_lazy("As the device writes it, such as temperature. Latin letters, digits and _ . : / -"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS)
    unit = forms.CharField(
        label=gettext_lazy("Unit (UCUM)"),
        max_length=32,
        required=False,
        widget=UNITS,
        help_text=gettext_lazy("Choose or type: Cel, mg/L, kW.h. Leave empty for a plain number."),
    )
    low = forms.FloatField(label=gettext_lazy("Lowest possible value"), required=False)
    high = forms.FloatField(
        label=gettext_lazy("Highest possible value"),
        required=False,
        help_text=gettext_lazy("Values beyond are kept and marked as over range. Limits of alarms are set in rules."),
    )
    names = forms.CharField(
        label=gettext_lazy("Names of the states"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "0 = 关 / off\n1 = 开 / on"}),
        help_text=gettext_lazy("One line for each number: 1 = running. After a slash the English name, if wanted."),
    )
    optional = forms.BooleanField(label=gettext_lazy("Not every device has it"), required=False)

    def __init__(self, *args: Any, protocol: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = protocol_of(protocol).source
        for field in self.source:
            self.fields[f"source_{field.name}"] = source_field(field)

    def clean_names(self) -> dict[int, Text]:
        """The names by number."""
        return read_names(self.cleaned_data["names"])

    def spec(self, before: PropertySpec | None) -> PropertySpec:
        """The property; what the form does not show of its source stays."""
        values = self.cleaned_data
        shown = {field.name: values[f"source_{field.name}"] for field in self.source}
        kept = {name: value for name, value in (before.source if before else {}).items() if name not in shown}
        return PropertySpec(
            name=values["name"].strip(),
            title=Text(values["title_zh"].strip(), values["title_en"].strip() or values["title_zh"].strip()),
            unit=values["unit"].strip() or "1",
            kind=values["kind"],
            low=values["low"],
            high=values["high"],
            names=values["names"],
            source=kept | {name: value for name, value in shown.items() if value not in (None, "")},
            optional=values["optional"],
        )


def source_field(field: CommandField) -> forms.Field:
    """An optional field of the form for a setting."""
    shared: dict[str, Any] = {"label": field.title, "required": field.required}
    match field.kind:
        case "integer":
            low, high = (None if bound is None else int(bound) for bound in (field.low, field.high))
            return forms.IntegerField(min_value=low, max_value=high, **shared)
        case "number":
            return forms.FloatField(**shared)
        case "choice":
            return forms.ChoiceField(choices=[("", "—"), *field.choices], **shared)
        case "secret":
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            return forms.CharField(max_length=500, widget=widget, **shared)
    return forms.CharField(max_length=500, widget=CODE, **shared)


def read_names(text: str) -> dict[int, Text]:
    """The names of numbers, a line each: `1 = 运行 / running`. Raises ValidationError naming the line."""
    names: dict[int, Text] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(-?\d{1,9})\s*[=＝:：]\s*([^/]+?)\s*(?:/\s*(.+?)\s*)?", line)
        if found is None:
            raise forms.ValidationError(_("Line %(line)s is not a number, an equals sign and a name.") % {"line": number})
        names[int(found[1])] = Text(found[2], found[3] or found[2])
    return names


def write_names(names: Mapping[int, Text]) -> str:
    """As the form shows them."""
    return "\n".join(f"{n} = {t.zh}" + (f" / {t.en}" if t.en != t.zh else "") for n, t in sorted(names.items()))


def initial_of_property(spec: PropertySpec) -> dict[str, Any]:
    """What the form shows of a property."""
    return {
        "title_zh": spec.title.zh,
        "title_en": spec.title.en,
        "name": spec.name,
        "kind": spec.kind,
        "unit": "" if spec.unit == "1" else spec.unit,
        "low": spec.low,
        "high": spec.high,
        "names": write_names(spec.names),
        "optional": spec.optional,
        **{f"source_{name}": value for name, value in spec.source.items()},
    }


class ImportForm(forms.Form):
    """A profile that was shared as JSON."""

    file = forms.FileField(label=gettext_lazy("File"), required=False, widget=forms.FileInput(attrs={"accept": ".json"}))
    text = forms.CharField(
        label=gettext_lazy("Or paste its text"), required=False, max_length=1_000_000, widget=forms.Textarea(attrs={"rows": 8})
    )
    key = forms.CharField(
        label=gettext_lazy("Code of the profile"),
        required=False,
        max_length=64,
        widget=CODE,
        help_text=gettext_lazy("Leave empty to keep the one in the file."),
    )
