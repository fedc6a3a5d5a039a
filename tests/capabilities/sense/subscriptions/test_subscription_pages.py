"""The pages of subscriptions: made, seen, changed, paused and ended by hand, within the reader's reach."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.capabilities.sense.subscriptions.stage import Receiver
from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.kernel.access.api import create_user, grant_role
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
SYSTEM = Actor.system("test")
PASSWORD = "a long sample password 1"
GIVEN: dict[str, Any] = {
    "name": "水温",
    "types": "Device",
    "watched": "temperature, pressure",
    "triggers": ["attributeUpdated"],
    "q": "temperature>30",
    "throttling": "60",
    "format": "concise",
}


def signed_in(username: str, place: str) -> Client:
    with acting_as(SYSTEM):
        account = create_user(actor=SYSTEM, username=username, password=PASSWORD, must_change_password=False)
        grant_role(actor=SYSTEM, user=account, role="device-officer", place_path=place)
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    return client


def test_a_person_makes_changes_pauses_and_ends_a_subscription(receiver: Receiver) -> None:
    client = signed_in("officer", "50.0106")
    assert client.get("/desk/sense/subscriptions/").status_code == 200
    made = client.post("/desk/sense/subscriptions/new", GIVEN | {"uri": receiver.url})
    assert made.status_code == 302
    page = client.get(made["Location"])
    assert "水温" in page.content.decode()
    changed = client.post(made["Location"] + "/edit", GIVEN | {"uri": receiver.url, "q": "", "name": "气温"})
    assert changed.status_code == 302
    client.post(made["Location"] + "/pause", {"paused": "1"})
    assert 'name="paused" value="0"' in client.get(made["Location"]).content.decode()
    with acting_as(SYSTEM):
        record = SubscriptionRecord.objects.get()
    assert (record.name, record.is_active, "q" in record.document) == ("气温", False, False)
    stranger = signed_in("stranger", "50.0112")
    assert stranger.get(made["Location"]).status_code == 404
    assert "气温" not in stranger.get("/desk/sense/subscriptions/").content.decode()
    assert client.get(made["Location"] + "/delete").status_code == 200
    assert client.post(made["Location"] + "/delete").status_code == 302
    with acting_as(SYSTEM):
        assert not SubscriptionRecord.objects.exists()


def test_what_cannot_be_is_said_at_the_form(settings: Any) -> None:
    settings.YUZHOU_NOTIFIER_ALLOW = ""
    client = signed_in("officer", "50.0106")
    for wrong in (
        {"uri": "http://127.0.0.1/"},
        {"uri": "https://1.1.1.1/", "q": "a="},
        {"uri": "https://1.1.1.1/", "types": "("},
    ):
        assert client.post("/desk/sense/subscriptions/new", GIVEN | wrong).status_code == 422
