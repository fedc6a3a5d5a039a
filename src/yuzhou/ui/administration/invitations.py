"""Invitations into my places and organisations."""

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
from yuzhou.ui.administration.naming import Names, role_title
from yuzhou.ui.administration.people import reach_of
from yuzhou.ui.administration.roles import reach_field
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Confirm, Crumb, Empty
from yuzhou.ui.tables import Column, Filter, Table

INVITE = "kernel.invitation:send"


class InvitationForm(forms.Form):
    """Whom to invite to what."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("The link is sent there; it is shown to you as well."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(key, role.title) for key, role in registry.roles().items()]
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles)
        self.fields["reach"] = reach_field(actor, INVITE)


@for_people(INVITE)
def list_invitations(request: HttpRequest) -> HttpResponse:
    """Open and past invitations."""
    found = api.list_invitations(actor=actor_of(request))
    names = Names((i.place_path for i in found), (i.organisation for i in found))
    rows = [_row(invitation, names) for invitation in found]
    columns = [
        Column("who", _("Invited")),
        Column("roles", _("Role")),
        Column("where", _("Place or organisation"), kind="place"),
        Column("state", _("State"), kind="state", states="account"),
        Column("by", _("By")),
        Column("expires_at", _("Until"), kind="time"),
        Column("act", _("Action"), sortable=False, url=lambda row: row["url"] or None),
    ]
    action = Action(_("Invite someone"), reverse("administration-invitation-new"))
    empty = Empty(_("Nobody is invited"), _("Whom you invite chooses their own username and password."), action, "mail")
    filters = [Filter("state", _("State"), states="account")]
    table = Table(request, columns, rows, filters=filters, caption=_("Invitations"), csv_name="invitations", empty=empty)
    return render_page(request, "ui/administration/invitations.html", {"table": table}, title=_("Invitations"))


def _row(invitation: api.InvitationInfo, names: Names) -> dict[str, Any]:
    is_open = invitation.is_open(clock.now())
    state = "accepted" if invitation.accepted_at else "revoked" if invitation.revoked_at else "invited" if is_open else "expired"
    return {
        "who": " · ".join(part for part in (invitation.name, invitation.email) if part),
        "roles": "、".join(role_title(role) for role in invitation.roles),
        "where": names.reach(invitation.place_path, invitation.organisation),
        "state": state,
        "by": invitation.invited_by,
        "expires_at": invitation.expires_at,
        "act": _("Withdraw") if is_open else "",
        "url": reverse("administration-invitation-revoke", args=[invitation.id]) if is_open else "",
    }


@for_people(INVITE)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite someone, and show the link."""
    actor = actor_of(request)
    form = InvitationForm(request.POST or None, actor=actor, initial={"reach": request.GET.get("organisation", "")})
    back = reverse("administration-invitations")
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values |= reach_of(values.pop("reach")) | {"roles": [values.pop("role")]}
        issued = try_act(form, lambda: api.invite(actor=actor, **values))
        if issued:
            link = request.build_absolute_uri(issued.path)
            text = _("It works once, within a week, and is not shown again.")
            return secret_page(
                request, title=_("Invitation link"), secret=link, text=text, back=back, name=issued.invitation.name
            )
    crumbs = [Crumb(_("Invitations"), back), Crumb(_("Invite someone"))]
    return form_page(request, form, title=_("Invite someone"), button=_("Invite"), back=back, crumbs=crumbs)


@for_people(INVITE)
def withdraw(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    actor = actor_of(request)
    back = reverse("administration-invitations")
    asked = Confirm(_("Withdraw this invitation?"), _("Its link stops working."), _("Withdraw"), back)
    return ask_then(
        request, asked, lambda: api.revoke_invitation(actor=actor, invitation=invitation), _("The invitation is withdrawn.")
    )
