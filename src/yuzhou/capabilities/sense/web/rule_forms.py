"""The forms of the rule editor: what the rule is called, how grave it is, and its conditions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    DataFlag,
    Days,
    Near,
    Operation,
    Severity,
)
from yuzhou.capabilities.sense.contracts.wording import word_aggregate, word_flag, word_other
from yuzhou.capabilities.sense.web.device_search import DeviceInput
from yuzhou.ui.states import state_of

Raw = dict[str, Any]
MOST_PARTS = 12
UNITS = (("60", _("minutes")), ("1", _("seconds")), ("3600", _("hours")), ("86400", _("days")))
KINDS = (
    ("limit", _("Value beyond a limit")),
    ("window", _("Mean, extreme, sum, trend … over a time")),
    ("rate", _("Sudden change")),
    ("frozen", _("Same value several times")),
    ("stuck", _("Value hardly moves over a time")),
    ("missing", _("No data")),
    ("flagged", _("Data flag of the instrument")),
    ("compare", _("Compared with another device")),
)
FIELDS = {
    "limit": ("high", "low", "clear_high", "clear_low"),
    "window": ("aggregate", "time", "time_unit", "high", "low", "at_least", "every"),
    "rate": ("change", "time", "time_unit"),
    "frozen": ("samples", "time", "time_unit", "tolerance"),
    "stuck": ("time", "time_unit", "tolerance"),
    "missing": ("time", "time_unit", "valid_only"),
    "flagged": ("flags",),
    "compare": ("operation", "other", "near", "group", "high", "low", "time", "time_unit"),
}
GROUPS = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)
Feeds = Mapping[str, tuple[str, str]]  # "property|statistic": title, unit symbol


AGAIN = {
    "hx-post": "",
    "hx-include": "closest form",
    "hx-vals": '{"step": "refresh"}',
    "hx-target": "#rule-editor",
    "hx-select": "#rule-editor",
    "hx-swap": "outerHTML",
    "hx-disabled-elt": "#rule-fields",  # what is typed meanwhile would be lost
}
"""With JavaScript the fields of a kind, and the unit of a property, come with the choice; without it, by a button."""


class NotEditable(Exception):
    """A definition that is nested deeper than the editor can show."""


class HeadForm(forms.Form):
    """What the rule is called, and why it is changed."""

    title_zh = forms.CharField(label=_("Name in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    note = forms.CharField(label=_("Reason for the change"), max_length=500, required=False)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            del self.fields["note"]


class LevelForm(forms.Form):
    """How grave, for how long, and when."""

    hold = forms.FloatField(label=_("Must last (minutes)"), min_value=0, required=False, initial=0)
    clear = forms.FloatField(label=_("Ends after (minutes without the condition)"), min_value=0, required=False, initial=0)
    start = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=_("Only from (hh:mm)"), required=False)
    end = forms.RegexField(r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", label=_("Only until (hh:mm)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        severities = [(str(int(s)), state_of("severity", s.key).label) for s in Severity]
        self.fields["severity"] = forms.ChoiceField(label=_("Severity"), choices=severities, initial="2")
        days = ((Days.EVERY, _("every day")), (Days.WORKING, _("working days")), (Days.REST, _("days off and holidays")))
        choices = [(day.value, label) for day, label in days]
        self.fields["days"] = forms.ChoiceField(label=_("On which days"), choices=choices, required=False)
        self.order_fields(["severity"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("start")) != bool(cleaned.get("end")):
            self.add_error("end" if cleaned.get("start") else "start", _("Give both times, or none."))
        return cleaned


class ConditionForm(forms.Form):
    """One condition; which fields it has depends on its kind."""

    def __init__(self, *args: Any, feeds: Feeds, kind: str, first: bool, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not first:
            joins = (("and", _("and also")), ("or", _("or else")))
            self.fields["join"] = forms.ChoiceField(label=_("Joined to the condition before by"), choices=joins)
        choices = [(key, title) for key, (title, _unit) in feeds.items()]
        self.fields["feed"] = forms.ChoiceField(label=_("Property"), choices=choices, widget=forms.Select(AGAIN))
        self.fields["kind"] = forms.ChoiceField(label=_("What is watched for"), choices=KINDS, widget=forms.Select(AGAIN))
        for name in FIELDS.get(kind, FIELDS["limit"]):
            self.fields[name] = _field(name, kind, unit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "high" in self.fields and cleaned.get("high") is None and cleaned.get("low") is None and not self.errors:
            self.add_error("high", _("Give a limit above or below."))
        return cleaned


def _field(name: str, kind: str, unit: str) -> forms.Field:
    """The field of a name; what a number is measured in follows its label where it is the property's own unit."""
    if name in NUMBERS:
        label, more = NUMBERS[name]
        own = unit and name not in UNITLESS and not (kind == "compare" and name in ("high", "low"))
        return forms.FloatField(label=f"{label} ({unit})" if own else label, **({"required": False} | more))
    if name == "time":
        return forms.FloatField(label=TIMES.get(kind, _("Over the last")), min_value=0, initial=60 if kind == "window" else 10)
    return OTHERS[name]()


UNITLESS = ("every",)
NUMBERS: Mapping[str, tuple[Any, dict[str, Any]]] = {
    "high": (_("Above"), {}),
    "low": (_("Below"), {}),
    "clear_high": (_("Over when back down to"), {}),
    "clear_low": (_("Over when back up to"), {}),
    "change": (_("Change of more than"), {"required": True, "min_value": 0}),
    "tolerance": (_("Within a range of"), {"min_value": 0, "initial": 0}),
    "every": (_("A reading is due every (seconds; for the missing part)"), {"min_value": 1}),
}
TIMES = {
    "missing": _("For how long nothing comes"),
    "rate": _("Within"),
    "frozen": _("For at least"),
    "compare": _("The other value is no older than"),
}


def _flags() -> forms.Field:
    flags = [(str(int(flag)), word_flag(int(flag))) for flag in DataFlag if flag is not DataFlag.NORMAL]
    return forms.MultipleChoiceField(label=_("Flags"), choices=flags, widget=forms.CheckboxSelectMultiple)


def _choose(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=list(choices))


OPERATIONS = ((Operation.DIFFERENCE.value, _("difference")), (Operation.RATIO.value, _("ratio")))
PLACES = (
    (Near.DISTRICT.value, _("in the same district")),
    (Near.TOWNSHIP.value, _("in the same township")),
    (Near.SITE.value, _("of the same site")),
    (Near.EVERYWHERE.value, _("of its kind, everywhere")),
)
OTHERS: Mapping[str, Callable[[], forms.Field]] = {
    "samples": lambda: forms.IntegerField(label=_("How many times in a row"), min_value=2, initial=5),
    "at_least": lambda: forms.IntegerField(label=_("From how many values on"), min_value=1, initial=2, required=False),
    "time_unit": lambda: _choose(_("Unit of time"), UNITS),
    "aggregate": lambda: _choose(_("What of it"), ((one.value, word_aggregate(one)) for one in Aggregate)),
    "valid_only": lambda: forms.BooleanField(label=_("Invalid data counts as none"), required=False),
    "flags": _flags,
    "operation": lambda: _choose(_("How"), OPERATIONS),
    "other": lambda: forms.CharField(
        label=_("The other device (its identity; empty: a group)"), max_length=128, required=False, widget=DeviceInput()
    ),
    "near": lambda: _choose(_("Which group"), PLACES),
    "group": lambda: _choose(_("What of the group"), ((one.value, word_other(one)) for one in GROUPS)),
}
