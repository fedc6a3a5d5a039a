"""The forms of the commands of a profile, and how they become its commands."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense.contracts import CommandField, CommandGroup, CommandType
from yuzhou.capabilities.sense.web.profile_forms import CODE, UNITS
from yuzhou.kernel.text import Text

GROUPS = [
    (CommandGroup.READ, gettext_lazy("Read from the device")),
    (CommandGroup.SETTING, gettext_lazy("Change its settings")),
    (CommandGroup.CONTROL, gettext_lazy("Make it act")),
]
FIELD_KINDS = [
    ("number", gettext_lazy("Numeric value")),
    ("integer", gettext_lazy("Whole number")),
    ("text", gettext_lazy("Text")),
    ("choice", gettext_lazy("Choice")),
    ("moment", gettext_lazy("Date and time")),
    ("secret", gettext_lazy("Secret")),
]


class CommandTypeForm(forms.Form):
    """A command of a profile."""

    title_zh = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    title_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    name = forms.CharField(label=gettext_lazy("Name in the messages"), max_length=64, widget=CODE)
    group = forms.ChoiceField(label=gettext_lazy("What it does"), choices=GROUPS, initial=CommandGroup.SETTING)
    expires_minutes = forms.FloatField(label=gettext_lazy("Expires after (minutes)"), min_value=0.05, initial=5)
    may_repeat = forms.BooleanField(label=gettext_lazy("Sending it twice does no harm"), required=False)

    def command(self, fields: tuple[CommandField, ...], before: CommandType | None) -> CommandType:
        """The command; its interlocks and where it is written stay."""
        values = self.cleaned_data
        return CommandType(
            name=values["name"].strip(),
            title=Text(values["title_zh"].strip(), values["title_en"].strip() or values["title_zh"].strip()),
            fields=fields,
            may_repeat=values["may_repeat"],
            expires_after_seconds=round(values["expires_minutes"] * 60),
            group=CommandGroup(values["group"]),
            interlocks=before.interlocks if before else (),
            source=before.source if before else {},
        )


def initial_of_command(kind: CommandType) -> dict[str, Any]:
    """What the form shows of a command."""
    return {
        "title_zh": kind.title.zh,
        "title_en": kind.title.en,
        "name": kind.name,
        "group": kind.group,
        "expires_minutes": f"{kind.expires_after_seconds / 60:g}",
        "may_repeat": kind.may_repeat,
    }


class CommandFieldForm(forms.Form):
    """A value that a command takes; a row without a name is none."""

    name = forms.CharField(label=gettext_lazy("Name in the messages"), max_length=64, required=False, widget=CODE)
    title_zh = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=FIELD_KINDS, required=False)
    low = forms.FloatField(label=gettext_lazy("Lowest"), required=False)
    high = forms.FloatField(label=gettext_lazy("Highest"), required=False)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=32, required=False, widget=UNITS)
    choices = forms.CharField(
        label=gettext_lazy("To choose from"), max_length=500, required=False, help_text=gettext_lazy("on = On, off = Off")
    )
    optional = forms.BooleanField(label=gettext_lazy("May be left out"), required=False)

    def field(self) -> CommandField | None:
        """The value; None for an empty row."""
        values = self.cleaned_data
        if not values.get("name"):
            return None
        title = values["title_zh"] or values["name"]
        pairs = [part.partition("=")[::2] for part in re.split(r"[,，;；]", values["choices"]) if part.strip()]
        return CommandField(
            name=values["name"].strip(),
            title=Text(title, title),
            kind=values["kind"] or "number",
            low=values["low"],
            high=values["high"],
            unit=values["unit"].strip(),
            choices=tuple((key.strip(), Text(word.strip() or key.strip(), word.strip() or key.strip())) for key, word in pairs),
            required=not values["optional"],
        )


def initial_of_field(field: CommandField) -> dict[str, Any]:
    """What the row shows of a value."""
    return {
        "name": field.name,
        "title_zh": field.title.zh,
        "kind": field.kind,
        "low": field.low,
        "high": field.high,
        "unit": field.unit,
        "choices": ", ".join(f"{key} = {title.zh}" for key, title in field.choices),
        "optional": not field.required,
    }


CommandFields = forms.formset_factory(CommandFieldForm, extra=3, max_num=20, absolute_max=20)
