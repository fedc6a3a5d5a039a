"""Signing in, and how long it lasts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from yuzhou.kernel import clock
from yuzhou.kernel.access import api, middleware
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

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
    assert browser.get("/api/v1/kernel/access/whoami").status_code == 403
    changed = {"oldpassword": PASSWORD, "password1": "ba-yu-da-di-2026", "password2": "ba-yu-da-di-2026"}
    assert browser.post("/accounts/password/change/", changed).headers["Location"] == "/desk/"
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


def test_a_second_factor_is_asked_for_and_sealed_at_rest(browser: Client) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

    from yuzhou.kernel.access import factors

    user = User.objects.get(username="officer")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    assert secret not in str(Authenticator.objects.get(user=user).data)
    assert factors.outstanding() == 0
    assert sign_in(browser).headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in browser.session
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" in browser.session


def test_a_forgotten_password_is_recovered_by_letter(browser: Client, django_capture_on_commit_callbacks: Any) -> None:
    User.objects.filter(username="officer").update(email="officer@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/password/reset/", {"email": "officer@example.org"})
    (letter,) = mail.outbox
    path = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", letter.body)[1]
    form = browser.get(path, follow=True)
    chosen = {"password1": "ba-yu-da-di-2026", "password2": "ba-yu-da-di-2026"}
    browser.post(form.redirect_chain[-1][0], chosen)
    sign_in(browser, password="ba-yu-da-di-2026")
    assert "_auth_user_id" in browser.session
    again = Client().get(path, follow=True)
    assert "password1" not in again.content.decode()


def test_an_administrators_link_sets_a_password_once(browser: Client) -> None:
    system = Actor.system("test")
    with acting_as(system):
        path = api.issue_reset_link(actor=system, user=User.objects.get(username="officer").id)
    form = browser.get(path, follow=True)
    chosen = {"password1": "ba-yu-da-di-2026", "password2": "ba-yu-da-di-2026"}
    assert browser.post(form.redirect_chain[-1][0], chosen).status_code == 302
    assert User.objects.get(username="officer").check_password("ba-yu-da-di-2026")
    assert "password1" not in Client().get(path, follow=True).content.decode()


def test_a_reset_ends_the_sessions_of_the_account(browser: Client) -> None:
    sign_in(browser)
    system = Actor.system("test")
    with acting_as(system):
        password = api.reset_password(actor=system, user=User.objects.get(username="officer").id)
    assert browser.get("/api/v1/kernel/access/whoami").json()["kind"] == "public"
    sign_in(browser, password=password)
    assert browser.get("/desk/").headers["Location"] == "/accounts/password/change/"


def test_who_am_i(browser: Client) -> None:
    sign_in(browser)
    me = browser.get("/api/v1/kernel/access/whoami").json()
    assert (me["kind"], me["grants"][0]["place_path"]) == ("person", "50.0106")
    assert [account["username"] for account in browser.get("/api/v1/kernel/access/accounts").json()] == ["officer"]
    assert Client().get("/api/v1/kernel/access/accounts").status_code == 401
