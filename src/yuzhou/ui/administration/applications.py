"""Applications of firms to join: the list, and the review."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel.access import api
from yuzhou.ui.administration.acting import actor_of, for_people, try_act
from yuzhou.ui.administration.naming import Names, role_title
from yuzhou.ui.administration.organisations import organisation_url
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Filter, Table

REVIEW = "kernel.application:review"
SHOWN = {"pending": "applied", "accepted": "accepted", "refused": "refused"}


class DecisionForm(forms.Form):
    """Yes, or no with a reason."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        widget=forms.RadioSelect,
        choices=[
            ("accept", gettext_lazy("Accept: register the firm and invite its contact as its administrator")),
            ("refuse", gettext_lazy("Refuse")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed to refuse; the applicant reads it."),
    )


@for_people(REVIEW)
def list_applications(request: HttpRequest) -> HttpResponse:
    """The applications in my places."""
    found = api.list_applications(actor=actor_of(request))
    names = Names(a.place_path for a in found)
    rows = [
        {
            "a": a,
            "name": a.organisation_name,
            "role": role_title(a.role),
            "place": names.place(a.place_path),
            "state": SHOWN[a.state],
        }
        for a in found
    ]
    columns = [
        Column("name", _("Firm"), kind="link", url=lambda row: reverse("administration-application", args=[row["a"].id])),
        Column("a.uscc", _("Unified social credit code")),
        Column("a.contact_name", _("Contact person")),
        Column("role", _("Role")),
        Column("place", _("District"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("a.applied_at", _("Applied at"), kind="time"),
    ]
    empty = Empty(_("No applications"), _("Firms apply on the portal; what they send appears here."))
    filters = [Filter("state", _("State"), states="account")]
    table = Table(
        request,
        columns,
        rows,
        filters=filters,
        caption=_("Applications to join"),
        order="-a.applied_at",
        csv_name="applications",
        empty=empty,
    )
    return render_page(request, "ui/administration/applications.html", {"table": table}, title=_("Applications to join"))


@for_people(REVIEW)
def review(request: HttpRequest, application: UUID) -> HttpResponse:
    """Read an application and decide."""
    actor = actor_of(request)
    found = api.get_application(actor=actor, application=application)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and try_act(form, lambda: _decide(actor, application, form.cleaned_data)):
        messages.success(request, _("The decision is recorded."))
        return redirect("administration-application", application)
    context = {
        "application": found,
        "facts": Facts(_facts(found)),
        "form": form if found.state == "pending" else None,
        "organisation_url": organisation_url(found.organisation) if found.organisation else "",
        "rivals": [
            (f"{one.contact_name} {one.contact_phone}", SHOWN[one.state], reverse("administration-application", args=[one.id]))
            for one in api.list_applications(actor=actor)
            if one.uscc == found.uscc and one.id != found.id
        ],
    }
    back = reverse("administration-applications")
    crumbs = [Crumb(_("Applications to join"), back), Crumb(found.organisation_name)]
    status = 422 if form.errors else 200
    return render_page(
        request, "ui/administration/application.html", context, title=found.organisation_name, crumbs=crumbs, status=status
    )


def _decide(actor: Any, application: UUID, values: dict[str, Any]) -> api.Application:
    if values["decision"] == "accept":
        return api.accept_application(actor=actor, application=application)
    return api.refuse_application(actor=actor, application=application, reason=values["reason"])


def _facts(found: api.Application) -> list[Fact]:
    return [
        Fact(_("State"), SHOWN[found.state], states="account"),
        Fact(_("Unified social credit code"), found.uscc, code=True),
        Fact(_("District"), Names([found.place_path]).place(found.place_path)),
        Fact(_("Role"), role_title(found.role)),
        Fact(_("Contact person"), found.contact_name),
        Fact(_("Phone"), found.contact_phone),
        Fact(_("E-mail"), found.contact_email),
        Fact(_("Applied at"), found.applied_at),
        Fact(_("Remark"), found.note),
        Fact(_("Decided"), found.decided_at),
        Fact(_("By"), found.decided_by),
        Fact(_("Reason"), found.reason),
    ]
