"""The forms of the environment. What services judge of single fields is told here already, all at once."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, OutletFactorView
from yuzhou.domains.environment.display import AVERAGINGS, MEDIA, SYSTEM_TYPES, choices
from yuzhou.domains.environment.reference import factors, standard_limits
from yuzhou.domains.environment.rules.factors import FLOW_CODES, Medium
from yuzhou.domains.environment.rules.identity import SYSTEM_TYPES as MEDIUM_OF
from yuzhou.domains.environment.rules.limits import Averaging
from yuzhou.domains.environment.services.checking import check_mn, check_password
from yuzhou.kernel import clock
from yuzhou.kernel.errors import Invalid, message_for
from yuzhou.kernel.parties.api import parse_credit_code

ROWS, BLANK_ROWS = 10, 4
USUAL_SYSTEM_TYPE = {Medium.WATER: "32", Medium.AIR: "31"}


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Give a select its choices."""
    cast(forms.ChoiceField, form.fields[name]).choices = list(choices)


class BeginForm(forms.Form):
    """The first step: where, what, and by which standard."""

    district = forms.ChoiceField(label=_("District"))
    medium = forms.ChoiceField(
        label=_("Kind"),
        choices=[(m.value, MEDIA[m]) for m in (Medium.WATER, Medium.AIR)],
        widget=forms.RadioSelect,
        initial="water",
    )
    standard = forms.ChoiceField(
        label=_("Begin with the limits of"),
        required=False,
        help_text=_("The values are only put into the form: the permit goes first, and you check each of them."),
    )

    def __init__(self, *args: Any, districts: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "district", list(districts))
        titles = {(item.medium.value, item.title.zh): item for item in standard_limits()}
        offered = [(title, f"{item.standard} {item.title}") for (_medium, title), item in titles.items()]
        offer(self, "standard", [("", _("None: I enter all limits myself")), *offered])


class OutletFields(forms.Form):
    """What can be changed later too."""

    name = forms.CharField(
        label=_("Name of the outlet"), max_length=200, help_text=_("As on the permit, for example “No. 1 outlet”.")
    )
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    lon = forms.FloatField(label=_("Longitude"), min_value=104, max_value=112, help_text=_("Degrees, for example 106.55160."))
    lat = forms.FloatField(label=_("Latitude"), min_value=27, max_value=34, help_text=_("Degrees, for example 29.56301."))
    permit = forms.CharField(label=_("Permit number"), max_length=40, required=False)
    silent_after_minutes = forms.IntegerField(
        label=_("Warn when data are missing for (minutes)"), min_value=1, max_value=1440, initial=30
    )
    frozen_after_minutes = forms.IntegerField(
        label=_("Warn when a value does not move for (minutes)"), min_value=30, max_value=2880, initial=240
    )


class RegisterForm(OutletFields):
    """A new outlet with its logger and firm."""

    field_order = (
        "firm_code", "firm_name", "name", "place_path", "address", "lon", "lat", "permit",
        "mn", "confirmed_mn", "password", "system_type", "limits_from",
    )  # fmt: skip
    groups = (
        (_("Firm and outlet"), ("firm_code", "firm_name", "name", "place_path", "address"), True),
        (_("Position and permit"), ("lon", "lat", "permit"), True),
        (_("Logger"), ("mn", "confirmed_mn", "password", "system_type"), True),
        (_("When to warn, and since when limits hold"), ("silent_after_minutes", "frozen_after_minutes", "limits_from"), False),
    )
    firm_code = forms.CharField(
        label=_("Firm's unified social credit code"),
        max_length=20,
        widget=forms.TextInput(attrs={"list": "firms"}),
        help_text=_("18 digits and letters. A firm that is registered is found by it."),
    )
    firm_name = forms.CharField(
        label=_("Firm's name"), max_length=200, required=False, help_text=_("Only for a firm that is not registered yet.")
    )
    place_path = forms.ChoiceField(label=_("Township or subdistrict"))
    mn = forms.CharField(
        label=_("MN code of the logger"), max_length=24, help_text=_("24 digits and letters A–F, on the logger's plate.")
    )
    confirmed_mn = forms.BooleanField(
        label=_("The MN code is not in that form, and I compared it with the plate"), required=False
    )
    password = forms.CharField(
        label=_("Password of the logger"), max_length=6, help_text=_("Six letters or digits, as set in the logger (PW).")
    )
    system_type = forms.ChoiceField(label=_("System type (ST)"))
    limits_from = forms.DateField(label=_("Limits in force from"))

    def __init__(self, *args: Any, medium: Medium, places: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "place_path", list(places))
        fitting = {code: word for code, word in SYSTEM_TYPES.items() if MEDIUM_OF[code] == medium}
        offer(self, "system_type", choices(fitting))
        self.fields["system_type"].initial = USUAL_SYSTEM_TYPE[medium]
        self.fields["limits_from"].initial = clock.local_day(clock.now())

    def clean(self) -> dict[str, Any]:
        """Every code is judged, so that one look shows all that is wrong."""
        values = super().clean() or {}
        self._judge("firm_code", parse_credit_code)
        self._judge("mn", partial(check_mn, confirmed=bool(values.get("confirmed_mn"))))
        self._judge("password", check_password)
        return values

    def _judge(self, name: str, check: Callable[[str], object]) -> None:
        if name in self.errors:
            return
        try:
            check(self.cleaned_data[name])
        except Invalid as error:
            self.add_error(name, message_for(error))


