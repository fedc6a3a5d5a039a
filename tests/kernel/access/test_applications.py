"""Firms apply to join, officers of their district decide."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from yuzhou.kernel import registry
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import Role
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.parties.api import complete_credit_code, get_organisation
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
from yuzhou.kernel.worklist.api import waiting_for

from .conftest import PASSWORD, SYSTEM

pytestmark = pytest.mark.django_db
Maker = Callable[..., api.Account]
USCC = str(complete_credit_code("91500106", "MA000009"))


@pytest.fixture(autouse=True)
def declared_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field declares a role that firms hold."""
    role = Role("sample-firm", Text("样例单位", "Sample firm"), "organisation", ("sample.thing:see",))
    roles = {**registry.roles(), role.key: role}
    monkeypatch.setattr(registry, "roles", lambda: roles)


@pytest.fixture
def officer(person: Maker) -> Actor:
    return api.actor_for(person("officer", "district-administrator", "50.0106"))


def apply(**more: Any) -> api.Application:
    wanted = {
        "organisation_name": "样例水务九厂",
        "uscc": USCC,
        "place_path": "50.0106",
        "contact_name": "样例联系人",
        "contact_phone": "023-00000000",
        "contact_email": "contact@example.org",
        "role": "sample-firm",
    }
    with acting_as(Actor.public()):
        return api.apply_to_join(**wanted | more)


def test_a_firm_applies_and_joins(
    officer: Actor, recorded: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    application = apply()
    assert api.find_application(reference=application.reference.upper()).state == "pending"
    with acting_as(officer), django_capture_on_commit_callbacks(execute=True):
        assert [a.reference for a in api.list_applications(actor=officer, state="pending")] == [application.reference]
        accepted = api.accept_application(actor=officer, application=application.id)
    assert accepted.organisation == get_organisation(uscc=USCC).id
    assert "样例水务九厂" in mail.outbox[0].body
    with acting_as(SYSTEM):
        link = api.renew_application_link(reference=application.reference)
        secret = link.path.rstrip("/").rsplit("/", 1)[1]
        account = api.accept_invitation(secret=secret, username="contact", password=PASSWORD)
    actor = api.actor_for(account)
    assert actor.can("sample.thing:see", organisation=accepted.organisation)
    assert actor.can("kernel.invitation:send", organisation=accepted.organisation)
    assert api.find_application(reference=application.reference).is_account_made
    with acting_as(SYSTEM), pytest.raises(Conflict):
        api.renew_application_link(reference=application.reference)
    assert "kernel.application:accept" in [act["act"] for act in recorded]


def test_a_refusal_has_a_reason(officer: Actor) -> None:
    application = apply()
    with acting_as(officer):
        with pytest.raises(Invalid, match="reason-required"):
            api.refuse_application(actor=officer, application=application.id, reason=" ")
        api.refuse_application(actor=officer, application=application.id, reason="材料不全")
        with pytest.raises(Conflict):
            api.accept_application(actor=officer, application=application.id)
    assert api.find_application(reference=application.reference).reason == "材料不全"
    assert apply().state == "pending"


def test_a_stranger_who_applied_first_does_not_keep_the_firm_out(officer: Actor) -> None:
    stranger = apply(contact_name="自称者", contact_phone="13000000000")
    firm = apply(contact_phone="13900000001")
    with pytest.raises(Conflict):
        apply(contact_phone="13900000001")
    with acting_as(officer):
        assert {one.reference for one in api.list_applications(actor=officer, state="pending")} == {
            stranger.reference,
            firm.reference,
        }
        api.accept_application(actor=officer, application=firm.id)
        api.refuse_application(actor=officer, application=stranger.id, reason="非本单位人员")
    assert api.find_application(reference=firm.reference).state == "accepted"


def test_only_officers_of_the_district_see_it(officer: Actor, person: Maker, firm: Callable[..., UUID]) -> None:
    application = apply()
    away = api.actor_for(person("away", "district-administrator", "50.0113"))
    boss = api.actor_for(person("boss", "organisation-administrator", organisation=firm()))
    for actor in (away, boss, Actor.public()):
        with acting_as(actor):
            assert api.list_applications(actor=actor) == []
            with pytest.raises(NotFound):
                api.accept_application(actor=actor, application=application.id)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"uscc": "91500106MA00000991"}, Invalid),
        ({"role": "organisation-administrator"}, Invalid),
        ({"role": "city-administrator"}, Invalid),
        ({"place_path": "51"}, Invalid),
        ({"contact_name": " "}, Invalid),
        ({"contact_email": "nobody"}, Invalid),
    ],
)
def test_an_application_must_be_right(recorded: list[dict[str, Any]], more: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        apply(**more)


def test_one_application_at_a_time(recorded: list[dict[str, Any]]) -> None:
    apply()
    with pytest.raises(Conflict):
        apply()


def test_a_pending_application_waits_for_the_officer(officer: Actor, person: Maker) -> None:
    application = apply()
    away = api.actor_for(person("away", "district-administrator", "50.0113"))
    with acting_as(officer):
        (item,) = [item for item in waiting_for(officer) if item.key == f"application-{application.id}"]
        assert item.url.endswith(f"/applications/{application.id}/")
        assert item.place == "沙坪坝区"
    with acting_as(away):
        assert waiting_for(away) == []


def test_who_names_another_district_gets_no_firm_that_sits_here(person: Maker, firm: Callable[..., UUID]) -> None:
    away = api.actor_for(person("away", "district-administrator", "50.0113"))
    early = apply(place_path="50.0113")
    firm("MA000009")
    with acting_as(away), pytest.raises(PermissionDenied):
        api.accept_application(actor=away, application=early.id)
    with acting_as(SYSTEM):
        api.refuse_application(actor=SYSTEM, application=early.id, reason="不在本区")
    assert apply(place_path="50.0113").place_path == "50.0106"
