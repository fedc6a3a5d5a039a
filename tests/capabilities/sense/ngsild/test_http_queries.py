"""Queries over HTTP: clauses 5.7.2, 6.4.3.2, 6.23; purging 5.6.21."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.capabilities.sense.ngsild.client import CORE, LD, Broker, broker_at, refused

WEST = "[[[106.5,29],[106.525,29],[106.525,30],[106.5,30],[106.5,29]]]"
pytestmark = pytest.mark.django_db


@pytest.fixture
def rooms(broker: Broker) -> Broker:
    bodies = [
        {
            "id": f"urn:ngsi-ld:Room:{number}",
            "type": ["Room", "Hall"] if number == 5 else "Room",
            "scope": f"/House/F{number}",
            "heat": {"value": number * 10},
            "location": {"type": "Point", "coordinates": [106.5 + number / 100, 29.5]},
            "beside": {"object": f"urn:ngsi-ld:Room:{number % 5 + 1}"},
        }
        for number in range(1, 6)
    ]
    assert broker.post("entityOperations/create", bodies).status_code == 201
    return broker


def found(broker: Broker, query: str, **headers: str) -> list[int]:
    answer = broker.get("entities?" + query, **headers)
    assert answer.status_code == 200, answer.content
    return [int(one["id"].rpartition(":")[2]) for one in answer.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=Room", [1, 2, 3, 4, 5]),
        ("type=Hall", [5]),
        ("type=Room;Hall", [5]),
        ("type=(Hall|Garden),Room", [1, 2, 3, 4, 5]),
        ("type=Room&id=urn:ngsi-ld:Room:1,urn:ngsi-ld:Room:2", [1, 2]),
        ("type=Room&idPattern=[34]$", [3, 4]),
        ("attrs=heat", [1, 2, 3, 4, 5]),
        ("attrs=light", []),
        ("q=heat>20", [3, 4, 5]),
        ("q=heat==10|heat==50", [1, 5]),
        ("type=Room&scopeQ=/House/F2", [2]),
        ("type=Room&scopeQ=/House/%23", [1, 2, 3, 4, 5]),
        ("type=Room&georel=near;maxDistance==500&geometry=Point&coordinates=[106.53,29.5]", [3]),
        (
            "type=Room&georel=within&geometry=Polygon&coordinates=[[[106.5,29],[106.525,29],[106.525,30],[106.5,30],[106.5,29]]]",
            [1, 2],
        ),
        ("type=Room&orderBy=heat;desc", [5, 4, 3, 2, 1]),
        ("type=Room&limit=2&offset=3&orderBy=heat", [4, 5]),
        ("local=true&type=*", [1, 2, 3, 4, 5]),
    ],
)
def test_what_is_asked_for_is_found(rooms: Broker, query: str, expected: list[int]) -> None:
    told = found(rooms, quote(query, safe="=&%"))
    assert (told if "orderBy" in query else sorted(told)) == expected


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("", 400, "BadRequestData"),
        ("id=urn:x:1", 400, "BadRequestData"),
        ("type=Room&id=x", 400, "BadRequestData"),
        ("type=Room&idPattern=(", 400, "BadRequestData"),
        ("type=Room&idPattern=(a%2B)%2B", 400, "BadRequestData"),
        ("type=Room&q=heat>", 400, "BadRequestData"),
        ("type=Room&q=" + "(" * 40, 403, "TooComplexQuery"),
        ("type=Room&georel=near", 400, "BadRequestData"),
        ("type=Room&georel=near;maxDistance==1&geometry=Point&coordinates=x", 400, "BadRequestData"),
        ("type=Room&limit=0", 400, "BadRequestData"),
        ("type=Room&limit=-1", 400, "BadRequestData"),
        ("type=Room&limit=1001", 403, "TooManyResults"),
        ("type=Room&offset=x", 400, "BadRequestData"),
        ("type=Room&after=x", 400, "BadRequestData"),
        ("type=Room&count=1", 400, "BadRequestData"),
        ("type=Room&csf=a==1", 422, "OperationNotSupported"),
        ("type=Room&entityMap=true", 422, "OperationNotSupported"),
        ("type=Room&options=count", 400, "InvalidRequest"),
        ("type=Room&nonsense=1", 400, "InvalidRequest"),
        ("type=Room&orderBy=heat;up", 400, "BadRequestData"),
        ("type=Room&orderBy=heat;dist-asc", 400, "BadRequestData"),
        ("type=Room&scopeQ=/a//b", 400, "BadRequestData"),
    ],
)
def test_a_query_that_is_wrong_is_refused(broker: Broker, query: str, status: int, kind: str) -> None:
    answer = broker.get("entities?" + query)
    if query.startswith("type=Room&idPattern=(a"):
        kind = answer.json()["type"].rpartition("/")[2]
        status = answer.status_code
        assert kind in ("TooComplexQuery", "BadRequestData")
    refused(answer, status, kind)


def test_pages_lead_to_each_other(rooms: Broker) -> None:
    seen, path = [], "type=Room&limit=2&count=true&orderBy=heat"
    for _ in range(5):
        answer = rooms.get("entities?" + path)
        assert answer["NGSILD-Results-Count"] == "5"
        seen += [one["id"][-1] for one in answer.json()]
        following = re.search(r'<[^>]*\?([^>]*)>; rel="next"', answer["Link"])
        if following is None:
            break
        path = following[1]
    assert seen == list("12345")
    assert 'rel="prev"' in answer["Link"]
    counted = rooms.get("entities?type=Room&limit=0&count=true")
    assert (counted.json(), counted["NGSILD-Results-Count"]) == ([], "5")
    assert "NGSILD-Results-Count" not in rooms.get("entities?type=Room")


def test_a_query_in_a_body(rooms: Broker) -> None:
    def ask(**members: Any) -> list[str]:
        answer = rooms.post("entityOperations/query?options=keyValues", {"type": "Query", **members})
        assert answer.status_code == 200, answer.content
        told = [one["id"][-1] for one in answer.json()]
        return told if "ordering" in members else sorted(told)

    geo = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [106.53, 29.5]}
    assert ask(entities=[{"type": "Room"}], q="heat<30") == ["1", "2"]
    assert ask(entities=[{"id": "urn:ngsi-ld:Room:1", "type": "Room"}, {"type": "Hall"}]) == ["1", "5"]
    assert ask(entities=[{"type": "Room"}], geoQ=geo) == ["3"]
    assert ask(attrs=["heat"], ordering={"orderBy": ["heat;desc"]}) == ["5", "4", "3", "2", "1"]
    assert ask(entities=[{"type": "Room", "idPattern": "[12]$"}], scopeQ="/House/F1") == ["1"]
    for wrong in (
        {"entities": []},
        {"entities": [{"id": "urn:x:1"}]},
        {"entities": "Room"},
        {"attrs": []},
        {"q": 7},
        {"geoQ": 7},
        {"nonsense": 1},
        {},
    ):
        refused(rooms.post("entityOperations/query", {"type": "Query", **wrong}), 400, "BadRequestData")
    refused(rooms.post("entityOperations/query", {"entities": [{"type": "Room"}]}), 400, "BadRequestData")
    refused(rooms.post("entityOperations/query", []), 400, "InvalidRequest")
    own = {"type": "Query", "q": "warmth>40", "@context": [{"warmth": "https://uri.etsi.org/ngsi-ld/default-context/heat"}, CORE]}
    [hot] = rooms.post("entityOperations/query", own, type=LD, Accept=LD).json()
    assert hot["warmth"]["value"] == 50


def test_a_query_as_features_and_joined(rooms: Broker) -> None:
    features = rooms.get("entities?type=Room&limit=2", Accept="application/geo+json").json()
    assert (features["type"], len(features["features"]), features["@context"]) == ("FeatureCollection", 2, CORE)
    [one] = rooms.get("entities?type=Hall&join=inline&joinLevel=2").json()
    assert one["beside"]["entity"]["beside"]["entity"]["id"] == "urn:ngsi-ld:Room:2"
    assert found(rooms, "type=Hall&join=flat") == [5, 1]
    assert [one["@context"] for one in rooms.get("entities?type=Hall", Accept=LD).json()] == [CORE]


def test_purging_removes_what_a_query_finds(rooms: Broker) -> None:
    assert rooms.delete("entities?type=Room&q=heat>40").status_code == 204
    assert rooms.delete("entities?type=Room&q=heat==40&drop=heat").status_code == 204
    assert rooms.delete("entities?type=Room&q=heat==30&keep=heat").status_code == 204
    assert sorted(found(rooms, "type=Room")) == [1, 2, 3, 4]
    assert set(rooms.get("entities/urn:ngsi-ld:Room:3").json()) == {"id", "type", "scope", "heat"}
    assert "heat" not in rooms.get("entities/urn:ngsi-ld:Room:4").json()
    refused(rooms.delete("entities"), 400, "BadRequestData")
    refused(rooms.delete("entities?type=Room&keep=a&drop=b"), 400, "BadRequestData")


def test_only_what_is_within_reach_is_found(rooms: Broker) -> None:
    from yuzhou.kernel.places.api import path_of

    away = broker_at(path_of("500237"))
    assert found(away, "type=Room") == []
    refused(away.get("entities/urn:ngsi-ld:Room:1"), 404, "ResourceNotFound")
    assert away.delete("entities?type=Room").status_code == 204
    assert sorted(found(rooms, "type=Room")) == [1, 2, 3, 4, 5]
