"""The components in a real browser: drawn, usable by keyboard and without JavaScript, accessible, within the policy."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader"]
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.owner,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("bundle"),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install -y chromium fonts-wqy-microhei"),
]


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def page_at(address: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page with what its console complained of."""
    with browser() as opened:
        context = opened.new_context(**{"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}, **options})
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(address)
        yield page, complaints


def test_charts_and_map_are_drawn_within_the_policy(live_server: Any) -> None:
    with page_at(f"{live_server.url}/style") as (page, complaints):
        page.wait_for_selector(".yz-chart canvas")
        page.wait_for_selector("canvas.maplibregl-canvas")
        page.wait_for_selector(".yz-message button")
        assert page.locator(".yz-message").count() == 2, "the empty chart and the one that fails say so"
        page.locator("[data-chart-toggle]:not([hidden])").click()
        assert page.locator(".yz-chart-table tbody tr").count() == 43
        page.locator(".yz-map-list summary").click()
        assert page.locator("[data-map-items] li").count() == 6
        page.locator("[data-map-search]").fill("3")
        assert page.locator("[data-map-items] li").count() == 1
        assert complaints == []


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_components_meet_wcag(live_server: Any, width: int, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    options = {"viewport": {"width": width, "height": 850}, "color_scheme": scheme}
    with page_at(f"{live_server.url}/style", **options) as (page, _):
        page.wait_for_selector(".yz-chart canvas")
        page.evaluate(AXE.read_text())
        found = page.evaluate("tags => axe.run({runOnly: tags})", STANDARD)
        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out to the side"


def test_a_table_is_filtered_in_place(live_server: Any) -> None:
    with page_at(f"{live_server.url}/style") as (page, complaints):
        page.locator("#table-outlets-outlets-state").select_option("alarm")
        page.wait_for_url("**outlets-state=alarm**")
        page.wait_for_function("document.querySelectorAll('#table-outlets tbody .yz-tone-critical').length == 7")
        assert page.locator("#table-outlets tbody tr").count() == 7
        page.locator("#table-outlets th a").first.click()
        page.wait_for_selector("#table-outlets th[aria-sort=ascending]")
        assert "outlets-state=alarm" in page.url
        assert complaints == []


def test_a_table_is_filtered_without_javascript(live_server: Any) -> None:
    with page_at(f"{live_server.url}/style", java_script_enabled=False) as (page, _):
        page.locator("#table-outlets-q").fill("样例水务7厂")
        page.locator("#table-outlets form button").click()
        assert page.locator("#table-outlets tbody tr").count() == 1


def test_the_keyboard_reaches_the_content_first_and_menus_close_on_escape(live_server: Any) -> None:
    with page_at(f"{live_server.url}/", viewport={"width": 390, "height": 800}) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "yz-skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.locator(".yz-nav-phone summary").click()
        assert page.locator(".yz-nav-phone[open]").count() == 1
        page.keyboard.press("Escape")
        assert page.locator(".yz-nav-phone[open]").count() == 0


def test_english_by_the_switch(live_server: Any) -> None:
    with page_at(f"{live_server.url}/style") as (page, _):
        assert page.locator("h1").inner_text() == "组件"
        page.get_by_role("button", name="English").click()
        page.wait_for_url("**/style")
        assert page.locator("h1").inner_text() == "Components"
