"""Discovery (5.7.5 to 5.7.10), contexts (5.13), evolutions (5.6.11 to 5.6.16, 5.7.3, 5.7.4), subscriptions (5.8), federation."""

from typing import Any

import pytest

from tests.capabilities.sense.ngsild.client import CORE, LD, VOCAB, Broker, refused

pytestmark = pytest.mark.django_db
ROOM = "urn:ngsi-ld:Room:1"
BEFORE = "temporal/entities/" + ROOM


@pytest.fixture
def room(broker: Broker) -> Broker:
    body = {"id": ROOM, "type": "Room", "heat": {"value": 20}, "owner": {"object": "urn:x:1"}}
    assert broker.post("entities", body).status_code == 201
    return broker


def test_types_are_told_in_short_and_at_length(room: Broker) -> None:
    short = room.get("types").json()
    assert short["type"] == "EntityTypeList"
    assert "Room" in short["typeList"]
    [long] = [one for one in room.get("types?details=true").json() if one["typeName"] == "Room"]
    assert (long["id"], long["type"], sorted(long["attributeNames"])) == (VOCAB + "Room", "EntityType", ["heat", "owner"])
    one = room.get("types/Room").json()
    assert (one["type"], one["typeName"], one["entityCount"]) == ("EntityTypeInfo", "Room", 1)
    kinds = {each["attributeName"]: each["attributeTypes"] for each in one["attributeDetails"]}
    assert kinds == {"heat": ["Property"], "owner": ["Relationship"]}
    assert room.get("types/https%3A%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2FRoom").status_code == 200
    refused(room.get("types/Bus"), 404, "ResourceNotFound")
    refused(room.get("types/a%20b"), 400, "BadRequestData")
    refused(room.get("types?details=yes"), 400, "BadRequestData")


def test_attributes_are_told_in_short_and_at_length(room: Broker) -> None:
    assert {"heat", "owner"} <= set(room.get("attributes").json()["attributeList"])
    [long] = [one for one in room.get("attributes?details=true").json() if one["attributeName"] == "heat"]
    assert long["typeNames"] == ["Room"]
    one = room.get("attributes/heat", Accept=LD).json()
    assert (one["attributeCount"], one["attributeTypes"], one["typeNames"]) == (1, ["Property"], ["Room"])
    assert one["@context"] == CORE
    refused(room.get("attributes/light"), 404, "ResourceNotFound")


def test_a_context_is_hosted_used_and_deleted(room: Broker) -> None:
    made = room.post("jsonldContexts", {"@context": {"warmth": VOCAB + "heat"}}, type=LD)
    assert made.status_code == 201
    path = made["Location"].removeprefix("/ngsi-ld/v1/")
    assert room.get(path).json() == {"@context": {"warmth": VOCAB + "heat"}}
    url = "http://testserver" + made["Location"]
    assert url in room.get("jsonldContexts?kind=Hosted").json()
    details = room.get(path + "?details=true").json()
    assert (details["URL"], details["kind"]) == (url, "Hosted")
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    read = room.get("entities/" + ROOM, Link=link)
    assert read.json()["warmth"]["value"] == 20
    assert url in read["Link"]
    assert room.get("entities?q=warmth==20", Link=link, Accept=LD).json()[0]["@context"] == [url, CORE]
    assert room.delete(path).status_code == 204
    refused(room.get(path), 404, "ResourceNotFound")
    refused(room.post("jsonldContexts", {"terms": {}}), 400, "BadRequestData")
    refused(room.post("jsonldContexts", []), 400, "BadRequestData")
    refused(room.get("jsonldContexts?kind=Other"), 400, "BadRequestData")
    assert room.get("jsonldContexts/" + CORE).json()["@context"]
    refused(room.delete("jsonldContexts/" + CORE), 422, "OperationNotSupported")


