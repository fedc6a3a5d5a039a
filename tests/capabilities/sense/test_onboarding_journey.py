"""At the running platform: a new kind of device from an empty profile to a first reading and an alarm, by pages alone."""

import json
import re
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.domains.environment.people import Person
from tests.server import RunningServer, Visitor
from yuzhou.kernel.ids import uuid7

DISTRICT = "50.0112"
SENSE = "/desk/sense/"
PATIENCE = 20.0  # seconds


@pytest.fixture
def clerk(server: RunningServer) -> Visitor:
    """Someone without JavaScript who may define profiles, enter devices and approve them."""
    return Person(server, f"keeper-{uuid7().hex[-8:]}", "environment-city", "--place", "50").visitor


def told(answer: tuple[int, str]) -> str:
    status, text = answer
    assert status == 200, re.sub(r"<[^>]+>", " ", text)[-1500:]
    return unescape(text)


def call(url: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def follow(curl: str) -> tuple[int, dict[str, Any]]:
    """Do what the page says to type."""
    words = shlex.split(curl)
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    return call(next(word for word in words if word.startswith("http://")), words[words.index("-d") + 1], headers)


def wait_for(look: Callable[[], str], pattern: str) -> str:
    """The page, once it says so."""
    deadline = time.monotonic() + PATIENCE
    while True:
        page = look()
        if re.search(pattern, page):
            return page
        assert time.monotonic() < deadline, f"{pattern} in {re.sub(r'<[^>]+>', ' ', page)[-1500:]}"
        time.sleep(0.5)


def make_profile(clerk: Visitor, key: str) -> None:
    profiles = f"{SENSE}profiles/"
    told(clerk.post(f"{profiles}new", title_zh="粮仓探头", key=key, protocol="http", silent_minutes="15"))
    told(
        clerk.post(
            f"{profiles}{key}/properties/new", title_zh="粮温", name="temp", kind="number", unit="Cel", low="-50", high="80"
        )
    )
    told(clerk.post(f"{profiles}{key}/limits/new", property="temp", above="10", hold_minutes="0", severity="3"))


@pytest.mark.server
def test_a_new_kind_of_device_reports_and_raises_an_alarm_without_code(clerk: Visitor) -> None:
    key = f"granary-{uuid7().hex[-8:]}"
    make_profile(clerk, key)
    shown = told(clerk.post(f"{SENSE}devices/new/{key}/{DISTRICT}", title="一号仓", identity=f"{key}-1", place_path=DISTRICT))
    curl = re.search(r"curl -X POST .*", shown)
    device = re.search(rf"{SENSE}devices/[0-9a-f-]{{36}}/", shown)
    assert curl
    assert device
    deadline = time.monotonic() + PATIENCE
    while (answer := follow(curl[0].partition("<")[0]))[0] == 401 and time.monotonic() < deadline:
        time.sleep(0.5)  # the door takes in new devices every second or so
    assert answer[0] == 200, answer
    assert answer[1]["stored"] == 1
    page = wait_for(lambda: told(clerk.get(device[0])), "高于限值|超过限值")
    assert "粮温" in page
    assert "15 °C" in re.sub(r"<[^>]+>|\s+", " ", page).replace("  ", " ")


@pytest.mark.server
def test_a_device_asks_is_let_in_and_reports(clerk: Visitor, server: RunningServer) -> None:
    key = f"granary-{uuid7().hex[-8:]}"
    make_profile(clerk, key)
    shown = told(clerk.post(f"{SENSE}devices/keys/new", title=key, profile=key, place_path=DISTRICT, most="5", days="10"))
    secret = re.search(r"data-secret>(yzp-[a-z0-9-]+)<", shown)
    assert secret
    door = f"http://127.0.0.1:{server.service_ports['httpdoor']}"
    asked = json.dumps({"identity": f"{key}-7", "key": secret[1], "details": {"serial": "7"}})

    def ask() -> tuple[int, dict[str, Any]]:
        return call(f"{door}/v1/provision", asked, {"Content-Type": "application/json"})

    assert ask()[0] == 202
    page = told(clerk.get(f"{SENSE}devices/asking/?q={key}"))
    request = re.search(r'name="request" value="([0-9a-f-]{36})"', page)
    assert request
    told(clerk.post(f"{SENSE}devices/asking/decide", request=request[1], approve="1"))
    status, answer = ask()
    assert status == 200, answer
    assert ask()[0] >= 400
    headers = {"Authorization": f"Bearer {answer['secret']}", "Content-Type": "application/json"}
    deadline = time.monotonic() + PATIENCE
    while True:
        status, stored = call(f"{door}{answer['readings']}", '{"values": {"temp": 4.5}}', headers)
        if status == 200 or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert (status, stored.get("stored")) == (200, 1)
