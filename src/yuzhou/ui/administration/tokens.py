"""API tokens (mine, and those that I oversee) and machine clients."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel import clock, registry
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.ui.administration.acting import actor_of, ask_then, for_people, form_page, secret_page, try_act
from yuzhou.ui.administration.naming import Names, permission_titles
from yuzhou.ui.administration.people import reach_of
from yuzhou.ui.administration.roles import reach_field
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Confirm, Crumb, Empty
from yuzhou.ui.tables import Column, Filter, Table

CLIENTS = "kernel.client:manage"


class TokenForm(forms.Form):
    """A token's name, permissions, reach and life."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("What uses it, such as “nightly report”.")
    )
    days = forms.IntegerField(label=gettext_lazy("Days until it expires"), min_value=1, max_value=366, initial=90)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = permission_titles()
        held = sorted({permission for grant in actor.grants for permission in grant.permissions})
        choices = [(key, f"{titles.get(key, key)} ({key})") for key in held]
        self.fields["permissions"] = forms.MultipleChoiceField(
            label=_("Permissions"), choices=choices, widget=forms.CheckboxSelectMultiple
        )
        names = Names((g.place_path for g in actor.grants), (g.organisation for g in actor.grants))
        reaches = {str(g.organisation or g.place_path): names.reach(g.place_path, g.organisation) for g in actor.grants}
        self.fields["reach"] = forms.ChoiceField(
            label=_("Only in"), required=False, choices=[("", _("Wherever I hold the permissions")), *reaches.items()]
        )


class ClientForm(forms.Form):
    """A machine client's name and role."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=[(key, r.title) for key, r in registry.roles().items()])
        self.fields["reach"] = reach_field(actor, CLIENTS)


def _state(token: api.TokenInfo) -> str:
    return "revoked" if token.revoked_at else "active" if token.expires_at > clock.now() else "expired"


def _table(request: HttpRequest, tokens: list[api.TokenInfo], name: str, caption: str, empty: Empty) -> Table:
    names = Names((t.place_path for t in tokens), (t.organisation for t in tokens))
    rows = [
        {
            "t": t,
            "where": names.reach(t.place_path, t.organisation),
            "state": _state(t),
            "act": _("Revoke") if _state(t) == "active" else "",
        }
        for t in tokens
    ]
    columns = [
        Column("t.name", _("Name")),
        Column("t.owner", _("Owner")),
        Column("t.prefix", _("Begins with"), value=lambda row: f"yz_{row['t'].prefix}_"),
        Column("permissions", _("Permissions"), value=lambda row: " ".join(row["t"].permissions), wide=True),
        Column("where", _("Only in"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("t.expires_at", _("Until"), kind="time"),
        Column("t.last_used_at", _("Last used"), kind="time"),
        Column("act", _("Action"), sortable=False, url=lambda row: _revoke_url(row["t"].id) if row["act"] else None),
    ]
    filters = [Filter("state", _("State"), states="account")]
    return Table(request, columns, rows, filters=filters, name=name, caption=caption, csv_name="tokens", empty=empty)


def _revoke_url(token: UUID) -> str:
    return reverse("administration-token-revoke", args=[token])


@for_people()
def list_tokens(request: HttpRequest) -> HttpResponse:
    """My tokens, and those of the people whom I administer."""
    actor = actor_of(request)
    action = Action(_("Make a token"), reverse("administration-token-new"))
    empty = Empty(_("No tokens"), _("A token lets a program use the API with some of your permissions."), action, "key")
    context = {"mine": _table(request, api.list_tokens(actor=actor, user=actor.id), "mine", _("My tokens"), empty)}
    if actor.can("kernel.token:manage"):
        others = [token for token in api.list_tokens(actor=actor) if token.user_id != actor.id]
        nobody = Empty(_("No tokens of others"), _("Those of the people whom you administer appear here."))
        context["others"] = _table(request, others, "others", _("Tokens of others"), nobody)
    return render_page(request, "ui/administration/tokens.html", context, title=_("API tokens"))


@for_people()
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show its secret."""
    actor = actor_of(request)
    form = TokenForm(request.POST or None, actor=actor)
    back = reverse("administration-tokens")
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        reach = values.pop("reach")
        values |= reach_of(reach) if reach else {}
        issued = try_act(form, lambda: api.create_token(actor=actor, **values))
        if issued:
            text = _("Send it as “Authorization: Bearer …”. It is not shown again.")
            return secret_page(request, title=_("API token"), secret=issued.secret, text=text, back=back, name=issued.token.name)
    crumbs = [Crumb(_("API tokens"), back), Crumb(_("Make a token"))]
    return form_page(request, form, title=_("Make a token"), button=_("Make the token"), back=back, crumbs=crumbs)