def instance(value: float, minute: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-11-20T01:{minute:02}:00Z"}


def text(value: str, minute: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-11-20T01:{minute:02}:00Z"}


def test_an_evolution_is_written_read_and_removed(room: Broker) -> None:
    colours = [text("red", 1), text("green", 2), text("blue", 3)]
    assert room.post(BEFORE + "/attrs", {"colour": colours}).status_code == 204
    told = room.get(BEFORE + "?attrs=colour").json()
    assert [one["value"] for one in told["colour"]] == ["red", "green", "blue"]
    simple = room.get(BEFORE + "?attrs=colour&options=temporalValues&lastN=2").json()["colour"]
    assert simple["values"] == [["blue", "2026-11-20T01:03:00Z"], ["green", "2026-11-20T01:02:00Z"]]
    range_ = "timerel=between&timeAt=2026-11-20T01:00:00Z&endTimeAt=2026-11-20T02:00:00Z"
    counted = room.get(f"{BEFORE}?attrs=colour&options=aggregatedValues&aggrMethods=totalCount&{range_}").json()
    assert counted["colour"]["totalCount"][0][0] == 3
    [found] = room.get(f"temporal/entities?type=Room&attrs=colour&{range_}").json()
    assert len(found["colour"]) == 3
    query = {
        "type": "Query",
        "entities": [{"type": "Room"}],
        "attrs": ["colour"],
        "temporalQ": {"timerel": "after", "timeAt": "2026-11-20T01:02:00Z"},
    }
    [asked] = room.post("temporal/entityOperations/query", query).json()
    assert [one["value"] for one in asked["colour"]] == ["green", "blue"]
    first = told["colour"][0]["instanceId"]
    assert room.patch(f"{BEFORE}/attrs/colour/{first}", {"type": "Property", "value": "pink"}).status_code == 204
    assert room.delete(f"{BEFORE}/attrs/colour/{told['colour'][1]['instanceId']}").status_code == 204
    left = room.get(BEFORE + "?attrs=colour&options=temporalValues").json()["colour"]["values"]
    assert [value for value, _ in left] == ["pink", "blue"]
    assert room.delete(f"{BEFORE}/attrs/colour?deleteAll=true").status_code == 204
    assert room.delete(BEFORE).status_code == 204


def test_an_entity_is_made_of_its_evolution(broker: Broker) -> None:
    body = {"id": ROOM, "type": "Room", "colour": [text("red", 1), text("blue", 2)]}
    made = broker.post("temporal/entities", body)
    assert (made.status_code, made["Location"]) == (201, "/ngsi-ld/v1/temporal/entities/" + ROOM)
    assert broker.post("temporal/entities", body | {"colour": [text("grey", 3)]}).status_code == 204
    assert len(broker.get(BEFORE + "?attrs=colour").json()["colour"]) == 3


def test_evolutions_that_are_asked_for_wrongly(room: Broker) -> None:
    refused(room.get("temporal/entities?type=Room"), 400, "BadRequestData")
    refused(room.get("temporal/entities?timerel=before&timeAt=2026-11-20T01:00:00Z"), 400, "BadRequestData")
    for query in ("timerel=around", "timerel=before", "timerel=before&timeAt=now", "lastN=0", "options=aggregatedValues"):
        refused(room.get(f"{BEFORE}?{query}"), 400, "BadRequestData")
    refused(room.get("temporal/entities/urn:ngsi-ld:none"), 404, "ResourceNotFound")
    refused(room.get(BEFORE + "?options=everything"), 400, "InvalidRequest")
    refused(room.patch(f"{BEFORE}/attrs/heat/urn:ngsi-ld:Instance:1", {"value": 1}), 404, "ResourceNotFound")


def test_a_subscription_lives(broker: Broker) -> None:
    body = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "watchedAttributes": ["heat"],
        "notification": {"endpoint": {"uri": "https://example.org/told", "accept": "application/json"}},
    }
    made = broker.post("subscriptions", body)
    if made.status_code != 201:
        assert "address" in made.json()["detail"] or made.json()["type"], made.content
        pytest.skip("no names are resolved here")
    path = made["Location"].removeprefix("/ngsi-ld/v1/")
    told = broker.get(path).json()
    assert (told["status"], told["watchedAttributes"]) == ("active", ["heat"])
    assert broker.patch(path, {"isActive": False}).status_code == 204
    listed = broker.get("subscriptions?count=true&options=sysAttrs")
    assert (listed["NGSILD-Results-Count"], listed.json()[0]["status"]) == ("1", "paused")
    assert broker.delete(path).status_code == 204
    refused(broker.get(path), 404, "ResourceNotFound")


def test_subscriptions_that_are_wrong(broker: Broker) -> None:
    refused(broker.post("subscriptions", {"type": "Subscription"}), 400, "BadRequestData")
    refused(broker.post("subscriptions", []), 400, "BadRequestData")
    refused(broker.patch("subscriptions/urn:ngsi-ld:none", {"isActive": False}), 404, "ResourceNotFound")
    refused(broker.delete("subscriptions/urn:ngsi-ld:none"), 404, "ResourceNotFound")


def test_this_is_no_federation(broker: Broker) -> None:
    for path in ("csourceRegistrations", "csourceRegistrations/urn:x:1", "csourceSubscriptions", "entityMaps/urn:x:1"):
        refused(broker.get(path), 422, "OperationNotSupported")
        refused(broker.post(path, {}), 422, "OperationNotSupported")
    identity = broker.get("info/sourceIdentity").json()
    assert identity["type"] == "ContextSourceIdentity"
