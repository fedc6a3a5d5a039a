"""The portal pages by which one joins: apply for a firm, follow the application, accept an invitation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal.ratelimit import consume
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yuzhou.kernel.access import api
from yuzhou.kernel.errors import TooMany, YuzhouError, declare_message, gettext_noop
from yuzhou.ui.administration.acting import View, form_page, try_act
from yuzhou.ui.administration.applications import SHOWN
from yuzhou.ui.administration.naming import Names, district_choices, role_title
from yuzhou.ui.errors import response_to
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts

PORTAL = "ui/portal.html"
RATES = {"apply": "5/h/ip", "look": "30/m/ip", "accept": "20/m/ip"}
TOO_OFTEN = declare_message(
    "kernel.too-often", gettext_noop("Too many attempts from your address. Wait a minute, then try again.")
)


class ApplicationForm(forms.Form):
    """What a firm says of itself when it applies."""

    organisation_name = forms.CharField(label=gettext_lazy("Name of the firm"), max_length=200)
    uscc = forms.CharField(label=gettext_lazy("Unified social credit code"), min_length=18, max_length=18)
    contact_name = forms.CharField(label=gettext_lazy("Contact person"), max_length=120)
    contact_phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32)
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("The decision is sent there.")
    )
    note = forms.CharField(
        label=gettext_lazy("Remark"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("organisation_name", "uscc", "place_path", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place_path"] = forms.ChoiceField(label=_("District"), choices=district_choices())
        roles = [(role.key, role.title) for role in api.list_open_roles()]
        self.fields["role"] = forms.ChoiceField(label=_("What the firm wants to do here"), choices=roles)
        self.order_fields(self.field_order)


class ReferenceForm(forms.Form):
    """The code of an application."""

    reference = forms.CharField(label=gettext_lazy("Reference code"), max_length=24)


class AcceptanceForm(forms.Form):
    """The account that an invited person makes."""

    username = forms.CharField(
        label=gettext_lazy("Username"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    display_name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters, not only digits."),
    )
    again = forms.CharField(
        label=gettext_lazy("Password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, str]:
        """Both passwords must agree."""
        cleaned: dict[str, str] = super().clean() or {}
        if cleaned.pop("again", None) != cleaned.get("password"):
            self.add_error("again", _("The two passwords differ."))
        return cleaned


def counted(action: str) -> Callable[[View], View]:
    """Count the attempts from an address; a refusal is answered here, lest its rollback take the count with it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if not consume(request, app="yuzhou.ui", action=action, config=RATES, limit_get=action != "apply"):
                    raise TooMany(TOO_OFTEN)
                with transaction.atomic():
                    return view(request, *args, **kwargs)
            except YuzhouError as error:
                return response_to(request, error)

        return limited

    return decorate


def show_ways(request: HttpRequest) -> HttpResponse:
    """How to join."""
    form = ReferenceForm(request.GET if "reference" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("joining-status", form.cleaned_data["reference"].strip())
    return render_page(request, "ui/administration/joining.html", {"form": form}, title=_("Join"))


@counted("apply")
def apply(request: HttpRequest) -> HttpResponse:
    """Apply for a firm."""
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = try_act(form, lambda: api.apply_to_join(**form.cleaned_data))
        if sent:
            messages.success(request, _("Your application is on its way. Keep the reference code: it opens this page again."))
            return redirect("joining-status", sent.reference)
    crumbs = [Crumb(_("Join"), reverse("joining")), Crumb(_("Apply for a firm"))]
    intro = _("An officer of the district checks the application. With the reference code you can follow it.")
    return form_page(
        request,
        form,
        title=_("Apply for a firm"),
        button=_("Send the application"),
        back=reverse("joining"),
        crumbs=crumbs,
        intro=intro,
        layout=PORTAL,
    )


@counted("look")
def show_status(request: HttpRequest, reference: str) -> HttpResponse:
    """Where an application stands; an accepted one leads to the account."""
    found = api.find_application(reference=reference)
    if request.method == "POST":
        return redirect(api.renew_application_link(reference=reference).path)
    facts = [
        Fact(_("Reference code"), found.reference, code=True),
        Fact(_("State"), SHOWN[found.state], states="account"),
        Fact(_("Firm"), found.organisation_name),
        Fact(_("District"), Names([found.place_path]).place(found.place_path)),
        Fact(_("Role"), role_title(found.role)),
        Fact(_("Applied at"), found.applied_at),
        Fact(_("Decided"), found.decided_at),
        Fact(_("Reason"), found.reason),
    ]
    context = {"application": found, "facts": Facts(facts)}
    crumbs = [Crumb(_("Join"), reverse("joining")), Crumb(_("Your application"))]
    response = render_page(request, "ui/administration/status.html", context, title=_("Your application"), crumbs=crumbs)
    add_never_cache_headers(response)
    return response


@counted("accept")
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the account of an invitation."""
    invitation = api.find_invitation(secret=secret)
    form = AcceptanceForm(request.POST or None, initial={"display_name": invitation.name})
    if request.method == "POST" and form.is_valid():
        language = "en" if (get_language() or "").startswith("en") else "zh-hans"
        made = try_act(form, lambda: api.accept_invitation(secret=secret, language=language, **form.cleaned_data))
        if made:
            messages.success(request, _("Your account is ready: sign in."))
            return redirect(settings.LOGIN_URL)
    where = Names([invitation.place_path], [invitation.organisation]).reach(invitation.place_path, invitation.organisation)
    roles = "、".join(role_title(role) for role in invitation.roles)
    intro = _("You are invited as {roles} for {where}.").format(roles=roles, where=where)
    response = form_page(
        request,
        form,
        title=_("Make your account"),
        button=_("Make the account"),
        back=reverse("ui-home"),
        intro=intro,
        layout=PORTAL,
    )
    add_never_cache_headers(response)
    return response
