"""API tokens and machine clients: never more than their owner, never after their end."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from yuzhou.kernel import clock
from yuzhou.kernel.access import api
from yuzhou.kernel.access.models import ApiToken
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM

pytestmark = pytest.mark.django_db
Maker = Callable[..., api.Account]
SEE = "kernel.account:see"


def issue(actor: Actor, *permissions: str, **more: Any) -> api.IssuedToken:
    with acting_as(actor):
        return api.create_token(actor=actor, name="reports", permissions=permissions or (SEE,), **more)


def test_a_token_carries_part_of_its_owner(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    issued = issue(owner, SEE)
    machine = api.actor_for_token(issued.secret)
    assert machine.kind is ActorKind.MACHINE
    assert machine.id == owner.id
    assert machine.can(SEE, place_path="50.0106.001")
    assert not machine.can("kernel.role:grant")


def test_a_token_stays_in_its_place(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    machine = api.actor_for_token(issue(owner, place_path="50.0106.003").secret)
    assert machine.can(SEE, place_path="50.0106.003.001")
    assert not machine.can(SEE, place_path="50.0106.004")
    with pytest.raises(api.Escalation):
        issue(owner, place_path="50.0113")


def test_a_token_cannot_have_what_its_owner_lacks(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    with pytest.raises(api.Escalation):
        issue(owner, "kernel.audit:read")
    with pytest.raises(api.Escalation):
        issue(owner, organisation=uuid4())
    with pytest.raises(Invalid):
        issue(owner, days=4000)


def test_a_token_loses_what_its_owner_loses(person: Maker) -> None:
    account = person("officer", "district-administrator", "50.0106")
    issued = issue(api.actor_for(account))
    with acting_as(SYSTEM):
        api.revoke_role(actor=SYSTEM, grant=api.list_roles_held(actor=SYSTEM, user=account.id)[0])
    assert api.actor_for_token(issued.secret).grants == ()
    with acting_as(SYSTEM):
        api.deactivate_user(actor=SYSTEM, user=account)
    with pytest.raises(api.InvalidCredential):
        api.actor_for_token(issued.secret)


def test_a_token_ends(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    issued = issue(owner)
    with acting_as(owner):
        api.revoke_token(actor=owner, token=issued.token.id)
        with pytest.raises(Conflict):
            api.revoke_token(actor=owner, token=issued.token.id)
    late = issue(owner)
    with acting_as(SYSTEM):
        ApiToken.objects.filter(id=late.token.id).update(expires_at=clock.now() - timedelta(seconds=1))
    for secret in (issued.secret, late.secret, late.secret[:-1] + "x", "yz_23456789_", "nonsense"):
        with pytest.raises(api.InvalidCredential):
            api.actor_for_token(secret)


def test_the_secret_is_not_stored_and_use_is_noted(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    issued = issue(owner)
    assert issued.secret not in repr(issued)
    api.actor_for_token(issued.secret)
    with acting_as(SYSTEM):
        row = ApiToken.objects.get(id=issued.token.id)
    assert issued.secret.split("_", 2)[2] not in str(vars(row))
    assert row.last_used_at is not None


def test_a_token_cannot_make_tokens_nor_can_one_see_anothers(person: Maker) -> None:
    owner = api.actor_for(person("officer", "district-administrator", "50.0106"))
    machine = api.actor_for_token(issue(owner).secret)
    with pytest.raises(api.Escalation):
        issue(machine)
    away = api.actor_for(person("away", "district-administrator", "50.0113"))
    theirs = issue(away)
    with acting_as(owner):
        assert [t.owner for t in api.list_tokens(actor=owner)] == ["officer"]
        with pytest.raises(NotFound):
            api.revoke_token(actor=owner, token=theirs.token.id)


def test_a_bad_bearer_is_not_taken_for_the_public(person: Maker) -> None:
    request = RequestFactory().get("/", HTTP_AUTHORIZATION="Bearer nonsense")
    with pytest.raises(api.InvalidCredential):
        api.actor_for_request(request)
    assert Client().get("/systems", HTTP_AUTHORIZATION="Bearer nonsense").status_code == 401
    answer = Client().get("/api/v1/kernel/access/whoami", HTTP_AUTHORIZATION="Bearer nonsense")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def machine_token(issued: api.IssuedClient, secret: str | None = None) -> Any:
    cache.clear()
    basic = base64.b64encode(f"{issued.client.client_id}:{secret or issued.secret}".encode()).decode()
    return Client().post("/o/token/", {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=f"Basic {basic}")


def test_a_machine_client_acts_with_its_role(person: Maker) -> None:
    admin = api.actor_for(person("officer", "district-administrator", "50.0106"))
    with acting_as(admin):
        issued = api.create_client(actor=admin, name="gate", role="district-administrator", place_path="50.0106.003")
    answer = machine_token(issued)
    assert answer.status_code == 200, answer.content
    machine = api.actor_for_token(answer.json()["access_token"])
    assert (machine.kind, machine.id, machine.name) == (ActorKind.MACHINE, issued.client.id, "gate")
    assert machine.can(SEE, place_path="50.0106.003")
    assert not machine.can(SEE, place_path="50.0106")
    assert machine_token(issued, "wrong").status_code == 401
    with acting_as(admin):
        api.revoke_client(actor=admin, client=issued.client.id)
    with pytest.raises(api.InvalidCredential):
        api.actor_for_token(answer.json()["access_token"])
    assert machine_token(issued).status_code == 401


def test_a_machine_client_is_no_way_up(person: Maker) -> None:
    admin = api.actor_for(person("officer", "district-administrator", "50.0106"))
    with acting_as(admin), pytest.raises(api.Escalation):
        api.create_client(actor=admin, name="gate", role="district-administrator", place_path="50")


def test_only_the_machine_flow_is_served() -> None:
    cache.clear()
    answer = Client().post("/o/token/", {"grant_type": "password", "username": "a", "password": "b"})
    assert answer.json() == {"error": "unsupported_grant_type"}
    assert Client().get("/o/authorize/").status_code == 404
