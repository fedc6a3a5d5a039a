"""Accounts to test with."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from yuzhou.kernel import acts
from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("test")


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
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
            account = api.create_user(actor=SYSTEM, username=username, place_path=place, organisation=organisation)
            if role:
                api.grant_role(actor=SYSTEM, user=account, role=role, place_path=place, organisation=organisation)
        return account

    return make
