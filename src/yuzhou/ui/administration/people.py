"""People: the list in my reach, a person's page, and what an administrator does with an account."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel import clock
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.ui.administration.acting import actor_of, ask_then, for_people, form_page, secret_page, try_act
from yuzhou.ui.administration.naming import Names, organisation_choices, place_choices, role_title
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Confirm, Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Filter, Table

SEE, MANAGE = "kernel.account:see", "kernel.account:manage"


class AccountForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=gettext_lazy("Username"), max_length=150)
    display_name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places, organisations = place_choices(actor, MANAGE), organisation_choices(actor, MANAGE)
        self.fields["home"] = forms.ChoiceField(
            label=_("Administered by"),
            choices=[(_("Places"), places), (_("Organisations"), organisations)],
            help_text=_("The place or organisation whose administrators look after this account."),
        )

    def values(self) -> dict[str, Any]:
        """What `create_user` takes."""
        cleaned = dict(self.cleaned_data)
        return cleaned | reach_of(cleaned.pop("home"))


def reach_of(choice: str) -> dict[str, Any]:
    """A place or an organisation from the value of a select that offers both."""
    is_organisation = "-" in choice
    return {"place_path": None if is_organisation else choice, "organisation": UUID(choice) if is_organisation else None}


def state_of(account: api.Account) -> str:
    """The account's state for a badge."""
    if not account.is_active:
        return "locked"
    return "invited" if account.must_change_password or account.last_sign_in is None else "active"


@for_people(SEE)
def list_people(request: HttpRequest) -> HttpResponse:
    """The accounts that I administer."""
    actor = actor_of(request)
    accounts = api.list_accounts(actor=actor)
    names = Names((a.home_path for a in accounts), (a.home_organisation for a in accounts))
    rows = [
        {"account": a, "home": names.reach(a.home_path, a.home_organisation), "state": state_of(a), "name": str(a)}
        for a in accounts
    ]
    columns = [
        Column("name", _("Full name"), kind="link", url=lambda row: person_url(row["account"].id)),
        Column("account.username", _("Username")),
        Column("home", _("Administered by"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("account.last_sign_in", _("Last sign-in"), kind="time"),
    ]
    empty = Empty(
        _("No accounts yet"),
        _("Invite people, or add an account yourself."),
        Action(_("Add an account"), reverse("administration-person-new")),
    )
    table = Table(
        request,
        columns,
        rows,
        filters=[Filter("state", _("State"), states="account")],
        caption=_("People"),
        order="name",
        csv_name="people",
        empty=empty,
    )
    return render_page(request, "ui/administration/people.html", {"table": table}, title=_("People"))


@for_people(MANAGE)
def add_person(request: HttpRequest) -> HttpResponse:
    """Add an account and show its one-time password."""
    actor = actor_of(request)
    form = AccountForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        made = try_act(form, lambda: _add(actor, form.values()))
        if made:
            account, password = made
            return _password_page(request, account, password)
    crumbs = [Crumb(_("People"), reverse("administration-people")), Crumb(_("Add an account"))]
    return form_page(
        request,
        form,
        title=_("Add an account"),
        button=_("Add the account"),
        back=reverse("administration-people"),
        crumbs=crumbs,
    )


def _add(actor: Actor, values: dict[str, Any]) -> tuple[api.Account, str]:
    account = api.create_user(actor=actor, **values)
    return account, api.reset_password(actor=actor, user=account)


def _password_page(request: HttpRequest, account: api.Account, password: str) -> HttpResponse:
    return secret_page(
        request,
        title=_("One-time password"),
        name=account.username,
        secret=password,
        text=_("Hand it over in person or by a safe way. It must be changed at the first sign-in, and is not shown again."),
        back=person_url(account.id),
    )


@for_people(SEE)
def show_person(request: HttpRequest, user: UUID) -> HttpResponse:
    """A person's account, roles and tokens."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    facts = Facts(
        [
            Fact(_("Username"), account.username),
            Fact(_("State"), state_of(account), states="account"),
            Fact(_("E-mail"), account.email),
            Fact(_("Phone"), account.phone),
            Fact(
                _("Administered by"),
                Names([account.home_path], [account.home_organisation]).reach(account.home_path, account.home_organisation),
            ),
            Fact(_("Last sign-in"), account.last_sign_in),
        ]
    )
    context = {
        "account": account,
        "facts": facts,
        "roles": roles_table(request, actor, user),
        "is_self": actor.id == user,
        "may_manage": actor.can(MANAGE) and actor.id != user,
        "may_grant": actor.can("kernel.role:grant") and actor.id != user and account.is_active,
    }
    crumbs = [Crumb(_("People"), reverse("administration-people")), Crumb(account)]
    return render_page(request, "ui/administration/person.html", context, title=account, crumbs=crumbs)


def roles_table(request: HttpRequest, actor: Actor, user: UUID) -> Table:
    """The roles that a person holds and held."""
    held = api.list_roles_held(actor=actor, user=user)
    names = Names((h.place_path for h in held), (h.organisation for h in held))
    now = clock.now()
    may_revoke = actor.can("kernel.role:grant")
    rows = [
        {
            "id": h.id,
            "title": role_title(h.role),
            "where": names.reach(h.place_path, h.organisation),
            "held": h,
            "state": "revoked" if h.revoked_at else "active" if h.is_live(now) else "expired",
            "act": _("Revoke") if may_revoke and not h.revoked_at else "",
        }
        for h in held
    ]
    columns = [
        Column("title", _("Role")),
        Column("where", _("Place or organisation"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("held.granted_at", _("Granted"), kind="time"),
        Column("held.granted_by", _("By")),
        Column("held.valid_to", _("Until"), kind="time"),
        Column(
            "act",
            _("Action"),
            sortable=False,
            url=lambda row: reverse("administration-role-revoke", args=[row["id"]]) if row["act"] else None,
        ),
    ]
    empty = Empty(_("No role yet"), _("Without a role this person sees nothing beyond the public pages."))
    return Table(request, columns, rows, name="roles", caption=_("Roles"), search=False, csv_name="roles", empty=empty)


@for_people(MANAGE)
def edit_person(request: HttpRequest, user: UUID) -> HttpResponse:
    """Change a person's name and contact."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    form = AccountForm(
        request.POST or None,
        actor=actor,
        initial={f: getattr(account, f) for f in ("display_name", "email", "phone", "language")},
    )
    for name in ("username", "home"):
        del form.fields[name]
    valid = request.method == "POST" and form.is_valid()
    if valid and try_act(form, lambda: api.change_profile(actor=actor, user=user, **form.cleaned_data)):
        messages.success(request, _("Saved."))
        return redirect(person_url(user))
    crumbs = [Crumb(_("People"), reverse("administration-people")), Crumb(account, person_url(user)), Crumb(_("Edit"))]
    return form_page(request, form, title=_("Edit the account"), button=_("Save"), back=person_url(user), crumbs=crumbs)


@for_people(MANAGE)
def close_person(request: HttpRequest, user: UUID) -> HttpResponse:
    """Close an account."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    asked = Confirm(
        _("Close this account?"),
        _("Sign-in, sessions and tokens of {name} end at once. What was done stays on record.").format(name=account),
        _("Close the account"),
        person_url(user),
    )
    return ask_then(request, asked, lambda: api.deactivate_user(actor=actor, user=user), _("The account is closed."))


@for_people(MANAGE)
def open_person(request: HttpRequest, user: UUID) -> HttpResponse:
    """Open a closed account again."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    asked = Confirm(
        _("Open this account again?"),
        _("{name} can sign in again with the roles that are still granted.").format(name=account),
        _("Open the account"),
        person_url(user),
        danger=False,
    )
    return ask_then(request, asked, lambda: api.activate_user(actor=actor, user=user), _("The account is open."))


