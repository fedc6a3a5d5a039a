"""Invitations: once, in time, and worth what their sender may give."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from yuzhou.kernel import clock
from yuzhou.kernel.access import api
from yuzhou.kernel.access.models import Invitation
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.transactions import acting_as

from .conftest import PASSWORD, SYSTEM

pytestmark = pytest.mark.django_db
Maker = Callable[..., api.Account]


def send(actor: Any, **more: Any) -> str:
    """Invite a colleague; returns the secret of the link."""
    with acting_as(actor):
        wanted = {"roles": ["district-administrator"], "place_path": "50.0106.003", "name": "colleague"} | more
        issued = api.invite(actor=actor, **wanted)
    return issued.path.rstrip("/").rsplit("/", 1)[1]


def accept(secret: str, username: str = "colleague", password: str = PASSWORD) -> api.Account:
    with acting_as(SYSTEM):
        return api.accept_invitation(secret=secret, username=username, password=password)


def test_an_invitation_makes_an_account_with_its_role_once(person: Maker, recorded: list[dict[str, Any]]) -> None:
    secret = send(api.actor_for(person("officer", "district-administrator", "50.0106")))
    account = accept(secret)
    assert [(g.role, g.place_path) for g in api.actor_for(account).grants] == [("district-administrator", "50.0106.003")]
    assert not account.must_change_password
    assert recorded[-1]["act"] == "kernel.invitation:accept"
    with pytest.raises(Conflict):
        accept(secret, "second")


def test_an_expired_or_withdrawn_or_unknown_invitation_is_refused(person: Maker) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    expired, withdrawn = send(actor), send(actor)
    with acting_as(SYSTEM):
        first, second = Invitation.objects.order_by("created_at")
        Invitation.objects.filter(id=first.id).update(expires_at=clock.now() - timedelta(seconds=1))
        api.revoke_invitation(actor=SYSTEM, invitation=second.id)
    for secret in (expired, withdrawn):
        with pytest.raises(Conflict):
            accept(secret)
    with pytest.raises(NotFound):
        api.find_invitation(secret="nonsense")


def test_an_invitation_is_worth_what_its_sender_may_give_when_it_is_used(person: Maker) -> None:
    sender = person("officer", "district-administrator", "50.0106")
    secret = send(api.actor_for(sender))
    with acting_as(SYSTEM):
        api.revoke_role(actor=SYSTEM, grant=api.list_roles_held(actor=SYSTEM, user=sender.id)[0])
    with pytest.raises(api.Escalation):
        accept(secret)
    with pytest.raises(api.NoSuchAccount):
        api.find_account(actor=SYSTEM, username="colleague")


def test_one_cannot_invite_beyond_ones_reach(person: Maker, firm: Callable[..., UUID]) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    for more in ({"place_path": "50"}, {"place_path": "50.0113"}):
        with pytest.raises(api.Escalation):
            send(actor, **more)
    boss = api.actor_for(person("boss", "organisation-administrator", organisation=firm()))
    with pytest.raises(api.Escalation):
        send(boss)


def test_an_organisation_invites_its_own_members(person: Maker, firm: Callable[..., UUID]) -> None:
    own = firm()
    actor = api.actor_for(person("boss", "organisation-administrator", organisation=own))
    account = accept(send(actor, roles=["organisation-administrator"], place_path=None, organisation=own))
    assert api.actor_for(account).organisation == own


def test_a_weak_password_does_not_use_up_the_invitation(person: Maker) -> None:
    secret = send(api.actor_for(person("officer", "district-administrator", "50.0106")))
    with pytest.raises(Invalid, match="password-weak"):
        accept(secret, password="12345")
    accept(secret)


@pytest.mark.parametrize(("language", "subject"), [("zh-hans", "邀请您加入渝州"), ("en", "You are invited to Yuzhou")])
def test_the_letter_goes_out_after_the_commit(
    person: Maker, language: str, subject: str, django_capture_on_commit_callbacks: Any
) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    with django_capture_on_commit_callbacks(execute=True):
        secret = send(actor, email="colleague@example.org", language=language)
        assert mail.outbox == []
    assert mail.outbox[0].subject == subject
    assert re.search(rf"http\S+/join/invitation/{re.escape(secret)}/", mail.outbox[0].body)
