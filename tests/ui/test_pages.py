"""Pages: both faces, both languages, errors that say what to do, and nothing inline that the policy would refuse."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import Client

from yuzhou.kernel.errors import Conflict, NotFound, PermissionDenied
from yuzhou.ui import states
from yuzhou.ui.errors import EXPLANATIONS, error_page, response_to
from yuzhou.ui.templatetags.ui import state

SOURCE = Path(__file__).parents[2] / "src" / "yuzhou"
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>", re.I),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
}
PAGES = ["/", "/style", "/accounts/login/", "/accounts/password/reset/", "/style/errors/404", "/style/confirm"]


def assert_nothing_inline(html: str, where: str) -> None:
    for what, pattern in INLINE.items():
        assert not pattern.search(html), f"{where} holds {what}: {pattern.search(html)}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_template_holds_inline_code(path: Path) -> None:
    assert_nothing_inline(path.read_text(), path.name)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_render_in_both_languages_without_inline_code(client: Client, address: str, language: str) -> None:
    response = client.get(address, headers={"Accept-Language": language})
    html = response.content.decode()
    assert_nothing_inline(html, address)
    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1
    assert '<main id="content"' in html
    assert "Content-Security-Policy" in response.headers


@pytest.mark.django_db
def test_the_switch_of_language_stays_on_the_page_and_is_kept(client: Client) -> None:
    page = client.get("/style").content.decode()
    assert "组件" in page
    assert 'name="language" value="en"' in page
    response = client.post("/language", {"language": "en", "next": "/style"})
    assert response.headers["Location"] == "/style"
    assert "Components" in client.get("/style").content.decode()


@pytest.mark.django_db
def test_the_switch_of_language_leads_nowhere_else(client: Client) -> None:
    response = client.post("/language", {"language": "en", "next": "https://example.org/"})
    assert response.headers["Location"] == "/"


@pytest.mark.django_db
def test_the_desk_asks_who_is_there(client: Client) -> None:
    response = client.get("/desk/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/desk/"


@pytest.mark.django_db
def test_an_unknown_address_says_what_to_do(client: Client) -> None:
    response = client.get("/no/such/page", headers={"Accept-Language": "en"})
    assert response.status_code == 404
    html = response.content.decode()
    assert "There is nothing here" in html
    assert "What to do" in html


@pytest.mark.parametrize("status", EXPLANATIONS)
def test_every_status_has_its_page(ask: Callable[..., HttpRequest], status: int) -> None:
    response = error_page(ask(), status)
    assert response.status_code == status
    assert response.content.decode().count("<dd>") == 3


def test_a_refusal_shows_its_own_sentence_and_code(ask: Callable[..., HttpRequest]) -> None:
    response = response_to(ask(), NotFound("kernel.not-found"))
    assert response.status_code == 404
    assert "kernel.not-found" in response.content.decode()
    assert response_to(ask(), Conflict("sense.some-conflict")).status_code == 409


def test_one_who_is_not_signed_in_is_asked_to_sign_in(ask: Callable[..., HttpRequest]) -> None:
    response = response_to(ask("/desk/outlets", q="1"), PermissionDenied("kernel.permission-denied", permission="x"))
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=%2Fdesk%2Foutlets%3Fq%3D1"


@pytest.mark.django_db
def test_a_form_without_its_token_gets_the_page_for_it() -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/language", {"language": "en"}, headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert "The form is too old" in response.content.decode()


def test_badges_have_a_word_an_icon_and_a_colour() -> None:
    badge = state("alarm", "raised")
    assert "yz-tone-critical" in badge
    assert "#bell" in badge
    assert str(states.state_of("alarm", "raised").label) in badge
    assert "mystery" in state("alarm", "mystery"), "an undeclared state is shown as it is"
    assert state("alarm", None) == "<span>—</span>"
