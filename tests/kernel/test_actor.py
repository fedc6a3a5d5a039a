"""Scopes of actors and what the database makes of them."""

import contextlib
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.transactions import acting_as

OFFICER = Actor(
    kind=ActorKind.PERSON, name="officer", id=uuid4(), grants=(Grant("r", frozenset({"x.y:see"}), place_path="50.0112"),)
)


def test_a_grant_reaches_its_place_and_below_but_not_its_neighbour() -> None:
    assert OFFICER.can("x.y:see", place_path="50.0112.003")
    assert not OFFICER.can("x.y:see", place_path="50.01120")
    with pytest.raises(PermissionDenied):
        OFFICER.require("x.y:change")


@pytest.mark.django_db
def test_the_database_knows_the_scope_and_is_the_web_role() -> None:
    with acting_as(OFFICER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, app_sees_place('50.0112.003'), app_sees_place('50.0113'), app_sees_place('50.01120')"
        )
        assert cursor.fetchone() == ("yuzhou_web", True, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("fails", [False, True])
def test_the_scope_ends_with_its_block_even_within_a_transaction(fails: bool) -> None:
    def scope() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.places', true), current_setting('app.user', true)")
            return [value or "" for value in cursor.fetchone()]

    with acting_as(OFFICER):
        with contextlib.suppress(DatabaseError), acting_as(Actor.system("inner")):
            assert scope() == ["*", "system"]
            if fails:
                connection.cursor().execute("SELECT no_such_column")
        assert scope() == ["50.0112", str(OFFICER.id)]
    assert scope() == ["", ""]