@for_people()
def revoke_token(request: HttpRequest, token: UUID) -> HttpResponse:
    """End a token."""
    actor = actor_of(request)
    text = _("The program that uses it is refused from now on.")
    asked = Confirm(_("Revoke this token?"), text, _("Revoke the token"), reverse("administration-tokens"))
    return ask_then(request, asked, lambda: api.revoke_token(actor=actor, token=token), _("The token is revoked."))


@for_people(CLIENTS)
def list_clients(request: HttpRequest) -> HttpResponse:
    """The machine clients that I administer."""
    actor = actor_of(request)
    found = api.list_clients(actor=actor)
    names = Names((c.home_path for c in found), (c.home_organisation for c in found))
    rows = [
        {
            "c": c,
            "home": names.reach(c.home_path, c.home_organisation),
            "state": "revoked" if c.revoked_at else "active",
            "act": "" if c.revoked_at else _("Revoke"),
        }
        for c in found
    ]
    columns = [
        Column("c.name", _("Name")),
        Column("c.client_id", _("Client id")),
        Column("home", _("Place or organisation"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("c.created_at", _("Registered"), kind="time"),
        Column("act", _("Action"), sortable=False, url=lambda row: _client_url(row["c"].id) if row["act"] else None),
    ]
    action = Action(_("Register a machine"), reverse("administration-client-new"))
    text = _("A machine signs in at /o/token/ with its id and secret (OAuth2 client credentials) and acts with one role.")
    empty = Empty(_("No machine clients"), text, action, "robot")
    table = Table(request, columns, rows, caption=_("Machine clients"), csv_name="clients", empty=empty)
    return render_page(request, "ui/administration/clients.html", {"table": table}, title=_("Machine clients"))


def _client_url(client: UUID) -> str:
    return reverse("administration-client-revoke", args=[client])


@for_people(CLIENTS)
def register_client(request: HttpRequest) -> HttpResponse:
    """Register a machine and show its secret."""
    actor = actor_of(request)
    form = ClientForm(request.POST or None, actor=actor)
    back = reverse("administration-clients")
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values |= reach_of(values.pop("reach"))
        issued = try_act(form, lambda: api.create_client(actor=actor, **values))
        if issued:
            text = _("The client id is {id}. The secret is not shown again.").format(id=issued.client.client_id)
            return secret_page(
                request, title=_("Client secret"), secret=issued.secret, text=text, back=back, name=issued.client.name
            )
    crumbs = [Crumb(_("Machine clients"), back), Crumb(_("Register a machine"))]
    return form_page(request, form, title=_("Register a machine"), button=_("Register"), back=back, crumbs=crumbs)


@for_people(CLIENTS)
def revoke_client(request: HttpRequest, client: UUID) -> HttpResponse:
    """End a machine client."""
    actor = actor_of(request)
    text = _("The machine and its tokens are refused from now on.")
    asked = Confirm(_("Revoke this machine client?"), text, _("Revoke the client"), reverse("administration-clients"))
    return ask_then(request, asked, lambda: api.revoke_client(actor=actor, client=client), _("The client is revoked."))
