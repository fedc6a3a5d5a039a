"""People to tell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("test")
SEE = "kernel.role:grant"  # a permission that district and city administrators hold
DISTRICT = "50.0106"


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def person(db: None) -> Callable[..., Actor]:
    """Makes an account with a role in a place; returns the actor."""

    def make(username: str, role: str = "district-administrator", place: str = DISTRICT, **fields: str) -> Actor:
        with acting_as(SYSTEM):
            account = api.create_user(actor=SYSTEM, username=username, email=f"{username}@example.org", **fields)
            api.grant_role(actor=SYSTEM, user=account, role=role, place_path=place)
            return api.actor_for(account)

    return make
