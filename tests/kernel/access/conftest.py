"""Accounts to test with."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from yuzhou.kernel import acts
from yuzhou.kernel.access import api
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.parties.api import OrganisationKind, complete_credit_code, register_organisation
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("test")
PASSWORD = "shan-cheng-wu-du-7"


@pytest.fixture
def recorded() -> Iterator[list[dict[str, Any]]]:
    """The acts that were recorded in the test."""
    seen: list[dict[str, Any]] = []
    before = acts.set_sink(lambda **act: seen.append(act))
    yield seen
    acts.set_sink(before)


@pytest.fixture
def person(recorded: list[dict[str, Any]], db: None) -> Callable[..., api.Account]:
    """Makes an account with a role in a place or for an organisation."""

    def make(username: str, role: str | None = None, place: str | None = None, organisation: Any = None) -> api.Account:
        with acting_as(SYSTEM):
            account = api.create_user(
                actor=SYSTEM, username=username, place_path=place, organisation=organisation, must_change_password=False
            )
            if role:
                api.grant_role(actor=SYSTEM, user=account, role=role, place_path=place, organisation=organisation)
        return account

    return make


@pytest.fixture
def firm(recorded: list[dict[str, Any]], db: None) -> Callable[[str], UUID]:
    """Registers a firm in the district 50.0106."""

    def make(number: str = "MA000001") -> UUID:
        code = str(complete_credit_code("91500106", number))
        with acting_as(SYSTEM):
            return register_organisation(
                actor=SYSTEM, uscc=code, name=f"样例水务厂 {number}", kind=OrganisationKind.ENTERPRISE, place_path="50.0106"
            ).id

    return make


@pytest.fixture
def browser(person: Callable[..., api.Account]) -> Client:
    """A browser that sends real forms with their CSRF tokens, and an account 'officer' with a password."""
    cache.clear()
    person("officer", "district-administrator", "50.0106")
    user = User.objects.get(username="officer")
    user.set_password(PASSWORD)
    user.save()
    return Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
