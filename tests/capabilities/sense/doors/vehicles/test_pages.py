"""Vehicles on the desk: entered by their profile, and shown where they are."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from tests.capabilities.sense.stage import SYSTEM, as_owner
from tests.capabilities.sense.test_onboarding_pages import DEVICES, DISTRICT, look, send, sign_in
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Mark, ReadingBatch, Statistic
from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
from yuzhou.capabilities.sense.services.secrets import open_secret
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

from ..gb32960.vehicles import ICCID, VIN

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def officer(places: None) -> Iterator[Client]:
    with acting_as(SYSTEM):
        load_declared_profiles()
    yield sign_in("city", "environment-city", "50")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def enter(officer: Client, profile: str, identity: str, **more: str) -> str:
    fields = {"title": "样例车辆 1", "identity": identity, "place_path": DISTRICT, **more}
    return send(officer, f"{DEVICES}new/{profile}/{DISTRICT}", **fields)


def device_of(protocol: str) -> Any:
    with as_owner():
        return next(one for one in api.list_devices(actor=SYSTEM) if one.protocol == protocol)


def secret_of(device_id: UUID) -> str:
    from yuzhou.capabilities.sense.models import DeviceRecord

    with as_owner():
        return open_secret(DeviceRecord.objects.get(id=device_id))


def report(device_id: UUID, *, latitude: float, longitude: float, flag: int = 0) -> None:
    with as_owner(), acting_as(SYSTEM):
        series = {(one.property, one.statistic): one.id for one in api.list_series(actor=SYSTEM, device_ids=[device_id])}
        ids = [series[name, Statistic.RTD] for name in ("latitude", "longitude")]
        at = int(now().timestamp()) * 1_000_000
        api.ingest(ReadingBatch.of(series_id=ids, at=[at, at], value=[latitude, longitude], flag=[flag, flag], received_at=now()))


def test_nothing_is_made_up_that_a_vehicle_could_not_know(officer: Client) -> None:
    page = look(officer, f"{DEVICES}new/gb32960-vehicle/{DISTRICT}")
    assert "ICCID" in page
    page = enter(officer, "gb32960-vehicle", VIN)
    assert "data-secret" not in page
    assert "32960" in page
    device = device_of("gb32960")
    assert (device.identity, device.profile, device.silent_after_seconds) == (VIN, "gb32960-vehicle", 900)
    assert secret_of(device.id) == ""
    edit = f"{DEVICES}{device.id}/edit"
    send(officer, edit, title="样例车辆 1", place_path=DISTRICT, enabled="on", secret=ICCID)
    assert secret_of(device.id) == ICCID
    send(officer, edit, title="样例车辆 1", place_path=DISTRICT, enabled="on")
    assert secret_of(device.id) == ICCID
    assert "New secret" not in look(officer, f"{DEVICES}{device.id}/")


def test_a_terminal_is_entered_by_its_number(officer: Client) -> None:
    enter(officer, "jt808-vehicle", "13800000001", secret="SAMPLE1")
    device = device_of("jt808")
    assert secret_of(device.id) == "SAMPLE1"
    page = look(officer, f"{DEVICES}{device.id}/commands")
    assert "Lock or unlock the doors" in page


def test_a_vehicle_is_shown_where_it_is(officer: Client) -> None:
    enter(officer, "gb32960-vehicle", VIN)
    device = device_of("gb32960")
    page = look(officer, f"{DEVICES}{device.id}/")
    assert "position.geojson" not in page
    report(device.id, latitude=29.56301, longitude=106.551556)
    assert f"{device.id}/position.geojson" in look(officer, f"{DEVICES}{device.id}/")
    for address in (f"{DEVICES}{device.id}/position.geojson", f"{DEVICES}positions.geojson"):
        (feature,) = json.loads(officer.get(address).content)["features"]
        assert feature["geometry"]["coordinates"] == [106.551556, 29.56301]
        assert "without a fix" not in feature["properties"]["detail"]


def test_a_position_without_a_fix_says_so_and_one_out_of_range_is_none(officer: Client) -> None:
    enter(officer, "jt808-vehicle", "13800000001")
    device = device_of("jt808")
    report(device.id, latitude=29.5, longitude=106.5, flag=Mark.SUSPECT)
    address = f"{DEVICES}{device.id}/position.geojson"
    (feature,) = json.loads(officer.get(address).content)["features"]
    assert "without a fix" in feature["properties"]["detail"]


def test_others_do_not_see_it(officer: Client) -> None:
    enter(officer, "gb32960-vehicle", VIN)
    device = device_of("gb32960")
    report(device.id, latitude=29.5, longitude=106.5)
    other = sign_in("elsewhere", "environment-officer", "50.0101")
    assert json.loads(other.get(f"{DEVICES}positions.geojson").content)["features"] == []
    assert other.get(f"{DEVICES}{device.id}/position.geojson").status_code == 404
