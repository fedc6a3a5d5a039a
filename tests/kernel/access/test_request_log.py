"""What opens an account is not written into the log."""

from collections.abc import Callable

import pytest
import structlog
from django.test import Client

from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def test_links_and_codes_are_left_out_of_the_log(person: Callable[..., api.Account]) -> None:
    account = person("officer")
    with acting_as(SYSTEM):
        reset = api.issue_reset_link(actor=SYSTEM, user=account)
    with structlog.testing.capture_logs() as logs:
        for path in ("/join/invitation/hidden-secret/", "/join/status/hidden-code/", reset):
            Client().get(path)
    shown = [entry["path"] for entry in logs if entry["event"] == "request"]
    assert shown[:2] == ["/join/invitation/…/", "/join/status/…/"]
    assert reset.rstrip("/").rsplit("-", 1)[1] not in "".join(shown)
