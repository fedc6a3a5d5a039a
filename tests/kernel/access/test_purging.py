"""What has ended is forgotten, what lives is kept."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from yuzhou.kernel import clock
from yuzhou.kernel.access import purging

from .conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_ended_sessions_are_forgotten(browser: Client, monkeypatch: pytest.MonkeyPatch, recorded: Any) -> None:
    browser.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    cache.set("counted", 1, 60)
    purging.purge_expired()
    assert (Session.objects.count(), UserSession.objects.count(), cache.get("counted")) == (1, 1, 1)
    later = clock.now() + timedelta(hours=13)
    monkeypatch.setattr(purging.clock, "now", lambda: later)
    purging.purge_expired()
    assert (Session.objects.count(), UserSession.objects.count(), cache.get("counted")) == (0, 0, None)
