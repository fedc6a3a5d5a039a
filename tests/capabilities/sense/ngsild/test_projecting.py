"""Devices, sites and profiles are entities as soon as they are written, whoever writes them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.capabilities.sense.stage import SYSTEM, as_owner
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.models import DeviceRecord, EntityRecord, EntityTombstone
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"


def entity_of(device: Device) -> EntityRecord:
    with acting_as(SYSTEM):
        return EntityRecord.objects.get(urn=f"urn:ngsi-ld:Device:{device.id}")


def value(entity: EntityRecord, name: str) -> Any:
    [instance] = entity.document[VOCAB + name]
    return instance.get("value", instance.get("object"))


def test_a_registered_device_is_an_entity(make_device: Callable[..., Device]) -> None:
    entity = entity_of(make_device("50.a.b", notes="on the roof"))
    assert entity.types == [VOCAB + "Device"]
    assert value(entity, "name") == "样例监测点1"
    assert entity.document["http://purl.org/dc/terms/description"][0]["value"] == "on the roof"
    assert value(entity, "refDeviceModel") == "urn:ngsi-ld:DeviceModel:outlet"
    assert entity.scopes == ["/P50/Pa/Pb"]
    assert entity.place_path == "50.a.b"
    assert set(entity.kept) == set(entity.document)


def test_a_change_touches_only_what_changed(make_device: Callable[..., Device]) -> None:
    device = make_device()
    before = entity_of(device)
    with acting_as(SYSTEM):
        EntityRecord.objects.filter(id=before.id).update(
            document=before.document | {VOCAB + "colour": [{"type": "Property", "value": "red"}]}
        )
        api.update_device(actor=SYSTEM, device_id=device.id, title=Text("改名", "Renamed"), place_path="50.c")
    after = entity_of(device)
    assert (value(after, "name"), value(after, "alternateName"), value(after, "colour")) == ("改名", "Renamed", "red")
    assert after.document[VOCAB + "serialNumber"] == before.document[VOCAB + "serialNumber"]
    assert (after.place_path, after.scopes) == ("50.c", ["/P50/Pc"])
    assert after.document[VOCAB + "name"][0]["createdAt"] == before.document[VOCAB + "name"][0]["createdAt"]


def test_what_is_taken_from_a_device_goes_from_its_entity(make_device: Callable[..., Device]) -> None:
    device = make_device(notes="old")
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=device.id, notes="")
    entity = entity_of(device)
    assert "http://purl.org/dc/terms/description" not in entity.document
    assert "http://purl.org/dc/terms/description" not in entity.kept


def test_bulk_writes_are_projected_too(make_device: Callable[..., Device]) -> None:
    first = make_device()
    with acting_as(SYSTEM):
        record = DeviceRecord.objects.get(id=first.id)
        rows = []
        for number in range(300):
            record.pk, record.identity = uuid7(), f"BULK{number}"
            rows.append(DeviceRecord(**{f.attname: getattr(record, f.attname) for f in DeviceRecord._meta.concrete_fields}))
        DeviceRecord.objects.bulk_create(rows)
        assert EntityRecord.objects.filter(source=1).count() == 301
        DeviceRecord.objects.filter(identity__startswith="BULK").update(title_zh="批量")
        name = f"document__{VOCAB}name__0__value"
        assert EntityRecord.objects.filter(**{name: "批量"}).count() == 300
        with as_owner():
            DeviceRecord.objects.filter(identity__startswith="BULK").delete()
        assert EntityRecord.objects.filter(source=1).count() == 1
        assert EntityTombstone.objects.count() == 300


def test_devices_of_a_site_follow_it(make_device: Callable[..., Device]) -> None:
    site = uuid7()
    insert = (
        "INSERT INTO kernel_sites_site (id, kind, name, address, place_id, place_path, lon, lat, valid_from)"
        " SELECT %s, 'outlet', '样例排口', '样例路 1 号', id, path, 106.5, 29.5, '2026-01-01' FROM kernel_places_place LIMIT 1"
    )
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_places_place")
        if not cursor.fetchone()[0]:
            pytest.skip("no place is loaded in this database")
        cursor.execute(insert, [site])
        device = make_device(site_id=site)
        cursor.execute("UPDATE kernel_sites_site SET lon = 107, closed_at = '2026-11-01' WHERE id = %s", [site])
    entity = entity_of(device)
    assert entity.box == (107, 29.5, 107, 29.5)
    with acting_as(SYSTEM):
        own = EntityRecord.objects.get(source=2, source_id=site)
        assert value(own, "closedAt") == {"@type": "Date", "@value": "2026-11-01"}
        assert value(entity, "refSite") == own.urn


def test_profiles_are_seen_by_everyone(make_device: Callable[..., Device]) -> None:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sense_profile (key, title_zh, title_en, protocol, content, silent_after_seconds, notes, origin, version,"
            " changed_at) VALUES ('sample', '样例', '', 'mqtt', '{\"properties\": [{\"name\": \"t\"}]}', 60, '', '', 1, now())"
        )
        entity = EntityRecord.objects.get(urn="urn:ngsi-ld:DeviceModel:sample")
    assert value(entity, "controlledProperty") == ["t"]
    assert EntityRecord.objects.filter(urn="urn:ngsi-ld:DeviceModel:sample").exists()