@for_people(MANAGE)
def reset_person(request: HttpRequest, user: UUID) -> HttpResponse:
    """Give a new one-time password, or a link that lets the person choose one."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=user)
    form = ResetForm(request.POST or None, initial={"way": "link"})
    if request.method == "POST" and form.is_valid():
        make = api.issue_reset_link if form.cleaned_data["way"] == "link" else api.reset_password
        secret = try_act(form, lambda: make(actor=actor, user=user))
        if secret and form.cleaned_data["way"] == "password":
            return _password_page(request, account, secret)
        if secret:
            return secret_page(
                request,
                title=_("One-time link"),
                name=account.username,
                secret=request.build_absolute_uri(secret),
                text=_("It works once, within a day, and is not shown again."),
                back=person_url(user),
            )
    crumbs = [
        Crumb(_("People"), reverse("administration-people")),
        Crumb(account, person_url(user)),
        Crumb(_("Reset the password")),
    ]
    return form_page(request, form, title=_("Reset the password"), button=_("Reset"), back=person_url(user), crumbs=crumbs)


class ResetForm(forms.Form):
    """How to recover an account."""

    way = forms.ChoiceField(
        label=gettext_lazy("How"),
        widget=forms.RadioSelect,
        choices=[
            ("link", gettext_lazy("A one-time link: the person chooses a new password; until then the old one works")),
            ("password", gettext_lazy("A one-time password: the old one stops working and all sessions end at once")),
        ],
    )


def person_url(user: UUID) -> str:
    """The address of a person's page."""
    return reverse("administration-person", args=[user])
