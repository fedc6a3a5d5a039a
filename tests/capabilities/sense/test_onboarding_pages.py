"""A new kind of device, from an empty profile to its first reading and alarm, on the desk's pages alone."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests.capabilities.sense.stage import SYSTEM, as_owner
from tests.capabilities.sense.test_profiles import METER, define
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ReadingBatch, Statistic
from yuzhou.capabilities.sense.contracts.profile_notation import write_profile
from yuzhou.kernel.access import api as access
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

PASSWORD = "a long sample password 1"
DISTRICT = "50.0112"
NEW_PROPERTY = "cold-store/properties/new"
PROFILES, DEVICES = "/desk/sense/profiles/", "/desk/sense/devices/"


def sign_in(name: str, role: str, place: str) -> Client:
    with acting_as(SYSTEM):
        account = access.create_user(
            actor=SYSTEM, username=name, display_name=name, password=PASSWORD, must_change_password=False
        )
        access.grant_role(actor=SYSTEM, user=account, role=role, place_path=place)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    cache.clear()
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    return client


@pytest.fixture
def city(places: None) -> Iterator[Client]:
    """The browser of someone who may do all of it in the whole city."""
    yield sign_in("city", "environment-city", "50")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def send(client: Client, path: str, **fields: Any) -> str:
    """Send a form; the page after it."""
    response = client.post(path, fields, follow=True)
    assert response.status_code == 200, re.sub(r"<[^>]+>", " ", response.content.decode())[-1500:]
    return unescape(response.content.decode())


def look(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return unescape(response.content.decode())


def make_profile(city: Client) -> None:
    send(
        city, f"{PROFILES}new", title_zh="粮仓探头", title_en="Granary probe", key="granary", protocol="http", silent_minutes="15"
    )
    send(
        city, f"{PROFILES}granary/properties/new",
        title_zh="粮温", title_en="Grain temperature", name="temp", kind="number", unit="Cel", low="-50", high="80",
    )  # fmt: skip
    page = send(
        city, f"{PROFILES}granary/properties/new",
        title_zh="风机", name="fan", kind="enumeration", names="0 = 停 / off\n1 = 转 / on", another="1",
    )  # fmt: skip
    assert "New property" in page
    send(city, f"{PROFILES}granary/limits/new", property="temp", above="30", hold_minutes="0", severity="3")


def test_a_new_kind_of_device_from_nothing_to_an_alarm(city: Client) -> None:
    make_profile(city)
    page = look(city, f"{PROFILES}granary/")
    assert all(
        word in page for word in ("Granary probe", "Grain temperature", "°C", "-50 … 80", "0 off, 1 on", "beyond its limit")
    )
    assert f'href="{DEVICES}new?profile=granary"' in page
    step = city.get(f"{DEVICES}new", {"profile": "granary", "district": DISTRICT})
    assert step.url == f"{DEVICES}new/granary/{DISTRICT}"
    assert 'name="secret"' in look(city, step.url)
    shown = send(city, step.url, title="1 号仓", identity="GRAIN-0001", place_path=DISTRICT)
    secret = re.search(r"data-secret>([a-z0-9]{24})<", shown)
    assert secret
    assert f"Bearer {secret[1]}" in shown
    assert '"temp": 15.0' in shown
    with acting_as(SYSTEM):
        (device,) = api.list_devices(actor=SYSTEM, profile="granary")
        series = {s.property: s.id for s in api.list_series(actor=SYSTEM, device_ids=[device.id])}
    assert device.silent_after_seconds == 900
    report(series["temp"], 31.5)
    page = look(city, f"{DEVICES}{device.id}/")
    assert "31.5" in page
    assert "is above the limit 30 °C" in page
    assert "GRAIN-0001" in look(city, f"{DEVICES}?profile=granary")
    assert secret[1] not in page
    page = look(city, f"/desk/sense/series/{series['temp']}/")
    assert all(words in page for words in ("Grain temperature", "31.5 °C", "-50 … 80"))


def report(series: int, value: float) -> None:
    with as_owner():
        at = now() - timedelta(minutes=1)
        moment = round(at.timestamp()) * 1_000_000
        api.ingest(ReadingBatch.of(series_id=[series], at=[moment], value=[value], received_at=at))


def test_a_profile_is_edited_part_by_part(city: Client) -> None:
    make_profile(city)
    send(city, f"{PROFILES}granary/properties/temp", title_zh="仓温", name="temp", kind="number", unit="K", optional="on")
    send(
        city, f"{PROFILES}granary/commands/new",
        title_zh="风机开关", title_en="Fan", name="fan", group="control", expires_minutes="2",
        **{"fields-TOTAL_FORMS": "2", "fields-INITIAL_FORMS": "0", "fields-0-name": "on", "fields-0-kind": "choice",
           "fields-0-choices": "1 = On, 0 = Off", "fields-1-name": "minutes", "fields-1-kind": "integer", "fields-1-high": "60"},
    )  # fmt: skip
    stored = api.get_profile(key="granary")
    temp, fan = stored.find("temp"), stored.command("fan")
    assert temp is not None
    assert (temp.title.zh, temp.unit, temp.low, temp.optional) == ("仓温", "K", None, True)
    assert fan is not None
    assert (fan.expires_after_seconds, [f.name for f in fan.fields], fan.fields[1].high) == (120, ["on", "minutes"], 60)
    page = look(city, f"{PROFILES}granary/commands/fan")
    assert "1 = On, 0 = Off" in page
    send(city, f"{PROFILES}granary/commands/fan/remove")
    send(city, f"{PROFILES}granary/properties/fan/remove")
    send(city, f"{PROFILES}granary/edit", title_zh="粮情", protocol="http", silent_minutes="30")
    stored = api.get_profile(key="granary")
    assert (stored.title.zh, stored.silent_after_seconds, len(stored.properties), stored.commands) == ("粮情", 1800, 1, ())
    assert [rule.key for rule in stored.rules] == ["temp-limit"]
    assert "Version 7" in look(city, f"{PROFILES}granary/")
    page = send(city, f"{PROFILES}granary/retire", retired="1")
    assert "This profile is retired" in page


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("new", {"key": "A b", "title_zh": "x", "protocol": "http", "silent_minutes": "1"}, "small Latin letters"),
        ("new", {"key": "cold-store", "title_zh": "x", "protocol": "http", "silent_minutes": "1"}, "already"),
        ("cold-store/properties/new", {"title_zh": "x", "name": "temperature", "kind": "number"}, "there twice"),
        (
            "cold-store/properties/new",
            {"title_zh": "x", "name": "y", "kind": "number", "low": "9", "high": "1"},
            "below the highest",
        ),
        ("cold-store/properties/new", {"title_zh": "x", "name": "y", "kind": "enumeration", "names": "one"}, "Line 1"),
        ("cold-store/properties/new", {"title_zh": "x", "name": "y", "kind": "enumeration"}, "needs names"),
        ("cold-store/limits/new", {"property": "temperature", "hold_minutes": "0", "severity": "3"}, "bound without a limit"),
        ("import", {"text": "{"}, "not the JSON"),
        ("import", {"text": json.dumps(write_profile(METER))}, "already"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(city: Client, path: str, fields: dict[str, str], said: str) -> None:
    with as_owner():
        define(METER)
    answer = city.post(f"{PROFILES}{path}", fields)
    assert answer.status_code == 422
    assert said in unescape(answer.content.decode())


def test_a_profile_is_shared_and_copied(city: Client) -> None:
    with as_owner():
        define(METER)
    shared = city.get(f"{PROFILES}cold-store/export.json")
    assert "cold-store.profile.json" in shared["Content-Disposition"]
    file = SimpleUploadedFile("p.json", shared.content)
    send(city, f"{PROFILES}import", file=file, key="taken-in")
    taken = api.get_profile(key="taken-in")
    assert (taken.properties, [rule.key for rule in taken.rules]) == (METER.properties, ["too-warm"])
    assert 'value="冷库温度计"' in look(city, f"{PROFILES}new?copy=cold-store")
    send(city, f"{PROFILES}new?copy=cold-store", title_zh="副本", key="copied", protocol="http", silent_minutes="15")
    assert api.get_profile(key="copied").properties == METER.properties


def test_a_district_enters_devices_but_makes_no_profiles(places: None) -> None:
    define(METER)
    officer = sign_in("district", "environment-officer", DISTRICT)
    assert officer.get(f"{PROFILES}new").status_code == 403
    page = look(officer, f"{PROFILES}cold-store/")
    assert "Add a property" not in page
    assert "Enter a device" in page
    shown = send(officer, f"{DEVICES}new/cold-store/{DISTRICT}", title="x", identity="D-1", place_path=DISTRICT)
    assert "data-secret" in shown
    refused = officer.post(f"{DEVICES}new/cold-store/50.0101", {"title": "x", "identity": "D-2", "place_path": "50.0101"})
    assert refused.status_code == 422
    taken = officer.post(f"{DEVICES}new/cold-store/{DISTRICT}", {"title": "x", "identity": "D-1", "place_path": DISTRICT})
    assert "registered already" in taken.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_a_device_that_we_call_is_told_where_and_keeps_its_secrets(city: Client) -> None:
    send(city, f"{PROFILES}new", title_zh="机床", key="machine", protocol="opcua", silent_minutes="5")
    send(
        city,
        f"{PROFILES}machine/properties/new",
        title_zh="转速",
        name="speed",
        kind="number",
        unit="/min",
        source_node="ns=2;s=S",
    )
    shown = send(
        city, f"{DEVICES}new/machine/{DISTRICT}",
        title="1 号机床", identity="M-1", place_path=DISTRICT,
        connection_endpoint="opc.tcp://10.0.0.5:4840", connection_user="u", connection_password="hush",
    )  # fmt: skip
    assert "Nothing is to be entered in the device" in shown
    found = api.load_directory(protocol="opcua")
    entry = found.devices["M-1"]
    assert entry.connection == {"endpoint": "opc.tcp://10.0.0.5:4840", "user": "u", "password": "hush"}
    assert found.profiles["machine"].properties[0].source == {"node": "ns=2;s=S"}
    page = look(city, f"{DEVICES}{entry.device_id}/edit")
    assert "hush" not in page
    send(
        city, f"{DEVICES}{entry.device_id}/edit",
        title="2 号机床", place_path=DISTRICT, enabled="on",
        connection_endpoint="opc.tcp://10.0.0.5:4840", connection_user="u",
    )  # fmt: skip
    entry = api.load_directory(protocol="opcua").devices["M-1"]
    assert entry.connection["password"] == "hush"
    send(
        city, f"{DEVICES}{entry.device_id}/edit",
        title="2 号机床", place_path=DISTRICT, enabled="on",
        connection_endpoint="opc.tcp://10.0.0.6:4840", connection_user="u",
    )  # fmt: skip
    entry = api.load_directory(protocol="opcua").devices["M-1"]
    assert entry.connection == {"endpoint": "opc.tcp://10.0.0.6:4840", "user": "u"}  # it goes to no other machine


def test_a_new_secret_is_shown_once(city: Client) -> None:
    with as_owner():
        define(METER)
    send(city, f"{DEVICES}new/cold-store/{DISTRICT}", title="x", identity="D-1", place_path=DISTRICT)
    entry = api.load_directory(protocol="http").devices["D-1"]
    assert "Give the device a new secret?" in look(city, f"{DEVICES}{entry.device_id}/secret")
    shown = send(city, f"{DEVICES}{entry.device_id}/secret")
    after = api.load_directory(protocol="http").devices["D-1"].secret
    assert after != entry.secret
    assert after in shown
    assert Statistic.RTD in {key[1] for key in entry.series}


def test_devices_that_ask_are_let_in_or_refused_on_the_desk(city: Client) -> None:
    with as_owner():
        define(METER)
    asking = f"{DEVICES}asking/"
    shown = send(
        city, f"{DEVICES}keys/new", title="May delivery", profile="cold-store", place_path=DISTRICT, most="5", days="10"
    )  # fmt: skip
    key = re.search(r"data-secret>(yzp-[a-z0-9-]+)<", shown)
    assert key
    assert key[1] not in look(city, f"{DEVICES}keys/")

    def ask(identity: str) -> Any:
        with as_owner():
            return api.request_provisioning(
                protocol="http", identity=identity, provision_key=key[1], details={"serial": "<b>7"}, peer="10.1.1.1"
            )

    for identity in ("P-1", "P-2", "P-3"):
        ask(identity)
    page = city.get(asking).content.decode()
    assert "serial &lt;b&gt;7" in page
    assert "3 devices ask to be let in: Cold store thermometer" in look(city, "/desk/")
    ids = dict(re.findall(r'value="([0-9a-f-]{36})" id="pick-[0-9a-f-]+" aria-label="(P-\d)"', page))
    by_name = {name: number for number, name in ids.items()}
    assert "Tick at least one" in send(city, f"{asking}decide", approve="1")
    assert "2 devices are let in" in send(city, f"{asking}decide", approve="1", request=[by_name["P-1"], by_name["P-2"]])
    assert "Say why" in send(city, f"{asking}decide", refuse="1", request=[by_name["P-3"]], reason="")
    assert "1 device is refused" in send(city, f"{asking}decide", refuse="1", request=[by_name["P-3"]], reason="not ours")
    assert ask("P-1").secret
    assert ask("P-3").params == {"reason": "not ours"}
    assert "not ours" in look(city, f"{asking}?show=refused")
    assert "may ask anew" in send(city, f"{asking}{by_name['P-3']}/forget")
    revoke = re.search(rf'href="({DEVICES}keys/[0-9a-f-]+/revoke)"', look(city, f"{DEVICES}keys/"))
    assert revoke
    assert "Revoke this key?" in look(city, revoke[1])
    assert "The key is revoked" in send(city, revoke[1])
    assert ask("P-4").code == "sense.provision-key"
