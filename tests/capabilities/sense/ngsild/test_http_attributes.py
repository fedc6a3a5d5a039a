"""Attributes over HTTP: clauses 6.6 and 6.7 with 5.6.2 to 5.6.5 and 5.6.19."""

from typing import Any

import pytest

from tests.capabilities.sense.ngsild.client import Broker, refused

pytestmark = pytest.mark.django_db
HERE = "entities/urn:ngsi-ld:Room:1"
ATTRS = HERE + "/attrs"
SET = "urn:ngsi-ld:Dataset:2"


@pytest.fixture
def room(broker: Broker) -> Broker:
    body = {"id": "urn:ngsi-ld:Room:1", "type": "Room", "heat": {"value": 20}, "owner": {"object": "urn:x:1"}}
    assert broker.post("entities", body).status_code == 201
    return broker


def values(broker: Broker) -> dict[str, Any]:
    found: dict[str, Any] = broker.get(HERE + "?options=keyValues").json()
    return {name: value for name, value in found.items() if name not in ("id", "type")}


def test_append_adds_and_overwrites(room: Broker) -> None:
    assert room.post(ATTRS, {"heat": {"value": 21}, "light": {"value": 5}}).status_code == 204
    assert values(room) == {"heat": 21, "owner": "urn:x:1", "light": 5}


def test_append_without_overwriting_tells_what_was_left(room: Broker) -> None:
    answer = room.post(ATTRS + "?options=noOverwrite", {"heat": {"value": 21}, "light": {"value": 5}})
    assert answer.status_code == 207
    told = answer.json()
    assert (told["updated"], [one["attributeName"] for one in told["notUpdated"]]) == (["light"], ["heat"])
    assert told["notUpdated"][0]["reason"]
    assert values(room)["heat"] == 20


def test_update_replaces_and_removes(room: Broker) -> None:
    assert room.patch(ATTRS, {"heat": {"value": 22}, "owner": "urn:ngsi-ld:null"}).status_code == 204
    assert values(room) == {"heat": 22}


def test_a_partial_update_keeps_the_rest_of_the_attribute(room: Broker) -> None:
    room.patch(ATTRS, {"heat": {"value": 22, "unitCode": "CEL"}})
    assert room.patch(ATTRS + "/heat", {"value": 23}).status_code == 204
    assert room.get(HERE).json()["heat"] == {"type": "Property", "value": 23, "unitCode": "CEL"}
    refused(room.patch(ATTRS + "/light", {"value": 1}), 404, "ResourceNotFound")
    refused(room.patch(ATTRS + "/heat", {"value": 1, "datasetId": SET}), 404, "ResourceNotFound")
    refused(room.patch(ATTRS + "/heat", {"type": "Relationship", "object": "urn:x:2"}), 400, "BadRequestData")


def test_an_attribute_is_replaced_whole(room: Broker) -> None:
    room.patch(ATTRS, {"heat": {"value": 22, "unitCode": "CEL"}})
    assert room.put(ATTRS + "/heat", {"type": "Property", "value": 24}).status_code == 204
    assert room.get(HERE).json()["heat"] == {"type": "Property", "value": 24}
    refused(room.put(ATTRS + "/light", {"value": 1}), 404, "ResourceNotFound")
    refused(room.put(ATTRS + "/heat", {"type": "Property"}), 400, "BadRequestData")


def test_instances_are_deleted_one_by_one_or_all(room: Broker) -> None:
    room.post(ATTRS, {"heat": [{"value": 1}, {"value": 2, "datasetId": SET}]})
    assert room.delete(f"{ATTRS}/heat?datasetId={SET}").status_code == 204
    assert values(room)["heat"] == 1
    refused(room.delete(f"{ATTRS}/heat?datasetId={SET}"), 404, "ResourceNotFound")
    room.post(ATTRS, {"heat": [{"value": 1}, {"value": 2, "datasetId": SET}]})
    assert room.delete(f"{ATTRS}/heat?deleteAll=true").status_code == 204
    assert "heat" not in values(room)
    refused(room.delete(f"{ATTRS}/heat"), 404, "ResourceNotFound")
    refused(room.delete(f"{ATTRS}/owner?deleteAll=perhaps"), 400, "BadRequestData")


@pytest.mark.parametrize("path", ["entities/urn:ngsi-ld:none/attrs", "entities/urn:ngsi-ld:none/attrs/heat"])
def test_nothing_is_written_to_what_is_not_there(broker: Broker, path: str) -> None:
    body = {"value": 1} if path.endswith("heat") else {"heat": {"value": 1}}
    refused(broker.patch(path, body), 404, "ResourceNotFound")


def test_bodies_that_are_wrong(room: Broker) -> None:
    refused(room.post(ATTRS, []), 400, "InvalidRequest")
    refused(room.post(ATTRS, {"heat": {"type": "Property"}}), 400, "BadRequestData")
    refused(room.post(ATTRS + "?options=overwrite", {"heat": 1}), 400, "InvalidRequest")
    refused(room.patch(ATTRS + "/a<b", {"value": 1}), 400, "BadRequestData")
    refused(room.patch(ATTRS + "/heat", "null"), 400, "BadRequestData")
