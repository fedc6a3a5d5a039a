"""Without a bus, nothing is sent and no thread waits for one."""

import threading
from typing import Any

import pytest
from django.db import transaction

from yuzhou.kernel import live

pytestmark = pytest.mark.django_db(transaction=True)


def senders() -> int:
    return sum(thread.name == "live sender" for thread in threading.enumerate())


def test_an_empty_address_means_no_bus(settings: Any) -> None:
    assert settings.NATS_URL == ""
    before = senders()  # of tests that had a bus
    with transaction.atomic():
        live.publish("sense.alarm", {"id": 1})
    assert senders() == before


def test_a_message_goes_to_the_sender_on_commit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.NATS_URL = "nats://127.0.0.1:1"
    sent: list[tuple[str, bytes, dict[str, str]]] = []
    monkeypatch.setattr(live, "_sender", lambda: type("Kept", (), {"put": staticmethod(sent.append)}))
    with transaction.atomic():
        live.publish("sense.alarm", {"id": 1}, permission="sense.alarm:read", place_path="50")
        assert sent == []
    assert sent == [("live.sense.alarm", b'{"id": 1}', {"permission": "sense.alarm:read", "place": "50", "organisation": ""})]
