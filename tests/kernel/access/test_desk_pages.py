"""The desk pages of people, organisations, roles, tokens and invitations, and the portal pages by which one joins."""

import html
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from yuzhou.kernel import registry
from yuzhou.kernel.access import api
from yuzhou.kernel.access.models import User
from yuzhou.kernel.declarations import Role
from yuzhou.kernel.parties.api import complete_credit_code
from yuzhou.kernel.text import Text

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
ADMIN = "/desk/admin/"
LISTS = ("people", "organisations", "roles", "invitations", "applications", "tokens", "clients")
FORMS = ("people/new", "organisations/new", "invitations/new", "tokens/new", "clients/new", "profile")


@pytest.fixture
def desk(browser: Client) -> Client:
    """The district's administrator, signed in."""
    browser.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    return browser


def secret_of(answer: Any) -> str:
    """The secret that a page shows once."""
    return html.unescape(re.search(r"data-secret>([^<]+)<", answer.content.decode())[1])


@pytest.mark.parametrize("page", LISTS + FORMS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_for_the_administrator_in_both_languages(desk: Client, page: str, language: str) -> None:
    desk.cookies["django_language"] = language
    answer = desk.get(f"{ADMIN}{page}/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert ("人员" in text) is (language == "zh-hans")
    assert "style=" not in text
    assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("page", LISTS + FORMS)
def test_no_page_opens_for_the_public(browser: Client, page: str) -> None:
    assert "/accounts/login/" in browser.get(f"{ADMIN}{page}/").headers["Location"]


def test_no_page_of_administration_opens_without_its_role(browser: Client, person: Callable[..., api.Account]) -> None:
    person("nobody")
    user = User.objects.get(username="nobody")
    user.set_password(PASSWORD)
    user.save()
    browser.post("/accounts/login/", {"login": "nobody", "password": PASSWORD})
    for page in ("people", "people/new", "organisations", "invitations/new", "applications", "clients"):
        assert browser.get(f"{ADMIN}{page}/").status_code == 403
    for page in ("tokens", "profile", "roles"):
        assert browser.get(f"{ADMIN}{page}/").status_code == 200


def test_an_account_from_its_making_to_its_closing(desk: Client) -> None:
    new = {"username": "colleague", "display_name": "样例同事", "language": "zh-hans", "home": "50.0106"}
    made = desk.post(f"{ADMIN}people/new/", new)
    password = secret_of(made)
    assert "no-store" in made.headers["Cache-Control"]
    user = User.objects.get(username="colleague")
    page = reverse("administration-person", args=[user.id])
    granted = desk.post(f"{page}grant/", {"role": "district-administrator", "reach": "50.0106.001"}, follow=True)
    assert "小龙坎" in granted.content.decode()
    colleague = Client()
    colleague.post("/accounts/login/", {"login": "colleague", "password": password})
    assert colleague.get(f"{ADMIN}people/").headers["Location"] == "/accounts/password/change/"
    revoke = re.search(rf"{ADMIN}roles/[0-9a-f-]+/revoke/", granted.content.decode())[0]
    assert desk.get(revoke).status_code == 200
    desk.post(revoke)
    assert api.actor_for(user).grants == ()
    assert "http" in secret_of(desk.post(f"{page}reset/", {"way": "link"}))
    assert secret_of(desk.post(f"{page}reset/", {"way": "password"})) != password
    desk.post(f"{page}close/")
    user.refresh_from_db()
    assert not user.is_active
    desk.post(f"{page}open/")
    desk.post(f"{page}edit/", {"display_name": "改名", "language": "en"})
    user.refresh_from_db()
    assert (user.is_active, user.display_name, user.language) == (True, "改名", "en")


@pytest.mark.parametrize(("language", "message"), [("zh-hans", "已被使用"), ("en", "is taken")])
def test_a_refusal_comes_back_to_the_form(desk: Client, language: str, message: str) -> None:
    desk.cookies["django_language"] = language
    taken = {"username": "Officer", "display_name": "x", "language": "en", "home": "50.0106"}
    answer = desk.post(f"{ADMIN}people/new/", taken)
    assert answer.status_code == 422
    assert message in answer.content.decode()


def test_the_form_cannot_be_bent_beyond_ones_reach(desk: Client) -> None:
    for home in ("50", "50.0113"):
        answer = desk.post(f"{ADMIN}people/new/", {"username": "spy", "display_name": "x", "language": "en", "home": home})
        assert answer.status_code == 422
    assert not User.objects.filter(username="spy").exists()
    own = reverse("administration-person", args=[User.objects.get(username="officer").id])
    answer = desk.post(f"{own}grant/", {"role": "district-administrator", "reach": "50.0106.001"})
    assert answer.status_code == 422
    assert "自己" in answer.content.decode()


def test_strangers_cannot_be_opened(desk: Client, person: Callable[..., api.Account]) -> None:
    away = person("away", "district-administrator", "50.0113")
    page = reverse("administration-person", args=[away.id])
    for act in ("", "edit/", "close/", "reset/", "grant/"):
        assert desk.get(f"{page}{act}").status_code == 404
    assert "away" not in desk.get(f"{ADMIN}people/").content.decode()


def test_an_invitation_by_page(desk: Client) -> None:
    invited = {"name": "样例同事", "role": "district-administrator", "reach": "50.0106.001"}
    link = secret_of(desk.post(f"{ADMIN}invitations/new/", invited))
    path = "/join/" + link.split("/join/")[1]
    guest = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert "样例同事" in guest.get(path).content.decode()
    form = {"username": "guest", "display_name": "样例同事", "password": PASSWORD, "again": PASSWORD}
    assert guest.post(path, form | {"again": "other"}).status_code == 422
    assert guest.post(path, form | {"password": "123", "again": "123"}).status_code == 422
    assert guest.post(path, form).status_code == 302
    assert guest.get(path).status_code == 409
    guest.post("/accounts/login/", {"login": "guest", "password": PASSWORD})
    assert guest.get(f"{ADMIN}people/").status_code == 200


def test_a_token_by_page(desk: Client) -> None:
    form = {"name": "nightly", "days": "30", "permissions": ["kernel.account:see"], "reach": ""}
    secret = secret_of(desk.post(f"{ADMIN}tokens/new/", form))
    me = Client().get("/api/v1/kernel/access/whoami", HTTP_AUTHORIZATION=f"Bearer {secret}").json()
    assert me["kind"] == "machine"
    page = desk.get(f"{ADMIN}tokens/").content.decode()
    assert secret not in page
    desk.post(re.search(rf"{ADMIN}tokens/[0-9a-f-]+/revoke/", page)[0])
    assert Client().get("/api/v1/kernel/access/whoami", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401
    assert desk.post(f"{ADMIN}tokens/new/", form | {"permissions": ["kernel.audit:read"]}).status_code == 422


def test_a_machine_client_by_page(desk: Client) -> None:
    answer = desk.post(f"{ADMIN}clients/new/", {"name": "gate", "role": "district-administrator", "reach": "50.0106"})
    assert len(secret_of(answer)) > 40
    page = desk.get(f"{ADMIN}clients/").content.decode()
    desk.post(re.search(rf"{ADMIN}clients/[0-9a-f-]+/revoke/", page)[0])
    assert "revoke/" not in desk.get(f"{ADMIN}clients/").content.decode()


def test_an_organisation_by_page(desk: Client) -> None:
    code = str(complete_credit_code("91500106", "MA000003"))
    form = {"uscc": code, "name": "样例水务三厂", "kind": "enterprise", "place_path": "50.0106"}
    page = desk.post(f"{ADMIN}organisations/new/", form).headers["Location"]
    assert code in desk.get(page).content.decode()
    desk.post(f"{page}contact/", {"name": "样例联系人", "telephone": "023-00000000"})
    assert "样例联系人" in desk.get(page).content.decode()
    desk.post(f"{page}edit/", {"name": "样例水务三厂（新）", "kind": "enterprise"})
    assert "（新）" in desk.get(f"{ADMIN}organisations/").content.decode()
    assert desk.post(f"{ADMIN}organisations/new/", form).status_code == 422
    assert desk.post(f"{ADMIN}organisations/new/", form | {"uscc": "91500106MA00000301"}).status_code == 422


def test_an_organisations_administrator_sees_only_their_own(
    browser: Client, person: Callable[..., api.Account], firm: Callable[..., UUID]
) -> None:
    own, other = firm("MA000001"), firm("MA000002")
    person("boss", "organisation-administrator", organisation=own)
    user = User.objects.get(username="boss")
    user.set_password(PASSWORD)
    user.save()
    browser.post("/accounts/login/", {"login": "boss", "password": PASSWORD})
    listed = browser.get(f"{ADMIN}organisations/").content.decode()
    assert "MA000001" in listed
    assert "MA000002" not in listed
    assert browser.get(reverse("administration-organisation", args=[own])).status_code == 200
    assert browser.get(reverse("administration-organisation", args=[other])).status_code == 403
    assert "officer" not in browser.get(f"{ADMIN}people/").content.decode()
    assert browser.get(f"{ADMIN}applications/").status_code == 403


def test_a_firm_joins_by_page(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role("sample-firm", Text("样例单位", "Sample firm"), "organisation", ("sample.thing:see",))
    roles = {**registry.roles(), role.key: role}
    monkeypatch.setattr(registry, "roles", lambda: roles)
    firm = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert firm.get("/join/").status_code == 200
    form = {
        "organisation_name": "样例水务九厂",
        "uscc": str(complete_credit_code("91500106", "MA000009")),
        "contact_name": "样例联系人",
        "contact_phone": "023-00000000",
        "place_path": "50.0106",
        "role": "sample-firm",
    }
    assert firm.post("/join/apply/", form | {"uscc": "91500106MA00000901"}).status_code == 422
    status = firm.post("/join/apply/", form).headers["Location"]
    assert "样例水务九厂" in firm.get(status).content.decode()
    page = re.search(rf"{ADMIN}applications/[0-9a-f-]+/", desk.get(f"{ADMIN}applications/").content.decode())[0]
    assert desk.post(page, {"decision": "refuse"}).status_code == 422
    assert desk.post(page, {"decision": "accept"}).status_code == 302
    invitation = firm.post(status).headers["Location"]
    account = {"username": "nine", "display_name": "样例联系人", "password": PASSWORD, "again": PASSWORD}
    assert firm.post(invitation, account).status_code == 302
    firm.post("/accounts/login/", {"login": "nine", "password": PASSWORD})
    assert firm.get(f"{ADMIN}people/").status_code == 200
    assert firm.get("/join/status/nonsense/").status_code == 404


def test_looking_for_references_is_throttled(browser: Client) -> None:
    answers = {browser.get(f"/join/status/guess-{n}/").status_code for n in range(31)}
    assert answers == {404, 429}


def test_my_profile(desk: Client) -> None:
    form = {"display_name": "样例局长", "phone": "", "email": "", "language": "en"}
    answer = desk.post(f"{ADMIN}profile/", form)
    assert answer.cookies["django_language"].value == "en"
    changed = desk.post(f"{ADMIN}profile/", form | {"email": "me@example.org"})
    assert changed.status_code == 422
    desk.post(f"{ADMIN}profile/", form | {"email": "me@example.org", "password": PASSWORD})
    assert User.objects.get(username="officer").email == "me@example.org"


@pytest.mark.parametrize(
    "page",
    [
        "login/",
        "logout/",
        "password/change/",
        "password/reset/",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/webauthn/add/",
        "sessions/",
        "signup/",
    ],
)
def test_the_pages_of_the_account_wear_our_dress(desk: Client, page: str) -> None:
    visitor = Client() if page in ("login/", "password/reset/", "signup/") else desk
    answer = visitor.get(f"/accounts/{page}", follow=True)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "ui/dist/style.css" in text
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


def test_there_is_one_address_and_it_is_in_the_profile(desk: Client) -> None:
    assert desk.get("/accounts/email/").headers["Location"] == f"{ADMIN}profile/"
    assert (
        desk.post("/accounts/email/", {"action_add": "", "email": "thief@example.org"}).headers["Location"] == f"{ADMIN}profile/"
    )
    assert not EmailAddress.objects.exists()


def test_a_second_factor_needs_a_fresh_password(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda real=time.time: real() + 600)
    assert desk.get("/accounts/2fa/totp/activate/").headers["Location"].startswith("/accounts/reauthenticate/")
