"""A passkey in a real browser on the running platform: added by its owner, then enough to sign in."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.server import RunningServer, Visitor

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
PERSON, PASSWORD = "key-holder", "ba-yu-da-di-2026"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install -y chromium fonts-wqy-microhei"),
]


@pytest.fixture
def holder(server: RunningServer, visitor: Visitor) -> str:
    """Someone with a password and no second factor; returns the site under the name that browsers let passkeys live."""
    added = server.run("user", "add", PERSON, "--role", "city-administrator", "--place", "50")
    assert added.returncode == 0, added.stderr
    once = added.stdout.split()[-1]
    visitor.sign_in(PERSON, once)
    visitor.post("/accounts/password/change/", oldpassword=once, password1=PASSWORD, password2=PASSWORD)
    return f"http://localhost:{server.port}"


@pytest.fixture
def page() -> Iterator[tuple[Page, list[str]]]:
    """A page of a browser that has a platform authenticator, and what its console complained of."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        page = browser.new_context(locale="zh-CN").new_page()
        page.set_default_timeout(15_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page, complaints
        browser.close()


def authenticator(page: Page) -> Any:
    """Give the page's browser a virtual authenticator; returns how to ask for the credentials in it."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return lambda: devices.send("WebAuthn.getCredentials", made)["credentials"]


def test_a_passkey_is_added_and_signs_in(holder: str, page: tuple[Page, list[str]]) -> None:
    tab, complaints = page
    credentials = authenticator(tab)
    tab.goto(f"{holder}/accounts/login/")
    tab.locator("[name=login]").fill(PERSON)
    tab.locator("[name=password]").fill(PASSWORD)
    tab.locator("form:has([name=password]) button[type=submit]").click()
    tab.wait_for_url(f"{holder}/desk/")
    tab.goto(f"{holder}/accounts/2fa/webauthn/add/")
    tab.locator("[name=password]").fill(PASSWORD)  # changing factors needs the password again
    tab.locator("main form button[type=submit]").click()
    tab.locator("[name=name]").fill("样例密钥")
    tab.locator("[name=passwordless]").check()
    tab.locator("#mfa_webauthn_add").click()
    tab.wait_for_url(lambda address: "webauthn/add" not in address)
    (credential,) = credentials()
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"
    tab.goto(f"{holder}/accounts/2fa/webauthn/")
    assert tab.get_by_text("样例密钥").count()

    tab.goto(f"{holder}/accounts/logout/")
    tab.locator("main form button[type=submit]").click()
    tab.wait_for_url(lambda address: "logout" not in address)
    tab.goto(f"{holder}/desk/")
    tab.wait_for_url(f"{holder}/accounts/login/?next=/desk/")
    tab.locator("#passkey_login").click()
    tab.wait_for_url(f"{holder}/desk/")
    assert tab.request.get(f"{holder}/api/v1/kernel/access/whoami").json()["name"] == PERSON
    assert credentials()[0]["signCount"] > credential["signCount"]
    assert complaints == []
