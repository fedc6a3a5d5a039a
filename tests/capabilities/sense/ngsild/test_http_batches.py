"""Batches over HTTP: clauses 6.14 to 6.17 and 6.31 with 5.6.7 to 5.6.10 and 5.6.20."""

from typing import Any

import pytest

from tests.capabilities.sense.ngsild.client import CORE, ERRORS, LD, Broker, broker_at, refused

pytestmark = pytest.mark.django_db
OPERATIONS = "entityOperations/"


def room(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "heat": {"type": "Property", "value": number}, **more}


def ids(*numbers: int) -> list[str]:
    return [f"urn:ngsi-ld:Room:{number}" for number in numbers]


def heat(broker: Broker, number: int) -> Any:
    return broker.get(f"entities/urn:ngsi-ld:Room:{number}?options=keyValues").json().get("heat")


def test_all_are_created_or_it_is_told_which_not(broker: Broker) -> None:
    made = broker.post(OPERATIONS + "create", [room(1), room(2)])
    assert (made.status_code, made.json()) == (201, ids(1, 2))
    mixed = broker.post(OPERATIONS + "create", [room(2), room(3), {"id": "urn:ngsi-ld:Room:4"}, 7])
    assert (mixed.status_code, mixed.json()["success"]) == (207, ids(3))
    errors = {one["entityId"]: one["error"]["type"] for one in mixed.json()["errors"]}
    assert errors == {
        "urn:ngsi-ld:Room:2": ERRORS + "AlreadyExists",
        "urn:ngsi-ld:Room:4": ERRORS + "BadRequestData",
        "": ERRORS + "InvalidRequest",
    }


def test_upsert_creates_replaces_or_updates(broker: Broker) -> None:
    made = broker.post(OPERATIONS + "upsert", [room(1, light=5), room(2)])
    assert (made.status_code, made.json()) == (201, ids(1, 2))
    assert broker.post(OPERATIONS + "upsert?options=update", [room(1, heat=9)]).status_code == 204
    assert broker.get("entities/urn:ngsi-ld:Room:1?options=keyValues").json()["light"] == 5
    assert broker.post(OPERATIONS + "upsert", [room(1)]).status_code == 204
    assert "light" not in broker.get("entities/urn:ngsi-ld:Room:1").json()
    mixed = broker.post(OPERATIONS + "upsert", [room(1), room(3)])
    assert (mixed.status_code, mixed.json()) == (201, ids(3))
    refused(broker.post(OPERATIONS + "upsert?options=merge", [room(1)]), 400, "InvalidRequest")


def test_update_and_merge_need_what_is_there(broker: Broker) -> None:
    broker.post(OPERATIONS + "create", [room(1), room(2)])
    assert broker.post(OPERATIONS + "update", [room(1, heat=8)]).status_code == 204
    assert broker.post(OPERATIONS + "merge", [{"id": ids(2)[0], "heat": {"value": 7}}]).status_code == 204
    assert (heat(broker, 1), heat(broker, 2)) == (8, 7)
    for operation in ("update", "merge"):
        mixed = broker.post(OPERATIONS + operation, [room(1, heat=6), room(9)])
        assert (mixed.status_code, mixed.json()["success"]) == (207, ids(1))
        assert mixed.json()["errors"][0]["error"]["type"] == ERRORS + "ResourceNotFound"
    broker.post(OPERATIONS + "update?options=noOverwrite", [room(1, heat=1)])
    assert heat(broker, 1) == 6


def test_delete_tells_what_was_not_there(broker: Broker) -> None:
    broker.post(OPERATIONS + "create", [room(1), room(2)])
    assert broker.post(OPERATIONS + "delete", ids(1)).status_code == 204
    mixed = broker.post(OPERATIONS + "delete", [*ids(1, 2), "no uri", 7])
    assert (mixed.status_code, mixed.json()["success"], len(mixed.json()["errors"])) == (207, ids(2), 3)


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
def test_a_batch_is_an_array_of_a_thousand_at_most(broker: Broker, operation: str) -> None:
    refused(broker.post(OPERATIONS + operation, []), 400, "BadRequestData")
    refused(broker.post(OPERATIONS + operation, {}), 400, "BadRequestData")
    many = [f"urn:x:{number}" for number in range(1001)]
    body = many if operation == "delete" else [room(number) for number in range(1001)]
    refused(broker.post(OPERATIONS + operation, body), 403, "TooComplexQuery")


def test_each_entity_has_its_own_context(broker: Broker) -> None:
    own = {"heat": "https://example.org/heat"}
    bodies = [room(1) | {"@context": [own, CORE]}, room(2) | {"@context": CORE}, room(3)]
    mixed = broker.post(OPERATIONS + "create", bodies, type=LD)
    assert (mixed.status_code, mixed.json()["success"]) == (207, ids(1, 2))
    assert "https://example.org/heat" in broker.get("entities/urn:ngsi-ld:Room:1").json()


def test_one_without_the_right_writes_nothing(broker: Broker) -> None:
    reader = broker_at("50", "sense.device:read")
    refused(reader.post(OPERATIONS + "create", [room(1)]), 403)
    refused(broker.get("entities/urn:ngsi-ld:Room:1"), 404, "ResourceNotFound")
