"""Notices, dead deliveries, failed jobs and the audit log as people meet them."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from yuzhou.kernel import acts
from yuzhou.kernel.access import api as access
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.audit import api as audit
from yuzhou.kernel.audit.models import AuditEntry
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import declare_message
from yuzhou.kernel.events.models import Delivery, EventRecord
from yuzhou.kernel.ids import urn
from yuzhou.kernel.notices.api import Severity, notify_users
from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
DISTRICT = "50.0106"
declare_message("testing.alarm", "Limit {limit} exceeded")


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def browser() -> Callable[..., Client]:
    """Signs in as someone with a role."""

    def sign_in(username: str, role: str = "city-administrator", place: str = CITY_PATH) -> Client:
        with acting_as(SYSTEM):
            account = access.create_user(actor=SYSTEM, username=username, language="en", must_change_password=False)
            access.grant_role(actor=SYSTEM, user=account, role=role, place_path=place)
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(User.objects.get(id=account.id), "allauth.account.auth_backends.AuthenticationBackend")
        client.account = account
        return client

    return sign_in


@pytest.fixture
def city(browser: Callable[..., Client]) -> Client:
    return browser("city")


def tell(client: Client, subject: str = "urn:1") -> None:
    said = {"code": "testing.alarm", "params": {"limit": 3}, "url": "/desk/account", "severity": Severity.MAJOR}
    notify_users(users=[client.account.id], subject=subject, **said)


@pytest.mark.parametrize("address", ["notices/", "notices/settings", "admin/events/", "admin/jobs/", "admin/audit/"])
def test_the_public_is_sent_to_sign_in_and_a_district_sees_no_city_pages(browser: Callable[..., Client], address: str) -> None:
    assert Client().get(f"/desk/{address}").status_code == 302
    officer = browser("officer", "district-administrator", DISTRICT)
    assert officer.get(f"/desk/{address}").status_code == (403 if address.startswith("admin") else 200)


def test_the_inbox_is_read_answered_and_counted(city: Client) -> None:
    tell(city)
    tell(city, "urn:2")
    page = city.get("/desk/notices/").content.decode()
    assert page.count("Limit 3 exceeded</strong>") == 2
    assert "Notices, 2 unread" in page
    assert "Limit 3 exceeded" in city.get("/desk/").content.decode()
    first, second = [part.split('"')[0] for part in page.split('action="/desk/notices/')[1:] if "/open" in part]
    opened = city.post(f"/desk/notices/{first}")
    assert (opened.status_code, opened["Location"]) == (302, "/desk/account")
    assert city.post(f"/desk/notices/{second.replace('open', 'acknowledge')}").status_code == 302
    assert "Nothing unread" in city.get("/desk/notices/").content.decode()
    assert "you take care of it" in city.get("/desk/notices/?all=1").content.decode()
    city.post(f"/desk/notices/{first.replace('open', 'unread')}")
    assert "Notices, 1 unread" in city.get("/desk/notices/").content.decode()
    city.post("/desk/notices/read")
    assert "Notices, 0 unread" in city.get("/desk/notices/?page=9").content.decode()
    assert city.post(f"/desk/notices/{uuid4()}/open").status_code == 404


def test_channels_are_chosen_and_mistakes_explained(city: Client, settings) -> None:
    assert "From “Warning” on" in city.get("/desk/notices/settings").content.decode()
    wrong = city.post("/desk/notices/settings", {"webhook_from": "1", "webhook_url": "http://127.0.0.1/", "quiet_from": "22:00"})
    assert wrong.status_code == 422
    assert "Quiet hours need both" in wrong.content.decode()
    inside = city.post("/desk/notices/settings", {"webhook_from": "1", "webhook_url": "http://127.0.0.1/"})
    assert "private network" in inside.content.decode()
    settings.YUZHOU_WEBHOOK_ALLOW = "127.0.0.0/8"
    values = {"webhook_from": "1", "webhook_url": "http://127.0.0.1/", "quiet_from": "22:00", "quiet_to": "07:00"}
    assert "shown only now" in city.post("/desk/notices/settings", values).content.decode()
    assert city.post("/desk/notices/settings", values).status_code == 302
    page = city.get("/desk/notices/settings").content.decode()
    assert "22:00" in page
    assert "shown only now" not in page
    assert city.post("/desk/notices/trial").status_code == 302
    assert "This is a trial notice" in city.get("/desk/notices/").content.decode()


@pytest.fixture
def dead() -> Delivery:
    event = EventRecord.objects.create(name="testing.ThingMoved@1", subject="urn:thing:1", payload={}, emitted_at=now())
    lane = {"event": event, "subscriber": "a:b", "subject": "urn:thing:1", "due_at": now()}
    found = Delivery.objects.create(**lane, state="dead", attempts=8, last_error="ValueError: <no> such thing")
    Delivery.objects.create(**lane, state="waiting")
    return found


def test_a_dead_delivery_is_seen_and_retried_or_skipped(city: Client, dead: Delivery) -> None:
    listed = city.get("/desk/admin/events/").content.decode()
    assert "urn:thing:1" in listed
    assert "&lt;no&gt; such thing" in city.get(f"/desk/admin/events/{dead.id}/").content.decode()
    assert "urn:thing:1" in city.get("/desk/admin/events/?format=csv").getvalue().decode()
    city.post(f"/desk/admin/events/{dead.id}/retry")
    assert Delivery.objects.get(id=dead.id).state == "ready"
    assert city.post(f"/desk/admin/events/{dead.id}/retry", follow=True).status_code == 200
    assert city.get(f"/desk/admin/events/{dead.id}/").status_code == 404


def test_skipping_asks_first(city: Client, dead: Delivery) -> None:
    assert "Skip this delivery?" in city.get(f"/desk/admin/events/{dead.id}/skip").content.decode()
    city.post(f"/desk/admin/events/{dead.id}/skip")
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["skipped", "ready"]


def test_a_failed_job_is_seen_and_retried_or_forgotten(city: Client) -> None:
    jobs = []
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
                "VALUES ('default', 'testing.fail', '{\"day\": 1}', 'failed') RETURNING id"
            )
            jobs.append(cursor.fetchone()[0])
    assert city.get("/desk/admin/jobs/").content.decode().count("testing.fail") >= 2
    assert "&quot;day&quot;: 1" in city.get(f"/desk/admin/jobs/{jobs[0]}/").content.decode()
    city.post(f"/desk/admin/jobs/{jobs[0]}/retry")
    assert "Forget this job?" in city.get(f"/desk/admin/jobs/{jobs[1]}/forget").content.decode()
    city.post(f"/desk/admin/jobs/{jobs[1]}/forget")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        assert cursor.fetchall() == [(jobs[0], "todo")]
    assert city.get(f"/desk/admin/jobs/{jobs[1]}/").status_code == 404


def test_the_log_is_searched_and_a_proof_taken_away(city: Client) -> None:
    with acting_as(SYSTEM):
        acts.record(actor=SYSTEM, act="testing.thing:move", subject="urn:thing:7", details={"by": 3})
    found = city.get("/desk/admin/audit/", {"act": "testing.", "who": "test", "since": "2020-01-01", "until": "2999-01-01"})
    assert "urn:thing:7" in found.content.decode()
    assert "urn:thing:7" not in city.get("/desk/admin/audit/", {"act": "other."}).content.decode()
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(subject="urn:thing:7")
    assert "within a minute" in city.get(f"/desk/admin/audit/{entry.id}/").content.decode()
    assert city.get(f"/desk/admin/audit/{entry.id}/proof.json").status_code == 409
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        audit.tick()  # the worker's
        cursor.execute(f"SET ROLE {WEB_ROLE}")
    assert "Download the proof" in city.get(f"/desk/admin/audit/{entry.id}/").content.decode()
    proof = json.loads(city.get(f"/desk/admin/audit/{entry.id}/proof.json").content)
    assert audit.check_proof(proof, audit.public_keys()) == []
    assert city.get(f"/desk/admin/audit/{uuid4()}/").status_code == 404
    assert "urn:thing:7" in city.get("/desk/admin/audit/?format=csv&act=testing.").getvalue().decode()


def test_the_log_speaks_in_words_with_names_and_links(city: Client) -> None:
    with acting_as(SYSTEM):
        found = access.find_account(actor=SYSTEM, username="city")
        acts.record(
            actor=SYSTEM,
            act="kernel.account:change-password",
            subject=urn("user", found.id),
            details={"role": "city-administrator"},
        )
    said = city.get("/desk/admin/audit/", {"act": "kernel.account:change"}).content.decode()
    assert "account: password changed" in said
    assert f'href="/desk/admin/people/{found.id}/"' in said
    assert f"urn:yuzhou:user:{found.id}" not in said
    assert "kernel.account:change-password" not in said
