"""How long data are kept, and what is held back from removal."""

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import LegalHold
from yuzhou.capabilities.sense.web.profiles import form_page
from yuzhou.capabilities.sense.web.rule_words import word_author
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.text import Text
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Confirm, Crumb, Empty, Fact
from yuzhou.ui.tables import Column, Table

SET = "sense.retention:set"
MOST_DAYS = 36_500


def _home() -> list[Crumb]:
    return [Crumb(_("Devices"), reverse("sense:devices")), Crumb(_("Retention of data"), reverse("sense:retention"))]


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """The rules by profile and series, and the holds that stand."""
    request.actor.require(SET, place_path=CITY_PATH)
    rules, holds = api.list_retention(actor=request.actor), api.list_holds(actor=request.actor)
    keys = {rule.profile for rule in rules} | {one.profile for one in holds}
    titles = {key: one.title for key, one in api.find_profiles(keys=keys).items()}
    columns = [
        Column("what", _("Of what"), value=lambda one: titles.get(one.profile, one.profile) or f"# {one.series_id}"),
        Column("reading_days", _("Readings (days)"), value=lambda one: one.reading_days or _("for ever")),
        Column("frame_days", _("Raw frames (days)"), value=lambda one: one.frame_days or _("as usual")),
        Column("changed_by", _("By"), value=lambda row: word_author(row.changed_by)),
        Column("changed_at", _("Time"), kind="time"),
    ]
    nothing = Empty(_("All readings are kept for ever"), _("A rule limits how long those of a profile are kept."), icon="archive")
    kept = Table(request, columns, rules, caption=_("How long data are kept"), name="kept", empty=nothing)
    context = {"kept": kept, "held": _holds(request, holds, titles)}
    crumbs = [_home()[0], Crumb(_("Retention of data"))]
    return render_page(request, "sense/retention.html", context, title=_("Retention of data"), crumbs=crumbs)


def _holds(request: HttpRequest, holds: list[LegalHold], titles: Mapping[str, Text]) -> Table:
    devices = {one.device_id: api.get_device(actor=request.actor, device_id=one.device_id) for one in holds if one.device_id}
    columns = [
        Column(
            "what",
            _("Of what"),
            kind="link",
            url=lambda one: reverse("sense:hold-release", args=[one.id]),
            value=lambda one: devices[one.device_id].title if one.device_id else titles.get(one.profile, one.profile),
        ),
        Column("reason", _("Reason")),
        Column("placed_by", _("By")),
        Column("placed_at", _("Time"), kind="time"),
    ]
    nothing = Empty(_("Nothing is held"), _("A hold keeps all data of a device or a profile from being removed."), icon="lock")
    return Table(request, columns, holds, caption=_("Legal holds"), name="held", empty=nothing)


class RetentionForm(forms.Form):
    """How long the data of a profile are kept."""

    profile = forms.ChoiceField(label=gettext_lazy("Profile"))
    reading_days = forms.IntegerField(
        label=gettext_lazy("Readings (days)"),
        required=False,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Empty: for ever. Sums of hours and days stay in any case."),
    )
    frame_days = forms.IntegerField(
        label=gettext_lazy("Raw frames (days)"), required=False, max_value=MOST_DAYS, help_text=gettext_lazy("Empty: as usual.")
    )

    def __init__(self, *args: object, profiles: list[tuple[str, object]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["profile"].choices = profiles  # type: ignore[attr-defined]  # a ChoiceField


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Say how long the data of a profile are kept."""
    request.actor.require(SET, place_path=CITY_PATH)
    form = RetentionForm(request.POST or None, profiles=_profiles(), initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: api.set_retention(actor=request.actor, **form.cleaned_data))
        if not form.errors:
            messages.success(request, _("It holds from the next night on."))
            return redirect("sense:retention")
    title = _("How long data are kept")
    return form_page(request, form, title, _("Save"), reverse("sense:retention"), [*_home(), Crumb(title)])


def _profiles() -> list[tuple[str, object]]:
    return [(one.key, one.title) for one in api.list_profiles(order="title_zh")]


class HoldForm(forms.Form):
    """What is to be held."""

    profile = forms.ChoiceField(label=gettext_lazy("Profile"), required=False)
    device_id = forms.UUIDField(
        label=gettext_lazy("Device"), required=False, help_text=gettext_lazy("The last part of the address of its page.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: object, profiles: list[tuple[str, object]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["profile"].choices = [("", ""), *profiles]  # type: ignore[attr-defined]  # a ChoiceField


@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest) -> HttpResponse:
    """Hold the data of a device or a profile."""
    request.actor.require(SET, place_path=CITY_PATH)
    form = HoldForm(request.POST or None, profiles=_profiles(), initial=request.GET.dict())
    valid = request.method == "POST" and form.is_valid()
    if valid and attempt(form, lambda: api.place_hold(actor=request.actor, **form.cleaned_data)) is not None:
        messages.success(request, _("It is held: nothing of it is removed any more."))
        return redirect("sense:retention")
    title = _("Hold data")
    return form_page(request, form, title, _("Hold"), reverse("sense:retention"), [*_home(), Crumb(title)])


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Lift a hold."""
    found = next((one for one in api.list_holds(actor=request.actor) if one.id == hold_id), None)
    if request.method == "POST" or found is None:
        api.release_hold(actor=request.actor, hold_id=hold_id)
        messages.success(request, _("The hold is lifted."))
        return redirect("sense:retention")
    confirm = Confirm(
        _("Lift this hold?"),
        _("What is over its time is then removed the next night, and cannot be brought back."),
        _("Lift the hold"),
        reverse("sense:retention"),
        facts=[Fact(_("Reason"), found.reason), Fact(_("By"), found.placed_by)],
    )
    return confirm_page(request, confirm)
