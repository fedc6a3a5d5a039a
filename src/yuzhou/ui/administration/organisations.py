"""Organisations: the register as far as I administer it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel.access import api as access
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.parties import api
from yuzhou.ui.administration.acting import actor_of, for_people, form_page, try_act
from yuzhou.ui.administration.naming import Names, place_choices
from yuzhou.ui.administration.people import person_url, state_of
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Table

REGISTER, UPDATE, SEE_CONTACT = "kernel.organisation:register", "kernel.organisation:update", "kernel.organisation:see-contact"
MOST = 2000


class OrganisationForm(forms.Form):
    """An organisation and how to reach it."""

    uscc = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=18, min_length=18)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=200, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[(kind.value, kind.label) for kind in api.OrganisationKind])

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place_path"] = forms.ChoiceField(label=_("Registered place"), choices=place_choices(actor, REGISTER))


class ContactForm(forms.Form):
    """How to reach an organisation."""

    name = forms.CharField(label=gettext_lazy("Contact person"), max_length=80, required=False)
    telephone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)


@for_people(UPDATE)
def list_organisations(request: HttpRequest) -> HttpResponse:
    """The organisations in my places, and my own."""
    actor = actor_of(request)
    scope = actor.scope(UPDATE)
    found = {o.id: o for o in api.list_organisations(ids=sorted(scope.organisations))} if scope.organisations else {}
    for path in sorted(scope.place_paths):
        found |= {o.id: o for o in api.list_organisations(below=path, limit=MOST)}
    names = Names(o.place_path for o in found.values())
    rows = [
        {"organisation": o, "name": str(o), "kind": str(o.kind.label), "place": names.place(o.place_path)} for o in found.values()
    ]
    columns = [
        Column("name", _("Name"), kind="link", url=lambda row: organisation_url(row["organisation"].id)),
        Column("organisation.uscc", _("Unified social credit code")),
        Column("kind", _("Kind")),
        Column("place", _("Registered place"), kind="place"),
    ]
    may_register = actor.can(REGISTER)
    action = Action(_("Register an organisation"), reverse("administration-organisation-new")) if may_register else None
    empty = Empty(_("No organisations yet"), _("Register one, or wait for applications to join."), action)
    table = Table(request, columns, rows, caption=_("Organisations"), order="name", csv_name="organisations", empty=empty)
    context = {"table": table, "may_register": may_register}
    return render_page(request, "ui/administration/organisations.html", context, title=_("Organisations"))


@for_people(REGISTER)
def register(request: HttpRequest) -> HttpResponse:
    """Enter an organisation in the register."""
    actor = actor_of(request)
    form = OrganisationForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["kind"] = api.OrganisationKind(values["kind"])
        made = try_act(form, lambda: api.register_organisation(actor=actor, **values))
        if made:
            messages.success(request, _("The organisation is registered."))
            return redirect(organisation_url(made.id))
    back = reverse("administration-organisations")
    crumbs = [Crumb(_("Organisations"), back), Crumb(_("Register"))]
    return form_page(request, form, title=_("Register an organisation"), button=_("Register"), back=back, crumbs=crumbs)


@for_people()
def show_organisation(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """An organisation, how to reach it, and its people."""
    actor = actor_of(request)
    found = _mine(actor, organisation)
    contact = api.get_contact(actor=actor, organisation=organisation) if _can(actor, SEE_CONTACT, found) else None
    context = {
        "organisation": found,
        "facts": Facts(_facts(found)),
        "contact": Facts(_contact_facts(contact)) if contact else None,
        "people": _people_table(request, actor, organisation),
        "may_register": _can(actor, REGISTER, found),
        "may_update": _can(actor, UPDATE, found),
        "may_invite": _can(actor, "kernel.invitation:send", found),
    }
    crumbs = [Crumb(_("Organisations"), reverse("administration-organisations")), Crumb(found)]
    return render_page(request, "ui/administration/organisation.html", context, title=found, crumbs=crumbs)


@for_people()
def edit(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Change names and kind."""
    actor = actor_of(request)
    found = _mine(actor, organisation)
    actor.require(REGISTER, place_path=found.place_path)
    initial = {"name": found.name, "name_en": found.name_en, "kind": found.kind.value}
    form = OrganisationForm(request.POST or None, actor=actor, initial=initial)
    for name in ("uscc", "place_path"):
        del form.fields[name]
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["kind"] = api.OrganisationKind(values["kind"])
        if try_act(form, lambda: api.update_organisation(actor=actor, organisation=organisation, **values)):
            messages.success(request, _("Saved."))
            return redirect(organisation_url(organisation))
    return _form(request, found, form, _("Edit the organisation"))


@for_people()
def edit_contact(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Say how to reach it."""
    actor = actor_of(request)
    found = _mine(actor, organisation)
    contact = api.get_contact(actor=actor, organisation=organisation)
    initial = {name: getattr(contact, name) for name in ContactForm.base_fields}
    form = ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        new = api.Contact(**form.cleaned_data)
        try_act(form, lambda: api.set_contact(actor=actor, organisation=organisation, contact=new))
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect(organisation_url(organisation))
    return _form(request, found, form, _("Edit the contact"))


def organisation_url(organisation: UUID) -> str:
    """The address of an organisation's page."""
    return reverse("administration-organisation", args=[organisation])


def _form(request: HttpRequest, found: api.OrganisationRef, form: forms.Form, title: str) -> HttpResponse:
    back = organisation_url(found.id)
    crumbs = [Crumb(_("Organisations"), reverse("administration-organisations")), Crumb(found, back), Crumb(title)]
    return form_page(request, form, title=title, button=_("Save"), back=back, crumbs=crumbs)


def _mine(actor: Actor, organisation: UUID) -> api.OrganisationRef:
    found = api.get_organisation(organisation=organisation)
    actor.require(UPDATE, place_path=found.place_path, organisation=found.id)
    return found


def _can(actor: Actor, permission: str, found: api.OrganisationRef) -> bool:
    return actor.can(permission, place_path=found.place_path, organisation=found.id)


def _facts(found: api.OrganisationRef) -> list[Fact]:
    return [
        Fact(_("Unified social credit code"), found.uscc, code=True),
        Fact(_("Kind"), found.kind.label),
        Fact(_("English name"), found.name_en),
        Fact(_("Registered place"), Names([found.place_path]).place(found.place_path)),
    ]


def _contact_facts(contact: api.Contact) -> list[Fact]:
    return [
        Fact(_("Contact person"), contact.name),
        Fact(_("Phone"), contact.telephone),
        Fact(_("E-mail"), contact.email),
        Fact(_("Address"), contact.address),
    ]


def _people_table(request: HttpRequest, actor: Actor, organisation: UUID) -> Table | None:
    if not actor.can("kernel.account:see"):
        return None
    accounts = access.list_accounts(actor=actor, organisation=organisation)
    rows = [{"name": str(a), "username": a.username, "state": state_of(a), "id": a.id} for a in accounts]
    columns = [
        Column("name", _("Full name"), kind="link", url=lambda row: person_url(row["id"])),
        Column("username", _("Username")),
        Column("state", _("State"), kind="state", states="account"),
    ]
    empty = Empty(_("No people yet"), _("Invite the first one."))
    return Table(request, columns, rows, name="people", caption=_("People"), search=False, csv_name="people", empty=empty)
