"""A new kind of device and a rule for it, made on the desk alone, in a real browser at a desk's and at a phone's width."""

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.domains.environment.people import PASSWORD, Person
from tests.server import RunningServer
from yuzhou.kernel.ids import uuid7

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 20.0  # seconds
BEYOND = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
    [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`).slice(0, 9)"""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("devices-journey"),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install -y chromium fonts-wqy-microhei"),
]


@pytest.fixture(scope="module")
def officer(server: RunningServer) -> Person:
    """Who looks after the devices of the city."""
    return Person(server, f"devices-{uuid7().hex[-8:]}", "device-officer", "--place", "50")


@contextmanager
def signed_in(server: RunningServer, officer: Person, viewport: Any) -> Iterator[Page]:
    """The officer's browser; fails at the end if a script failed or the policy was broken."""
    complaints: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        page = browser.new_page(locale="zh-CN", viewport=viewport)
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
        page.goto(f"{server.url}/accounts/login/")
        page.fill("[name=login]", officer.name)
        page.fill("[name=password]", PASSWORD)
        page.click("form .btn-primary")
        page.wait_for_url("**/desk/**")
        yield page
        browser.close()
    assert complaints == []


def is_well_made(page: Page) -> None:
    """Nothing beyond the edge of the screen, and nothing that axe-core finds wrong."""
    assert page.evaluate(BEYOND) == [], page.url
    if AXE.exists():
        page.evaluate(AXE.read_text())
        found = page.evaluate("tags => axe.run({runOnly: tags})", STANDARD)
        assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]] == [], page.url


def press(page: Page, name: str) -> None:
    """Press the button, or follow the link, of that name in the page's own part."""
    buttons = page.locator("main").get_by_role("button", name=name, exact=True)
    (buttons if buttons.count() else page.locator("main").get_by_role("link", name=name, exact=True)).first.click()


class Probe:
    """The device, as it speaks to the HTTP door."""

    def __init__(self, server: RunningServer, identity: str, secret: str) -> None:
        self.base = f"http://127.0.0.1:{server.service_ports['httpdoor']}/v1/devices/{identity}"
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of the door's answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/{path}", data, self.headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def report(self, temperature: float) -> None:
        """Report until the door knows the device, which it learns every second or so."""
        deadline = time.monotonic() + PATIENCE
        while True:
            status, told = self.call("readings", {"values": {"temp": temperature, "door": False}})
            if status == 200 and told["stored"] == 2:
                return
            assert time.monotonic() < deadline, told
            time.sleep(0.5)

    def next_command(self) -> dict[str, Any]:
        """The command that waits for it."""
        status, told = self.call("commands?wait=15")
        assert status == 200
        assert told["commands"], told
        return dict(told["commands"][0])


def make_profile(page: Page, url: str, key: str) -> None:
    """A kind of device: two properties and a command."""
    page.goto(f"{url}/desk/sense/profiles/")
    press(page, "新建设备类型")
    page.fill("[name=title_zh]", f"旅程粮仓探头 {key[-4:]}")
    page.fill("[name=key]", key)
    page.select_option("[name=protocol]", "http")
    is_well_made(page)
    press(page, "新建设备类型")
    page.wait_for_url(f"**/profiles/{key}/")
    press(page, "添加属性")
    page.fill("[name=title_zh]", "粮温")
    page.fill("[name=name]", "temp")
    page.fill("[name=unit]", "Cel")
    is_well_made(page)
    press(page, "保存并继续添加")
    page.wait_for_function("document.querySelector('[name=name]')?.value === ''")
    page.fill("[name=title_zh]", "仓门")
    page.fill("[name=name]", "door")
    page.select_option("[name=kind]", "boolean")
    page.fill("[name=names]", "0 = 关\n1 = 开")
    press(page, "保存")
    page.wait_for_url(f"**/profiles/{key}/")
    press(page, "添加指令")
    page.fill("[name=title_zh]", "启动风机")
    page.fill("main [name=name]", "fan")
    page.select_option("[name=group]", "control")
    is_well_made(page)
    press(page, "保存")
    page.wait_for_url(f"**/profiles/{key}/")
    expect(page.locator("main")).to_contain_text("启动风机")
    is_well_made(page)


def enter_device(page: Page, key: str) -> tuple[str, str]:
    """A device of the profile; its identity and the secret that the page shows once."""
    press(page, "登记设备")
    page.select_option("[name=district]", "50.0112")
    press(page, "继续")
    page.fill("[name=title]", "一号仓")
    page.fill("[name=identity]", f"{key}-1")
    press(page, "登记设备")
    secret = page.locator("[data-secret]").inner_text()
    assert f"/v1/devices/{key}-1/readings" in page.locator("pre").first.inner_text()
    is_well_made(page)
    press(page, "我已保存")
    page.wait_for_url("**/devices/*-*/")
    return f"{key}-1", secret


def make_rule(page: Page, url: str, key: str) -> None:
    """A rule that is written in the editor, tried on what came so far, and switched on."""
    page.goto(f"{url}/desk/sense/profiles/{key}/")
    press(page, "其他规则")
    page.fill("[name=title_zh]", "粮温过高")
    page.select_option("[name=c0-0-feed]", "temp|rtd")
    page.fill("[name=c0-0-high]", "30")
    page.select_option("[name=l0-severity]", "3")
    press(page, "用文字说明")
    expect(page.locator("main")).to_contain_text("粮温高于 30 °C")
    is_well_made(page)
    page.select_option("[name=span]", "1")
    press(page, "试算")
    page.wait_for_url("**/rules/trials/*/")
    expect(page.locator(".yz-tile", has_text="报警").first).to_contain_text("1", timeout=PATIENCE * 1000)
    is_well_made(page)
    press(page, "启用")
    page.wait_for_url("**/rules/*-*/")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_new_kind_of_device_and_its_rule_without_code(server: RunningServer, officer: Person, viewport: Any) -> None:
    key = f"journey-{uuid7().hex[-8:]}"
    with signed_in(server, officer, viewport) as page:
        make_profile(page, server.url, key)
        identity, secret = enter_device(page, key)
        device = page.url
        probe = Probe(server, identity, secret)
        probe.report(31.5)
        page.goto(device)
        expect(page.locator("main")).to_contain_text("31.5")
        expect(page.get_by_role("row", name="仓门")).to_contain_text("关")
        is_well_made(page)
        probe.report(21.5)
        make_rule(page, server.url, key)
        page.goto(device)
        expect(page.locator("main")).to_contain_text("没有报警")
        probe.report(33.25)
        page.goto(device)
        page.locator("main").get_by_role("link", name="粮温过高").click()
        expect(page.locator("main")).to_contain_text("33.25 °C")
        expect(page.locator("dd").get_by_role("link", name="粮温过高")).to_be_visible()
        is_well_made(page)
        press(page, "确认")
        expect(page.locator("main")).to_contain_text("已确认")
        ask_for_the_fan(page, device, probe)


def ask_for_the_fan(page: Page, device: str, probe: Probe) -> None:
    """A command: asked for and confirmed on the page, fetched and answered by the device."""
    page.goto(f"{device}commands")
    page.locator("li", has_text="启动风机").locator(".btn").click()
    is_well_made(page)
    press(page, "确认下发")
    page.wait_for_url("**/commands/*-*/")
    command = probe.next_command()
    assert command["name"] == "fan"
    assert probe.call(f"commands/{command['id']}/answer", {"done": True, "code": "OK", "data": {}})[0] == 204
    page.reload()
    expect(page.locator("main")).to_contain_text("已完成")
