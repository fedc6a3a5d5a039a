"""Entities over HTTP: clauses 6.4 and 6.5 with 5.6.1, 5.6.6, 5.6.17, 5.6.18, 5.7.1."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.capabilities.sense.ngsild.client import CORE, LD, VOCAB, Broker, broker_at, refused

pytestmark = pytest.mark.django_db
LOT = "urn:ngsi-ld:ParkingLot:1"
HERE = "entities/" + LOT


def lot(urn: str = LOT, **more: Any) -> dict[str, Any]:
    return {
        "id": urn,
        "type": "ParkingLot",
        "free": {"type": "Property", "value": 12, "unitCode": "C62"},
        "operator": {"type": "Relationship", "object": "urn:ngsi-ld:Firm:1"},
        "name": {"type": "LanguageProperty", "languageMap": {"zh": "停车场", "en": "Car park"}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.55, 29.56]}},
        **more,
    }


@pytest.fixture
def there(broker: Broker) -> Broker:
    assert broker.post("entities", lot()).status_code == 201
    return broker


def test_a_created_entity_has_an_address_and_is_read_there(broker: Broker) -> None:
    made = broker.post("entities", lot())
    assert (made.status_code, made["Location"], made.content) == (201, "/ngsi-ld/v1/" + HERE, b"")
    read = broker.get(HERE)
    assert read.json() == lot()
    assert read["Content-Type"] == "application/json"
    assert read["Link"] == f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def test_what_is_there_is_not_created_again(there: Broker) -> None:
    refused(there.post("entities", lot()), 409, "AlreadyExists")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "InvalidRequest"),
        (" ", "InvalidRequest"),
        (b"\xff\xfe", "InvalidRequest"),
        ("[" * 2000, "InvalidRequest"),
        ([], "InvalidRequest"),
        (7, "InvalidRequest"),
        ({"type": "T"}, "BadRequestData"),
        ({"id": "urn:x:1"}, "BadRequestData"),
        ({"id": "no uri", "type": "T"}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "a<b"}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property"}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": None}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Relationship", "object": "no uri"}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": {"value": 1, "observedAt": "yesterday"}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "location": {"type": "GeoProperty", "value": {"type": "Point"}}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": "nul\x00"}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "@context": "https://example.org/c.jsonld"}, "BadRequestData"),
    ],
)
def test_a_body_that_is_no_entity_is_refused(broker: Broker, body: Any, kind: str) -> None:
    refused(broker.post("entities", body), 400, kind)


def test_the_context_stands_in_the_body_or_in_a_header(broker: Broker) -> None:
    context = {"free": "https://example.org/free"}
    link = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    assert broker.post("entities", lot() | {"@context": [context, CORE]}, type=LD).status_code == 201
    assert "https://example.org/free" in broker.get(HERE).json()
    own = broker.get(HERE, Accept=LD)
    assert (own["Content-Type"], own.json()["@context"], own.has_header("Link")) == (LD, CORE, False)
    refused(broker.post("entities", lot(), type=LD), 400, "BadRequestData")
    refused(broker.post("entities", lot() | {"@context": CORE}, type=LD, Link=link), 400, "BadRequestData")
    refused(broker.post("entities", lot(), Link=f"{link}, {link}"), 400, "BadRequestData")
    refused(broker.get(HERE, Link=link), 503, "LdContextNotAvailable")
    refused(broker.post("entities", lot() | {"@context": 7}, type=LD), 400, "BadRequestData")


def test_headers_that_do_not_fit_are_refused(there: Broker) -> None:
    refused(there.post("entities", lot(), type="text/plain"), 415)
    refused(there.post("entities", lot(), type="application/merge-patch+json"), 415)
    refused(there.get(HERE, Accept="text/html"), 406)
    refused(there.get(HERE, Accept="application/json;q=0"), 406)
    refused(there.call("PROPFIND", HERE), 405)
    gone = there.call("POST", HERE, {})
    refused(gone, 405)
    assert gone["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    assert there.call("OPTIONS", "entities")["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    refused(there.get("nowhere"), 404, "ResourceNotFound")


def test_the_best_form_that_is_accepted_is_answered(there: Broker) -> None:
    def form(accept: str) -> str:
        return there.get(HERE, Accept=accept)["Content-Type"]

    assert form("*/*") == "application/json"
    assert form("application/*") == "application/json"
    assert form("application/json;q=0.5, application/ld+json") == LD
    assert form("application/ld+json;q=0.5, */*;q=0.1") == LD
    assert form("text/html, application/geo+json") == "application/geo+json"
    assert form("application/ld+json, application/json;q=0.9") == LD


def test_an_unknown_parameter_or_option_is_refused(there: Broker) -> None:
    for query in ("atrs=free", "options=compact", "attrs=free&attrs=name"):
        refused(there.get(f"{HERE}?{query}"), 400, "InvalidRequest")
    for query in ("attrs=free&pick=name", "lang=%00x", "joinLevel=2", "join=all", "attrs=", "containedBy=x"):
        assert there.get(f"{HERE}?{query}").status_code == 400, query


def test_an_entity_is_answered_in_the_forms_of_the_standard(there: Broker) -> None:
    simple = there.get(f"{HERE}?options=keyValues").json()
    assert (simple["free"], simple["operator"]) == (12, "urn:ngsi-ld:Firm:1")
    assert there.get(f"{HERE}?format=concise").json()["free"] == {"value": 12, "unitCode": "C62"}
    assert set(there.get(f"{HERE}?attrs=free").json()) == {"id", "type", "free"}
    assert set(there.get(f"{HERE}?pick=id,free").json()) == {"id", "free"}
    assert "free" not in there.get(f"{HERE}?omit=free").json()
    assert there.get(f"{HERE}?lang=zh").json()["name"] == {"type": "Property", "value": "停车场", "lang": "zh"}
    assert "createdAt" in there.get(f"{HERE}?options=sysAttrs").json()
    refused(there.get(f"{HERE}?attrs=other"), 404, "ResourceNotFound")
    refused(there.get(f"{HERE}?type=Bus"), 404, "ResourceNotFound")


def test_an_entity_as_a_feature(there: Broker) -> None:
    feature = there.get(HERE, Accept="application/geo+json").json()
    assert (feature["type"], feature["geometry"]["type"], feature["@context"]) == ("Feature", "Point", CORE)
    plain = there.get(HERE, Accept="application/geo+json", Prefer="body=json")
    assert "@context" not in plain.json()
    assert CORE in plain["Link"]
    refused(there.get(HERE, Accept="application/geo+json", Prefer="body=xml"), 400, "InvalidRequest")


def test_a_merge_changes_what_it_names(there: Broker) -> None:
    body = {"free": {"value": 11}, "operator": "urn:ngsi-ld:null", "open": True}
    answer = there.patch(HERE, body, type="application/merge-patch+json")
    assert (answer.status_code, answer.content) == (204, b"")
    found = there.get(f"{HERE}?options=concise").json()
    assert (found["free"], found["open"]) == ({"value": 11, "unitCode": "C62"}, True)
    assert "operator" not in found
    refused(there.patch("entities/urn:ngsi-ld:none", body), 404, "ResourceNotFound")
    refused(there.patch(HERE, {"id": "urn:other:1", "free": 1}), 400, "BadRequestData")
    refused(there.patch(f"{HERE}?observedAt=now", body), 400, "BadRequestData")
    refused(there.patch("entities/nothing", body), 400, "BadRequestData")


def test_a_replacement_leaves_nothing_of_before(there: Broker) -> None:
    assert there.put(HERE, {"id": LOT, "type": "ParkingLot", "colour": "red"}).status_code == 204
    assert there.get(f"{HERE}?options=keyValues").json() == {"id": LOT, "type": "ParkingLot", "colour": "red"}
    refused(there.put("entities/urn:ngsi-ld:none", {"type": "T"}), 404, "ResourceNotFound")


def test_a_deleted_entity_is_gone(there: Broker) -> None:
    assert there.delete(HERE).status_code == 204
    refused(there.get(HERE), 404, "ResourceNotFound")
    refused(there.delete(HERE), 404, "ResourceNotFound")
    refused(there.delete("entities/no%20uri"), 400, "BadRequestData")


@pytest.mark.parametrize("urn", ["urn:ngsi-ld:Café:渝州", "http://example.org/a/b?c=d#e", "urn:x:%25;=&+,'()!*", "urn:x:a/b"])
def test_an_id_may_have_odd_signs(broker: Broker, urn: str) -> None:
    made = broker.post("entities", lot(urn))
    assert made.status_code == 201, made.content
    read = broker._client.get(made["Location"], headers=broker._headers)
    assert read.json()["id"] == urn
    path = "entities/" + quote(urn, safe="")
    assert broker.patch(f"{path}/attrs/free", {"value": 3}).status_code == 204
    assert broker.get(f"{path}?options=keyValues").json()["free"] == 3
    name = quote(VOCAB + "free", safe="")
    assert broker.delete(f"{path}/attrs/{name}").status_code == 204
    assert broker.delete(path).status_code == 204


def test_linked_entities_come_inline_or_flat(there: Broker) -> None:
    there.post("entities", {"id": "urn:ngsi-ld:Firm:1", "type": "Firm", "staff": 7})
    inline = there.get(f"{HERE}?join=inline").json()
    assert inline["operator"]["entity"]["staff"]["value"] == 7
    assert [one["id"] for one in there.get(f"{HERE}?join=flat").json()] == [LOT, "urn:ngsi-ld:Firm:1"]
    assert "entity" not in there.get(f"{HERE}?join=inline&containedBy=urn:ngsi-ld:Firm:1").json()["operator"]
    refused(there.get(f"{HERE}?join=inline&joinLevel=50"), 403, "TooComplexQuery")


def test_who_may_read_and_write(there: Broker) -> None:
    refused(Broker().get(HERE), 401)
    assert Broker().get(HERE)["WWW-Authenticate"]
    reader = broker_at("50", "sense.device:read")
    assert reader.get(HERE).status_code == 200
    refused(reader.delete(HERE), 403)
    wrong = Broker("nonsense").get(HERE)
    assert (wrong.status_code, wrong["Content-Type"]) == (401, "application/problem+json")


def test_a_tenant_that_is_not_there(there: Broker) -> None:
    refused(there.get(HERE, NGSILD_Tenant="nobody"), 404, "NonexistentTenant")
    refused(there.post("entities", lot("urn:x:2"), NGSILD_Tenant="91500000000000000X"), 404, "NonexistentTenant")
