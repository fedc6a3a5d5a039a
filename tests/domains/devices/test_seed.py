"""The demonstration's devices are registered once, follow their ports, and are seen by those who may."""

from typing import Any

import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
from yuzhou.domains.devices.demo.cast import devices
from yuzhou.domains.devices.demo.seed import FIRM, OFFICER, SEEDER, seed_demonstration
from yuzhou.kernel.access.api import actor_for, find_account
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_seeding_twice_changes_nothing(places: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as(SEEDER):
        load_declared_profiles()
    said = seed_demonstration()
    assert [name for name, _ in said.accounts] == [OFFICER, FIRM]
    assert said.password
    monkeypatch.setenv("YUZHOU_DEMOMODBUS_PORT", "15999")
    seed_demonstration()
    found = list(_devices(SEEDER))
    assert {(one.protocol, one.identity) for one in found} == {(one.protocol, one.identity) for one in devices()}
    assert all(one.simulated for one in found)
    assert {one.connection.get("port") for one in found if one.protocol == "modbus"} == {15999}


def test_officer_and_firm_see_them(places: None) -> None:
    with acting_as(SEEDER):
        load_declared_profiles()
    seed_demonstration()
    for name in (OFFICER, FIRM):
        with acting_as(SEEDER):
            account = find_account(actor=SEEDER, username=name)
        assert len(_devices(actor_for(account))) == len(devices())


def _devices(actor: Any) -> list[Any]:
    with acting_as(actor):
        return list(api.list_devices(actor=actor, limit=1000))
