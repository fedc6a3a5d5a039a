"""Roles: what each allows, granting and revoking them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel import registry
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.ui.administration.acting import actor_of, ask_then, for_people, form_page, try_act
from yuzhou.ui.administration.naming import organisation_choices, permission_titles, place_choices, role_title
from yuzhou.ui.administration.people import person_url, reach_of
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Confirm, Crumb

GRANT = "kernel.role:grant"


class GrantForm(forms.Form):
    """A role and where it is held."""

    valid_from = forms.DateTimeField(label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: from now on."))
    valid_to = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until it is revoked.")
    )
    field_order = ("role", "reach", "valid_from", "valid_to")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(key, role.title) for key, role in registry.roles().items()]
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles)
        self.fields["reach"] = reach_field(actor, GRANT)
        self.order_fields(self.field_order)

    def values(self) -> dict[str, Any]:
        """What `grant_role` takes."""
        cleaned = dict(self.cleaned_data)
        return cleaned | reach_of(cleaned.pop("reach"))


def reach_field(actor: Actor, permission: str) -> forms.ChoiceField:
    """A select of the places and organisations within the actor's reach."""
    groups = [(_("Places"), place_choices(actor, permission)), (_("Organisations"), organisation_choices(actor, permission))]
    help_text = _("Officers hold a role in a place, members of a firm hold it for their organisation.")
    return forms.ChoiceField(label=_("Place or organisation"), choices=groups, help_text=help_text)


@for_people(GRANT)
def grant(request: HttpRequest, user: UUID) -> HttpResponse:
    """Give a person a role."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    form = GrantForm(request.POST or None, actor=actor)
    valid = request.method == "POST" and form.is_valid()
    if valid and try_act(form, lambda: api.grant_role(actor=actor, user=account, **form.values())):
        messages.success(request, _("The role is granted."))
        return redirect(person_url(user))
    crumbs = [Crumb(_("People"), reverse("administration-people")), Crumb(account, person_url(user)), Crumb(_("Grant a role"))]
    return form_page(request, form, title=_("Grant a role"), button=_("Grant the role"), back=person_url(user), crumbs=crumbs)


@for_people(GRANT)
def revoke(request: HttpRequest, grant: UUID) -> HttpResponse:
    """Take a role back."""
    actor = actor_of(request)
    held = api.get_role_held(actor=actor, grant=grant)
    back = person_url(held.user_id) if held.user_id else reverse("administration-clients")
    text = _("{role} ends at once for whoever holds it here.").format(role=role_title(held.role))
    asked = Confirm(_("Revoke this role?"), text, _("Revoke the role"), back)
    return ask_then(request, asked, lambda: api.revoke_role(actor=actor, grant=grant), _("The role is revoked."))


@for_people()
def list_roles(request: HttpRequest) -> HttpResponse:
    """Every declared role with what it allows."""
    titles = permission_titles()
    shown = [
        {"role": role, "part": part.title, "allows": [(key, titles.get(key, key)) for key in role.permissions]}
        for part, role in registry.every("roles")
    ]
    return render_page(request, "ui/administration/roles.html", {"shown": shown}, title=_("Roles"))
