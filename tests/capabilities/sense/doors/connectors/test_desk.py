"""The desk: settings without code, a test in words, a server's tree, nodes that become properties."""

import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from tests.conftest import free_port
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.doors.connectors.process import doors
from yuzhou.capabilities.sense.web.choosing import name_of
from yuzhou.kernel.access import api as access
from yuzhou.kernel.transactions import acting_as

from .conftest import QUICK, SAMPLE, TESTER, ask, define, latest, register, until
from .machines import Unit, modbus_server
from .opcua_server import opcua_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
PASSWORD = "a long sample password 1"
OFFICER = ("sense.device:read", "sense.device:register")


@pytest.fixture
def officer(afresh: None, places: None) -> Client:
    """An officer of the whole city, signed in, in English."""
    with acting_as(TESTER):
        user = access.create_user(
            actor=TESTER, username="officer", display_name="值班员", password=PASSWORD, must_change_password=False
        )
        access.grant_role(actor=TESTER, user=user, role="environment-officer", place_path="50")
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    client.cookies["django_language"] = "en"
    return client


@asynccontextmanager
async def process() -> Any:
    opened = doors(replace(QUICK, answer_seconds=2))
    for door in opened:
        await door.open()
    try:
        yield
    finally:
        for door in opened:
            await door.close()


async def follow(client: Client, url: str, **posted: Any) -> str:
    """Post, follow to the errand, and wait for its end; gives the page."""
    answer = await ask(lambda: client.post(url, posted))
    assert answer.status_code == 302, answer.content[:500]

    def over() -> str | None:
        page = client.get(answer["Location"]).content.decode()
        return None if "Looking …" in page else page

    return str(await until(over, 20))


def path(device: UUID, what: str = "") -> str:
    return f"/desk/sense/devices/{device}/connection{what}"


async def test_a_modbus_device_is_set_up_and_tested(officer: Client) -> None:
    sources = {"level": {"register": "holding", "address": 100}, "gone": {"register": "holding", "address": 150}}
    await ask(lambda: define("sample", "modbus", sources))
    device = await ask(lambda: register("modbus", "M1", {}))
    async with modbus_server(Unit(absent={150})) as port, process():
        wrong = await ask(lambda: officer.post(path(device), {"host": "a b", "port": port, "unit": 1, "interval": 1}))
        assert "is missing or not valid" in wrong.content.decode()
        saved = await ask(lambda: officer.post(path(device), {"host": "127.0.0.1", "port": port, "unit": 1, "interval": 1}))
        assert saved.status_code == 302
        page = await follow(officer, path(device, "/test"))
        assert f"Connected to 127.0.0.1, port {port}." in page
        assert "The device refuses gone at address 150 (exception 2)." in page
        assert "The connection works." in page
        assert "100.0" in page
        await until(lambda: latest(device).get("level") == 100)
        await until(lambda: "Refused by the device" in officer.get(path(device)).content.decode())
    async with process():
        page = await follow(officer, path(device, "/test"))
        assert f"Nobody answers at 127.0.0.1, port {port}." in page
        assert "The connection does not work." in page


async def test_a_server_is_browsed_and_its_nodes_chosen(officer: Client, tmp_path: Path) -> None:
    port = free_port()
    await ask(lambda: define_empty("press"))
    device = await ask(lambda: register("opcua", "P1", {}, "press"))
    settings = {"endpoint": f"opc.tcp://127.0.0.1:{port}/plant", "security": "Basic256Sha256-SignAndEncrypt", "user": "operator"}
    settings |= {"password": "right", "sampling": "0.1", "publishing": "0.1", "clock": "source", "history": "on"}
    async with opcua_server(port, security=tmp_path, user=True), process():
        saved = await ask(lambda: officer.post(path(device), settings))
        assert saved.status_code == 302, saved.content.decode()[-3000:]
        page = await follow(officer, path(device, "/test"))
        assert "An OPC UA server answers" in page
        fingerprint = re.search(r'name="certificate" value="([0-9a-f]{64})"', page)
        assert fingerprint
        assert (await ask(lambda: officer.post(path(device, "/accept"), {"certificate": fingerprint[1]}))).status_code == 302
        page = await follow(officer, path(device, "/test"))
        assert "Signed in (user: operator)." in page
        page = await follow(officer, path(device, "/browse"))
        assert "Line 1" in page
        page = await follow(officer, path(device, "/browse"), node="ns=2;s=Line1")
        offered = [json.loads(text.replace("&quot;", '"')) for text in re.findall(r'name="choose" value="([^"]+)"', page)]
        assert {one["name"] for one in offered} >= {"temperature", "speed", "running", "zones"}
        assert "label" not in {one["name"] for one in offered}
        by_name = {one["name"]: json.dumps(one) for one in offered}
        await ask(lambda: officer.post(path(device, "/choose"), {"choose": [by_name["speed"]], "to": "profile"}))
        await ask(lambda: officer.post(path(device, "/choose"), {"choose": [by_name["temperature"]], "to": "device"}))
        await until(lambda: {"speed", "temperature"} <= set(latest(device)), 15)
        page = (await ask(lambda: officer.get(path(device)))).content.decode()
        assert "ns=2;s=Line1.temperature" in page
        assert "right" not in page
        (spec,) = await ask(lambda: api.find_profiles(keys=["press"])["press"].properties)
        assert (spec.name, spec.source) == ("speed", {"node": "ns=2;s=Line1.speed", "write": True})
        await ask(lambda: officer.post(path(device, "/forget"), {"name": ["temperature"]}))
        assert "ns=2;s=Line1.temperature" not in (await ask(lambda: officer.get(path(device)))).content.decode()


def define_empty(key: str) -> None:
    with acting_as(TESTER):
        api.define_profile(actor=TESTER, profile=Profile(key, SAMPLE, "opcua"))


def test_only_who_registers_devices_may_send_the_connectors_anywhere(afresh: None, places: None) -> None:
    device = register("modbus", "M1", {"host": "127.0.0.1"}, "")
    with acting_as(TESTER):
        user = access.create_user(
            actor=TESTER, username="reader", display_name="查阅", password=PASSWORD, must_change_password=False
        )
    assert user
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": "reader", "password": PASSWORD})
    assert client.get(path(device)).status_code in (403, 404)
    for what in ("", "/test", "/accept", "/browse", "/choose", "/forget"):
        assert client.post(path(device, what), {"host": "10.0.0.1"}).status_code in (403, 404)


def test_names_of_properties_from_those_of_nodes() -> None:
    assert name_of({"name": "Line 1 Temp", "node": "ns=2;i=5"}) == "Line_1_Temp"
    assert name_of({"name": "温度", "node": "ns=2;s=Line1.Temp"}) == "Line1.Temp"
    assert name_of({"name": "温度", "node": "ns=2;s=产线"}) == "ns_2_s"
