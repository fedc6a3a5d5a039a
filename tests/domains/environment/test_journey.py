"""An officer's morning in a real browser: register an outlet, see it report, find it on the map, read its day."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.server import RunningServer
from yuzhou.kernel import clock
from yuzhou.kernel.parties.api import complete_credit_code

from .loggers import Logger
from .people import PASSWORD, Person, until

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("environment-acceptance"),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install -y chromium fonts-wqy-microhei"),
]


@pytest.fixture(scope="module")
def officer(server: RunningServer) -> Person:
    """An officer of Changshou."""
    return Person(server, f"journey-{uuid4().hex[:8]}", "environment-officer", "--place", "50.0115")


@pytest.fixture
def page(server: RunningServer, officer: Person) -> Iterator[Page]:
    """The officer's browser, signed in; fails at the end if a script failed or the policy was broken."""
    complaints: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        found = browser.new_page(locale="zh-CN", viewport={"width": 1440, "height": 900})
        found.on("pageerror", lambda error: complaints.append(str(error)))
        found.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
        found.goto(f"{server.url}/accounts/login/")
        found.fill("[name=login]", officer.name)
        found.fill("[name=password]", PASSWORD)
        found.click("form .btn-primary")
        found.wait_for_url("**/desk/**")
        yield found
        browser.close()
    assert complaints == []


def accessible(page: Page) -> list[str]:
    """What axe-core finds wrong, if it is installed beside the front end."""
    if not AXE.exists():
        return []
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run({runOnly: tags})", STANDARD)
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def test_from_registration_to_the_daily_report(server: RunningServer, officer: Person, page: Page) -> None:
    mn, name = f"BE500115{uuid4().hex[:16].upper()}", f"样例旅程排口 {uuid4().hex[:6]}"
    page.goto(f"{server.url}/desk/environment/outlets/new")
    page.check("input[name=medium][value=water]")
    page.select_option("[name=standard]", "污水综合排放标准 一级")
    page.click("main form .btn-primary")
    assert page.input_value("[name=factors-3-upper]") == "100"
    assert accessible(page) == []
    entries = {
        "firm_code": complete_credit_code("91500115", f"MA{uuid4().int % 1_000_000:06d}").text,
        "firm_name": "样例化工六厂", "name": name, "lon": "107.08", "lat": "29.85", "mn": mn, "password": "123456",
    }  # fmt: skip
    for field, value in entries.items():
        page.fill(f"[name={field}]", value)
    page.fill("[name=lat]", "abc" if page.get_attribute("[name=lat]", "type") == "text" else "9")
    page.click("main form .btn-primary")
    assert page.locator(".yz-form-summary").is_visible(), "a wrong latitude is named, and nothing is lost"
    page.fill("[name=lat]", "29.85")
    page.click("main form .btn-primary")
    page.wait_for_url("**/desk/environment/outlets/*-*/")
    outlet = page.url

    def is_let_in() -> bool:
        with Logger(server.gateway_port, mn) as logger:
            return "CN=9014" in logger.upload("2011", clock.now(), {"w01018": {"Rtd": 61.7, "Flag": "N"}})

    until(is_let_in)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with Logger(server.gateway_port, mn) as logger:
        logger.upload_hours("w01018", hour, [62.3])
    page.goto(outlet)
    page.wait_for_selector(".yz-chart canvas")
    assert "61.7 mg/L" in page.content()
    assert accessible(page) == []
    page.goto(f"{server.url}/desk/environment/")
    page.wait_for_selector("canvas.maplibregl-canvas")
    page.locator(".yz-map-list summary").click()
    page.locator("[data-map-search]").fill(name)
    assert page.locator("[data-map-items] li").count() == 1
    assert accessible(page) == []
    page.goto(f"{outlet}reports/{clock.local_day(clock.now())}")
    page.get_by_role("button", name="立即生成").click()
    page.wait_for_selector("text=日报已是最新")
    assert page.locator("a", has_text="PDF").is_visible()


def test_pages_fit_a_phone(server: RunningServer, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (
        "/desk/environment/",
        "/desk/environment/outlets/",
        "/desk/environment/outlets/new",
        "/environment/",
        "/systems/",
    ):
        page.goto(server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 391, address
        assert accessible(page) == [], address
