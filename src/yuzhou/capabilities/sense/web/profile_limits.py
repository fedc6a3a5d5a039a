"""The plainest rule of a profile, in one small form: an alarm beyond a limit."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Bound, Definition, Feed, Level, Limit, Profile, Rule, Severity
from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.capabilities.sense.web.profiles import form_page, profile_crumbs
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.text import Text
from yuzhou.ui.states import state_of


def _choices(profile: Profile) -> list[tuple[str, str]]:
    units = {spec.name: unit_symbol(spec.unit) for spec in profile.properties}
    return [(one.name, f"{one.title} ({units[one.name]})" if units[one.name] else str(one.title)) for one in profile.properties]


class LimitForm(forms.Form):
    """A limit on a property."""

    property = forms.ChoiceField(label=gettext_lazy("Property"))
    above = forms.FloatField(label=gettext_lazy("Alarm above"), required=False)
    below = forms.FloatField(label=gettext_lazy("Alarm below"), required=False)
    hold_minutes = forms.FloatField(label=gettext_lazy("For at least (minutes)"), initial=0, min_value=0)
    severity = forms.TypedChoiceField(label=gettext_lazy("Severity"), choices=(), coerce=int, initial=int(Severity.MAJOR))

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        severities = [(int(one), state_of("severity", one.key).label) for one in Severity]
        self.fields["severity"].choices = severities  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["property"].choices = _choices(profile)  # type: ignore[attr-defined]

    def definition(self) -> Definition:
        """The rule."""
        values = self.cleaned_data
        feed = Feed(values["property"], "rtd")
        bound = Bound(high=values["above"], low=values["below"])
        hold = values["hold_minutes"] * 60
        return Definition((Level(Severity(values["severity"]), Limit(feed, (bound,)), hold_seconds=hold),))


@require_http_methods(["GET", "HEAD", "POST"])
def new_limit(request: HttpRequest, key: str) -> HttpResponse:
    """Raise an alarm on every device of a profile beyond a limit."""
    request.actor.require("sense.rule:define", place_path=CITY_PATH)
    found = api.get_profile(key=key)
    form = LimitForm(request.POST or None, profile=found)
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _define(request, found, form)) is not None:
        messages.success(request, _("The rule is in force for every device of the profile."))
        return redirect(f"{reverse('sense:profile', args=[key])}#rules")
    title = _("Raise an alarm beyond a limit")
    back = reverse("sense:profile", args=[key])
    return form_page(request, form, title, _("Put it in force"), back, profile_crumbs(found, title))


def _define(request: HttpRequest, found: Profile, form: LimitForm) -> Rule:
    name = form.cleaned_data["property"]
    spec = found.find(name)
    title = spec.title if spec else Text(name, name)
    return api.define_rule(
        actor=request.actor,
        key=f"{found.key}/{name}-limit",
        title=Text(f"{title.zh}超限", f"{title.en} beyond its limit"),
        definition=form.definition(),
        profile=found.key,
    )
