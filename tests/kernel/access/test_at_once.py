"""What holds when several requests come at once, on the real database with its real audit log."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from yuzhou.kernel.access import api
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

from .conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner, pytest.mark.usefixtures("places")]
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def nothing_counted(transactional_db: None) -> None:
    """The throttle starts from nought."""
    cache.clear()


def test_two_processes_make_one_first_administrator() -> None:
    def make(_: int) -> str | None:
        try:
            return api.create_first_administrator()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        made = [password for password in threads.map(make, range(4)) if password]
    assert len(made) == 1
    assert User.objects.count() == 1


def test_guesses_at_once_do_not_slip_past_the_throttle() -> None:
    with acting_as(SYSTEM):
        api.create_user(actor=SYSTEM, username="target", password=PASSWORD)

    def guess(n: int) -> bool:
        try:
            browser = Client(HTTP_ACCEPT_LANGUAGE="en")
            answer = browser.post("/accounts/login/", {"login": "target", "password": f"guess-{n}"})
            return "Too many failed login attempts" in answer.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        refused = list(threads.map(guess, range(12)))
    assert refused.count(False) <= 5


def test_acts_reach_the_audit_log() -> None:
    with acting_as(SYSTEM):
        account = api.create_user(actor=SYSTEM, username="target", password=PASSWORD, must_change_password=False)
    Client().post("/accounts/login/", {"login": "target", "password": "wrong"})
    Client().post("/accounts/login/", {"login": "target", "password": PASSWORD})
    with connection.cursor() as cursor:
        cursor.execute("SELECT act FROM kernel_audit_entry WHERE subject = %s ORDER BY id", [f"urn:yuzhou:user:{account.id}"])
        assert [act for (act,) in cursor.fetchall()] == ["kernel.account:create", "kernel.session:refuse", "kernel.session:begin"]