class EditForm(OutletFields):
    """Changes of an outlet."""

    password = forms.CharField(
        label=_("New password of the logger"), max_length=6, required=False, help_text=_("Leave empty to keep the present one.")
    )


class FactorForm(forms.Form):
    """One row: a factor with its limit."""

    code = forms.ChoiceField(label=_("Factor"), required=False)
    lower = forms.FloatField(label=_("Lower limit"), required=False)
    upper = forms.FloatField(label=_("Upper limit"), required=False)
    averaging = forms.ChoiceField(label=_("Judges"), choices=choices(AVERAGINGS), required=False, initial="hour")
    converted = forms.BooleanField(label=_("Converted"), required=False)
    basis = forms.CharField(label=_("Basis"), max_length=200, required=False)

    def __init__(self, *args: Any, medium: Medium = Medium.WATER, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "code", factor_choices(medium))

    def clean(self) -> dict[str, Any]:
        """A limit needs a factor."""
        values = super().clean() or {}
        has_limit = values.get("lower") is not None or values.get("upper") is not None
        if has_limit and not values.get("code"):
            self.add_error("code", _("Choose the factor of this limit."))
        return values


class LinesForm(forms.Form):
    """Has no field: it holds what is wrong with the lines of factors as a whole."""


FactorFormSet = forms.formset_factory(FactorForm, extra=0, max_num=40, absolute_max=60)


def factor_choices(medium: Medium) -> list[tuple[str, Any]]:
    """The factors of a medium, by code."""
    found = [factor for factor in factors().values() if factor.medium is medium]
    return [("", "—"), *((factor.code, f"{factor.code} {factor.name} {factor.symbol}".strip()) for factor in found)]


def rows_of_standard(medium: Medium, standard: str) -> list[dict[str, Any]]:
    """The rows to begin with: the flow, then the factors of the chosen standard with their limits, then blank ones."""
    rows: list[dict[str, Any]] = [{"code": FLOW_CODES[medium], "averaging": "hour"}]
    rows += [
        {
            "code": item.factor,
            "lower": _plain(item.lower),
            "upper": _plain(item.upper),
            "averaging": item.averaging.value,
            "converted": item.converted,
            "basis": item.basis,
        }
        for item in standard_limits()
        if item.medium is medium and item.title.zh == standard
    ]
    return rows + [{"averaging": "hour"}] * max(BLANK_ROWS, ROWS - len(rows))


def _plain(value: float | None) -> str | None:
    """A number as a person writes it: 6, not 6.0."""
    return None if value is None else f"{value:g}"


def rows_of_outlet(items: Iterable[OutletFactorView]) -> list[dict[str, Any]]:
    """The rows of the factors that an outlet has."""
    return [{"code": item.code, "converted": item.converted} for item in items] + [{}] * 4


def entries_of(formset: Any, valid_from: Any = None) -> tuple[FactorEntry, ...]:
    """The factors of the filled rows; two rows of one factor are its limits by hour and day."""
    found: dict[str, FactorEntry] = {}
    for row in formset.cleaned_data:
        code = row.get("code")
        if not code:
            continue
        limits: tuple[LimitEntry, ...] = ()
        if row.get("lower") is not None or row.get("upper") is not None:
            averaging = Averaging(row.get("averaging") or "hour")
            limits = (LimitEntry(row.get("upper"), row.get("lower"), averaging, row.get("basis") or "", valid_from),)
        known = found.get(code)
        if known is None:
            found[code] = FactorEntry(code, bool(row.get("converted")), limits)
        else:
            found[code] = FactorEntry(code, known.converted or bool(row.get("converted")), known.limits + limits)
    return tuple(found.values())


class LimitForm(forms.Form):
    """A new limit of a factor."""

    code = forms.ChoiceField(label=_("Factor"))
    averaging = forms.ChoiceField(label=_("Judges"), choices=choices(AVERAGINGS), widget=forms.RadioSelect, initial="hour")
    upper = forms.FloatField(label=_("Upper limit"), required=False)
    lower = forms.FloatField(label=_("Lower limit"), required=False, help_text=_("Only for ranges, such as pH."))
    basis = forms.CharField(label=_("Basis"), max_length=200, help_text=_("Permit, or standard with its clause."))
    valid_from = forms.DateField(
        label=_("In force from"), help_text=_("The limit before it ends on that day, and stays for the days before.")
    )

    def __init__(self, *args: Any, items: Iterable[OutletFactorView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "code", [(i.code, f"{i.code} {i.factor.name} {i.factor.symbol}".strip()) for i in items])
        self.fields["valid_from"].initial = clock.local_day(clock.now())


class CloseForm(forms.Form):
    """Closing an outlet."""

    on = forms.DateField(label=_("Closed from"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.local_day(clock.now())
