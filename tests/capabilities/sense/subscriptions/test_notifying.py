"""What subscribers are told, and how it looks (clauses 5.2.12, 5.2.14, 5.3.1, 5.8.6)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.capabilities.sense.stage import COD, RTD, batch, series_of
from tests.capabilities.sense.subscriptions.stage import ROOM, Receiver, deliver, prop, seen, subscribe, write
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.subscriptions import DeliveryStatus, Happened
from yuzhou.capabilities.sense.rules.ngsild.context import build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.terms import LOCATION

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
CREATED, UPDATED, DELETED = "Created", "Updated", "Deleted"
POINT = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.55, 29.56]}}


def test_a_change_is_told_and_counted(receiver: Receiver) -> None:
    made = subscribe(receiver.url)
    write(temperature=20)
    deliver()
    [body] = receiver.taken
    assert body["type"] == "Notification"
    assert body["subscriptionId"] == made.urn
    assert body["id"].startswith("urn:ngsi-ld:Notification:")
    assert body["notifiedAt"].endswith("Z")
    assert body["data"] == [{"id": ROOM, "type": "Room", "temperature": {"type": "Property", "value": 20}}]
    [headers] = receiver.headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Link"].endswith('rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
    after = seen(made)
    assert (after.times_sent, after.times_failed, after.waiting, after.delivery) == (1, 0, 0, DeliveryStatus.OK)
    assert after.last_notification == after.last_success


def events(*triggers: str) -> dict[str, Any]:
    return {"notificationTrigger": list(triggers)}


@pytest.mark.parametrize(
    ("triggers", "told"),
    [
        ({}, [1, 1, 0, 0]),
        (events("entityCreated"), [1, 0, 0, 0]),
        (events("entityUpdated"), [1, 1, 1, 0]),
        (events("entityDeleted"), [0, 0, 0, 1]),
        (events("attributeCreated"), [1, 0, 0, 0]),
        (events("attributeUpdated"), [0, 1, 0, 0]),
        (events("attributeDeleted"), [0, 0, 1, 0]),
        ({"watchedAttributes": ["pressure"], **events("attributeUpdated", "attributeDeleted")}, [0, 0, 1, 0]),
        ({"watchedAttributes": ["humidity"], **events("entityCreated", "entityUpdated", "entityDeleted")}, [0, 0, 0, 0]),
        ({"entities": None, "watchedAttributes": ["temperature"]}, [1, 1, 0, 0]),
    ],
)
def test_triggers_and_watched_attributes(receiver: Receiver, triggers: dict[str, Any], told: list[int]) -> None:
    subscribe(receiver.url, **triggers)
    counts = []
    for step in (
        lambda: write(temperature=20, pressure=1),
        lambda: write(temperature=21),
        lambda: write(gone=("pressure",)),
        lambda: write(event=Happened.DELETED),
    ):
        before = len(receiver.taken)
        step()
        deliver()
        counts.append(len(receiver.taken) - before)
    assert counts == told


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"entities": [{"type": "Room"}]}, True),
        ({"entities": [{"type": "(Room|Hall);Heated"}]}, True),
        ({"entities": [{"type": "Room;Hall"}]}, False),
        ({"entities": [{"type": "*"}]}, True),
        ({"entities": [{"type": "Hall"}, {"type": "Heated", "id": ROOM}]}, True),
        ({"entities": [{"type": "Room", "id": "urn:ngsi-ld:Room:2"}]}, False),
        ({"entities": [{"type": "Room", "idPattern": "^urn:ngsi-ld:Room:.$"}]}, True),
        ({"entities": [{"type": "Room", "idPattern": "^Room"}]}, False),
        ({"q": 'temperature>19;name=="a"'}, True),
        ({"q": "temperature>20"}, False),
        ({"q": "temperature==18..22|pressure"}, True),
        ({"q": "!pressure"}, None),
        ({"q": "name~=^a$"}, True),
        ({"q": 'name!="b"'}, True),
        ({"scopeQ": "/city/#"}, True),
        ({"scopeQ": "/land"}, False),
        ({"geoQ": {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [106.56, 29.56]}}, True),
        ({"geoQ": {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [106.56, 29.56]}}, False),
        ({"geoQ": {"georel": "near;minDistance==500", "geometry": "Point", "coordinates": [106.56, 29.56]}}, True),
    ],
)
def test_who_is_meant(receiver: Receiver, wanted: dict[str, Any], told: bool | None) -> None:
    if told is None:
        with pytest.raises(Exception, match="query"):
            subscribe(receiver.url, **wanted)
        return
    subscribe(receiver.url, **wanted)
    types = tuple("https://uri.etsi.org/ngsi-ld/default-context/" + name for name in ("Room", "Heated"))
    write(types=types, scopes=("/city/east",), temperature=20, name="a", **{LOCATION: POINT})
    deliver()
    assert bool(receiver.taken) is told


def test_within_a_polygon(receiver: Receiver) -> None:
    pytest.importorskip("shapely")
    ring = [[106, 29], [107, 29], [107, 30], [106, 30], [106, 29]]
    subscribe(receiver.url, geoQ={"georel": "within", "geometry": "Polygon", "coordinates": [ring]})
    subscribe(receiver.url, geoQ={"georel": "disjoint", "geometry": "Polygon", "coordinates": [ring]})
    write(**{LOCATION: POINT})
    deliver()
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("notification", "body"),
    [
        ({"format": "keyValues"}, {"id": ROOM, "type": "Room", "a": 1, "b": 2}),
        ({"format": "simplified", "attributes": ["b"]}, {"id": ROOM, "type": "Room", "b": 2}),
        ({"format": "concise", "attributes": ["a"]}, {"id": ROOM, "type": "Room", "a": 1}),
        ({"format": "keyValues", "pick": ["id", "a"]}, {"id": ROOM, "a": 1}),
        ({"format": "keyValues", "omit": ["type", "a"]}, {"id": ROOM, "b": 2}),
    ],
)
def test_formats_and_parts(receiver: Receiver, notification: dict[str, Any], body: dict[str, Any]) -> None:
    subscribe(receiver.url, notification=notification)
    write(a=1, b=2)
    deliver()
    assert receiver.entities == [body]


def test_system_attributes_and_languages(receiver: Receiver) -> None:
    subscribe(receiver.url, notification={"sysAttrs": True}, lang="en")
    write(name={"type": "LanguageProperty", "languageMap": {"zh": "渝", "en": "Yu"}})
    deliver()
    [entity] = receiver.entities
    assert {"createdAt", "modifiedAt"} <= entity.keys()
    assert (entity["name"]["type"], entity["name"]["value"], entity["name"]["lang"]) == ("Property", "Yu", "en")


def test_changes_are_shown(receiver: Receiver) -> None:
    subscribe(receiver.url, notification={"showChanges": True}, notificationTrigger=["entityUpdated", "entityDeleted"])
    write(
        temperature=20,
        name={"type": "LanguageProperty", "languageMap": {"en": "Yu"}},
        at={"type": "Relationship", "object": "urn:a:1"},
    )
    deliver()
    write(temperature=21)
    deliver()
    write(gone=("name",))
    deliver()
    write(event=Happened.DELETED)
    deliver()
    _, updated, lost, deleted = receiver.entities
    assert updated["temperature"] == {"type": "Property", "value": 21, "previousValue": 20}
    null = {"@none": "urn:ngsi-ld:null"}
    assert lost["name"] == {"type": "LanguageProperty", "languageMap": null, "previousLanguageMap": {"en": "Yu"}}
    assert deleted["deletedAt"].endswith("Z")
    assert deleted["temperature"] == {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 21}
    assert deleted["at"] == {"type": "Relationship", "object": "urn:ngsi-ld:null", "previousObject": "urn:a:1"}


def test_what_happens_between_two_looks_is_told_once_as_it_stands(receiver: Receiver) -> None:
    subscribe(receiver.url, notification={"showChanges": True})
    write(temperature=20)
    deliver()
    write(temperature=21)
    write(temperature=22)
    write("urn:ngsi-ld:Room:2", temperature=5)
    deliver()
    assert len(receiver.taken) == 2
    assert [(e["id"][-1], e["temperature"]["value"]) for e in receiver.entities] == [("1", 20), ("1", 22), ("2", 5)]
    assert receiver.entities[1]["temperature"]["previousValue"] == 20


def test_contexts(receiver: Receiver) -> None:
    context = build_context({"temperature": "https://a.b/temperature"}, no_fetch)
    subscribe(receiver.url, context=context, entities=[{"type": "*"}], endpoint={"accept": "application/ld+json"})
    subscribe(receiver.url, context=context, entities=[{"type": "*"}])
    write(**{"https://a.b/temperature": prop(20)})
    deliver()
    linked, plain = sorted(receiver.taken, key=lambda body: "@context" not in body)
    assert linked["data"][0]["temperature"]["value"] == 20
    assert linked["@context"][0] == {"temperature": "https://a.b/temperature"}
    assert plain["data"][0]["https://a.b/temperature"]["value"] == 20


def test_geojson_headers_and_tenant(receiver: Receiver) -> None:
    info = [{"key": "X-Token", "value": "abc"}]
    subscribe(receiver.url, endpoint={"accept": "application/geo+json", "receiverInfo": info})
    write(**{LOCATION: POINT})
    deliver()
    [body] = receiver.taken
    assert body["data"]["type"] == "FeatureCollection"
    assert body["data"]["features"][0]["geometry"] == POINT["value"]
    assert receiver.headers[0]["X-Token"] == "abc"
    assert receiver.headers[0]["Content-Type"] == "application/geo+json"


def test_readings_of_devices_are_told_as_their_live_attributes(receiver: Receiver, make_device: Callable[..., Device]) -> None:
    device = make_device()
    api.ingest(batch(series_of(device)[COD, RTD], (0, 1.0)))
    subscribe(
        receiver.url, entities=[{"type": "Device"}], watchedAttributes=[COD], q=f"{COD}>1.5", notification={"attributes": [COD]}
    )
    api.ingest(batch(series_of(device)[COD, RTD], (1, 1.2)))
    deliver()
    api.ingest(batch(series_of(device)[COD, RTD], (2, 2.0)))
    deliver()
    [entity] = receiver.entities
    assert entity["id"] == f"urn:ngsi-ld:Device:{device.id}"
    assert entity[COD]["value"] == 2
    assert entity[COD]["observedAt"].startswith("2026-11-20T01:02:00")
