"""The start page of plain devices: what there is, what fell silent, and what to do where there is nothing yet."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
from yuzhou.domains.devices.demo.seed import FIRM, OFFICER, PASSWORD, SEEDER, seed_demonstration
from yuzhou.kernel.access.api import create_user, grant_role
from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
Enter = Callable[[str], Client]


@pytest.fixture
def enter(places: None, client: Client) -> Enter:
    """Sign someone in, from then on as the restricted role of the web."""

    def sign_in(name: str) -> Client:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE yuzhou_web")
        assert client.login(username=name, password=PASSWORD)
        return client

    return sign_in


def words(client: Client) -> str:
    answer = client.get("/desk/devices/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("name", [OFFICER, FIRM])
def test_devices_stand_by_protocol_and_state(name: str, enter: Enter) -> None:
    with acting_as(SEEDER):
        load_declared_profiles()
    seed_demonstration()
    said = words(enter(name))
    assert "Modbus TCP（平台采集） 3 0 3 0 0" in said, "three power meters that were never heard of"
    assert "失联和离线的设备" in said
    assert "模拟气象站1号" in said
    assert "没有未解除的报警" in said


def test_where_there_is_nothing_it_says_what_to_do(enter: Enter) -> None:
    with acting_as(SEEDER):
        load_declared_profiles()
        made = create_user(
            actor=SEEDER, username="keeper", display_name="值班员", password=PASSWORD, place_path=CITY_PATH,
            must_change_password=False,
        )  # fmt: skip
        grant_role(actor=SEEDER, user=made, role="device-officer", place_path=CITY_PATH)
        assert not api.count_devices(actor=SEEDER)
    said = words(enter("keeper"))
    assert "还没有设备" in said
    assert "登记设备" in said


def test_it_is_for_those_who_look_after_devices(enter: Enter) -> None:
    with acting_as(SEEDER):
        create_user(
            actor=SEEDER, username="passer", display_name="路人", password=PASSWORD, place_path=CITY_PATH,
            must_change_password=False,
        )  # fmt: skip
    assert enter("passer").get("/desk/devices/").status_code == 403


def test_a_device_is_found_by_a_part_of_its_name(enter: Enter) -> None:
    with acting_as(SEEDER):
        load_declared_profiles()
    seed_demonstration()
    found = enter(OFFICER).get("/desk/sense/devices/suggest", {"c0-0-other": "供水泵"}).content.decode()
    assert found == '<option value="sample/pump-1">模拟供水泵1号</option>'
