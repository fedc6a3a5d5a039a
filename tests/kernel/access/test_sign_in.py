"""Signing in, and how long it lasts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from yuzhou.kernel import clock
from yuzhou.kernel.access import middleware
from yuzhou.kernel.access.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(browser: Client, username: str = "officer", password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": username, "password": password})


def test_sign_in_and_out(browser: Client, recorded: list[dict[str, Any]]) -> None:
    assert sign_in(browser, "OFFICER").headers["Location"] == "/desk/"
    assert recorded[-1]["act"] == "kernel.session:begin"
    assert browser.post("/accounts/logout/").status_code == 302
    assert recorded[-1]["act"] == "kernel.session:end"
    assert "_auth_user_id" not in browser.session


def test_a_session_cannot_be_fixed_before_sign_in(browser: Client) -> None:
    browser.get(LOGIN)
    session = browser.session
    session["planted"] = "1"
    session.save()
    browser.cookies["sessionid"] = session.session_key
    planted = session.session_key
    sign_in(browser)
    assert browser.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_form_without_its_token_is_refused(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403


def test_guessing_is_throttled_and_recorded(browser: Client, recorded: list[dict[str, Any]]) -> None:
    for n in range(5):
        assert sign_in(browser, password=f"guess-{n}").status_code == 200
    assert [act["act"] for act in recorded].count("kernel.session:refuse") == 5
    answer = sign_in(browser, username="Officer")
    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session


def test_what_was_typed_for_no_account_is_not_kept(browser: Client, recorded: list[dict[str, Any]]) -> None:
    before = len(recorded)
    sign_in(browser, username="my-secret-by-mistake")
    assert len(recorded) == before


def test_a_closed_account_cannot_sign_in(browser: Client) -> None:
    User.objects.filter(username="officer").update(is_active=False)
    sign_in(browser)
    assert "_auth_user_id" not in browser.session


def test_nobody_signs_up_by_themselves(browser: Client) -> None:
    answer = browser.post("/accounts/signup/", {"username": "me", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(username="me").exists()
    assert answer.status_code == 200


def test_a_one_time_password_must_be_changed_first(browser: Client) -> None:
    User.objects.filter(username="officer").update(must_change_password=True)
    sign_in(browser)
    assert browser.get("/desk/").headers["Location"] == "/accounts/password/change/"
    assert browser.get("/api/v1/kernel/whoami").status_code == 403
    changed = {"oldpassword": PASSWORD, "password1": "ba-yu-da-di-2026", "password2": "ba-yu-da-di-2026"}
    assert browser.post("/accounts/password/change/", changed).status_code == 302
    assert not User.objects.get(username="officer").must_change_password
    assert browser.get("/desk/").headers.get("Location") != "/accounts/password/change/"


def test_a_weak_password_is_refused_in_the_language_of_the_reader(browser: Client) -> None:
    sign_in(browser)
    weak = {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"}
    assert "个字符" in browser.post("/accounts/password/change/", weak).content.decode()
    browser.cookies["django_language"] = "en"
    assert "too short" in browser.post("/accounts/password/change/", weak).content.decode()


@pytest.mark.parametrize(("hours", "alive"), [(11, True), (13, False)])
def test_an_idle_session_ends(browser: Client, monkeypatch: pytest.MonkeyPatch, hours: int, alive: bool) -> None:
    sign_in(browser)
    later = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(middleware.clock, "now", lambda: later)
    browser.get(LOGIN)
    assert ("_auth_user_id" in browser.session) is alive


def test_a_busy_session_ends_after_seven_days(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(browser)
    start = clock.now()
    for step in range(1, 16):
        moment = start + timedelta(hours=11 * step)
        monkeypatch.setattr(middleware.clock, "now", lambda moment=moment: moment)
        browser.get(LOGIN)
        assert ("_auth_user_id" in browser.session) is (11 * step <= 168), step


def test_the_person_speaks_their_language_unless_the_browser_chose_one(browser: Client) -> None:
    User.objects.filter(username="officer").update(language="en")
    sign_in(browser)
    assert "Current Password" in browser.get("/accounts/password/change/").content.decode()
    browser.cookies["django_language"] = "zh-hans"
    assert "Current Password" not in browser.get("/accounts/password/change/").content.decode()


def test_sessions_are_listed_and_ended(browser: Client) -> None:
    sign_in(browser)
    other = Client()
    sign_in(other)
    from allauth.usersessions.models import UserSession

    assert UserSession.objects.count() == 2
    browser.post("/accounts/sessions/")
    assert "_auth_user_id" not in Client(headers={"cookie": f"sessionid={other.cookies['sessionid'].value}"}).session
    assert UserSession.objects.count() == 1
