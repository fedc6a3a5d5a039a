"""`up --demo` makes the sample city once and tells how to get in."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from yuzhou.domains.environment.demo.city import seed_demonstration
from yuzhou.domains.environment.models import OutletRecord
from yuzhou.kernel import registry
from yuzhou.kernel.access.api import actor_for, find_account
from yuzhou.kernel.transactions import acting_as
from yuzhou.project.processes.report import account_lines

from .conftest import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_the_city_is_made_once_and_its_accounts_are_told(places: None) -> None:
    told = seed_demonstration()
    assert OutletRecord.objects.count() == 20
    assert len(set(OutletRecord.objects.values_list("place_path", flat=True))) >= 6
    assert seed_demonstration() == told
    assert OutletRecord.objects.count() == 20
    names = [name for name, _where in told.accounts]
    assert {"demo-city-officer", "demo-firm-1"} <= set(names)
    assert len(account_lines([list(one) for one in told.accounts])) == len(names) + 1
    few = account_lines([list(one) for one in told.accounts], few=True)
    assert len(few) <= 6
    assert "demo-city-officer" in few[1]
    password = told.password
    request = RequestFactory().post("/accounts/login/")
    assert authenticate(request, username="demo-yubei-officer", password=password) is not None
    with acting_as(SYSTEM):
        officer = actor_for(find_account(actor=SYSTEM, username="demo-yubei-officer"))
    assert officer.can("environment.outlet:register", place_path="50.0112")
    assert not officer.can("environment.outlet:register", place_path="50.0101")


def test_the_demonstration_is_declared() -> None:
    assert ("environment", "city") in [(part.key, provider.name) for part, provider in registry.every("demo")]
