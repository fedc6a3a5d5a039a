"""Roles are granted within one's own reach, and give what they declare."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from yuzhou.kernel import clock, registry
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.declarations import Role
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
Maker = Callable[..., api.Account]
Firm = Callable[..., UUID]


def test_an_actor_holds_what_its_role_declares_where_it_was_granted(person: Maker) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    assert actor.kind is ActorKind.PERSON
    assert actor.can("kernel.account:manage", place_path="50.0106.001")
    assert not actor.can("kernel.account:manage", place_path="50.0113")


def test_an_actor_is_one_query(person: Maker, django_assert_num_queries: Any) -> None:
    account = person("officer", "district-administrator", "50.0106")
    with django_assert_num_queries(1):
        api.actor_for(account)


def test_a_role_that_is_no_longer_declared_gives_nothing(person: Maker) -> None:
    account = person("officer")
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_access_rolegrant (id, user_id, role, place_path, home_path, valid_from, granted_at)"
            " VALUES (gen_random_uuid(), %s, 'gone', '50', '50', now(), now())",
            [account.id],
        )
    assert api.actor_for(account).grants == ()


def test_a_grant_holds_between_its_dates_and_until_revoked(person: Maker) -> None:
    account = person("officer")
    soon = clock.now() + timedelta(hours=1)
    with acting_as(SYSTEM):
        api.grant_role(actor=SYSTEM, user=account, role="district-administrator", place_path="50.0106", valid_from=soon)
        held = api.grant_role(actor=SYSTEM, user=account, role="district-administrator", place_path="50.0113")
    assert [g.place_path for g in api.actor_for(account).grants] == ["50.0113"]
    with acting_as(SYSTEM):
        api.revoke_role(actor=SYSTEM, grant=held)
        with pytest.raises(Conflict):
            api.revoke_role(actor=SYSTEM, grant=held)
    assert api.actor_for(account).grants == ()


def test_a_closed_account_is_nobody(person: Maker) -> None:
    account = person("officer", "district-administrator", "50.0106")
    with acting_as(SYSTEM):
        api.deactivate_user(actor=SYSTEM, user=account)
    assert api.actor_for(account).grants == ()


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("district-administrator", "50.0113"),
        ("district-administrator", "50"),
        ("auditor", "50.0106"),
    ],
)
def test_a_district_administrator_cannot_give_more_than_they_have(
    person: Maker, role: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = Role("auditor", Text("审计员", "Auditor"), "place", ("kernel.audit:read",))
    declared = {**registry.roles(), "auditor": auditor}
    monkeypatch.setattr(registry, "roles", lambda: declared)
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    other = person("other", place="50.0106")
    with acting_as(actor), pytest.raises(api.Escalation):
        api.grant_role(actor=actor, user=other, role=role, place_path=place)


def test_a_district_administrator_appoints_within_their_district(person: Maker, recorded: list[dict[str, Any]]) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    other = person("other", place="50.0106")
    with acting_as(actor):
        api.grant_role(actor=actor, user=other, role="district-administrator", place_path="50.0106.003")
    assert recorded[-1]["act"] == "kernel.role:grant"
    assert recorded[-1]["actor"] == actor


def test_nobody_grants_to_themselves(person: Maker) -> None:
    account = person("admin1", "city-administrator", "50")
    actor = api.actor_for(account)
    with acting_as(actor), pytest.raises(api.Escalation):
        api.grant_role(actor=actor, user=account, role="district-administrator", place_path="50.0106")


def test_an_organisation_administrator_gives_only_roles_to_which_it_was_admitted(person: Maker, firm: Firm) -> None:
    own, stranger = firm("MA000001"), firm("MA000002")
    actor = api.actor_for(person("boss", "organisation-administrator", organisation=own))
    other = person("member", organisation=own)
    with acting_as(actor):
        api.grant_role(actor=actor, user=other, role="organisation-administrator", organisation=own)
        with pytest.raises(api.Escalation):
            api.grant_role(actor=actor, user=other, role="organisation-administrator", organisation=stranger)
        with pytest.raises(api.Escalation):
            api.grant_role(actor=actor, user=other, role="district-administrator", place_path="50.0106")


def test_a_role_is_held_where_it_is_meant_to_be(person: Maker) -> None:
    account = person("officer")
    with acting_as(SYSTEM):
        with pytest.raises(Invalid, match="role-needs-place"):
            api.grant_role(actor=SYSTEM, user=account, role="district-administrator", organisation=uuid4())
        with pytest.raises(Invalid, match="role-needs-organisation"):
            api.grant_role(actor=SYSTEM, user=account, role="organisation-administrator", place_path="50")
        with pytest.raises(Invalid, match="no-such-role"):
            api.grant_role(actor=SYSTEM, user=account, role="king", place_path="50")


def test_the_database_hides_grants_of_elsewhere_from_the_web(person: Maker) -> None:
    person("officer", "district-administrator", "50.0106")
    away = person("away", "district-administrator", "50.0113")
    actor = api.actor_for(person("third", "district-administrator", "50.0106"))
    with acting_as(actor):
        assert api.list_roles_held(actor=SYSTEM, user=away.id) == []
        with pytest.raises(NotFound):
            api.revoke_role(actor=actor, grant=uuid4())


def test_whom_to_tell(person: Maker, firm: Firm) -> None:
    own = firm("MA000001")
    person("city", "city-administrator", "50")
    person("district", "district-administrator", "50.0106")
    person("away", "district-administrator", "50.0113")
    person("boss", "organisation-administrator", organisation=own)
    told = [r.name for r in api.users_with("kernel.account:see", place_path="50.0106.001", organisation=own)]
    assert told == ["boss", "city", "district"]


def test_one_cannot_take_over_an_account_that_reaches_further(person: Maker) -> None:
    actor = api.actor_for(person("officer", "district-administrator", "50.0106"))
    mighty = person("mighty", "district-administrator", "50.0106.001")
    with acting_as(SYSTEM):
        api.grant_role(actor=SYSTEM, user=mighty, role="city-administrator", place_path="50")
    with acting_as(actor):
        with pytest.raises(api.Escalation):
            api.reset_password(actor=actor, user=mighty)
        with pytest.raises(api.NoSuchAccount):
            api.deactivate_user(actor=actor, user=person("away", "district-administrator", "50.0113"))


def test_the_first_administrator_is_made_once(recorded: list[dict[str, Any]]) -> None:
    password = api.create_first_administrator()
    assert password is not None
    assert len(password) == 19
    assert api.create_first_administrator() is None
    account = api.find_account(actor=SYSTEM, username="Admin")
    assert account.must_change_password
    assert api.actor_for(account).can("kernel.role:grant", place_path="50.0106")
