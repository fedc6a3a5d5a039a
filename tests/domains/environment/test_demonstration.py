"""`up --demo` makes the sample city once and tells how to get in."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from yuzhou.domains.environment.demo.city import seed_demonstration
from yuzhou.domains.environment.models import OutletRecord
from yuzhou.kernel import registry
from yuzhou.kernel.access.api import actor_for, find_account
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_the_city_is_made_once_and_its_accounts_are_told(places: None) -> None:
    told = seed_demonstration()
    assert OutletRecord.objects.count() == 20
    assert len(set(OutletRecord.objects.values_list("place_path", flat=True))) >= 6
    assert seed_demonstration() == told
    assert OutletRecord.objects.count() == 20
    for text in (told.zh, told.en):
        assert "demo-city-officer" in text
        assert "demo-firm-1" in text
    password = told.en.rsplit(" ", 1)[1]
    request = RequestFactory().post("/accounts/login/")
    assert authenticate(request, username="demo-yubei-officer", password=password) is not None
    with acting_as(SYSTEM):
        officer = actor_for(find_account(actor=SYSTEM, username="demo-yubei-officer"))
    assert officer.can("environment.outlet:register", place_path="50.0112")
    assert not officer.can("environment.outlet:register", place_path="50.0101")


def test_the_demonstration_is_declared() -> None:
    assert ("environment", "city") in [(part.key, provider.name) for part, provider in registry.every("demo")]
