"""How entities evolved, over HTTP: clauses 6.18 to 6.22 and 6.24 with 5.6.11 to 5.6.16, 5.7.3, 5.7.4."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.capabilities.sense.ngsild.client import CORE, LD, Broker, broker_at, refused
from tests.capabilities.sense.stage import COD, RTD, SYSTEM, as_owner, batch, minute, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.selectors.entities import history, series_history
from yuzhou.kernel.places.api import path_of
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_engine")]
THING = "urn:ngsi-ld:Thing:1"
HERE = "temporal/entities/" + THING


def at(n: float) -> str:
    return minute(n).strftime("%Y-%m-%dT%H:%M:%SZ")


RANGE = f"timerel=between&timeAt={at(0)}&endTimeAt={at(60)}"


def notes(*texts: Any, start: int = 0) -> list[dict[str, Any]]:
    return [{"type": "Property", "value": text, "observedAt": at(start + n)} for n, text in enumerate(texts)]


def thing(*texts: Any, urn: str = THING) -> dict[str, Any]:
    return {"id": urn, "type": "Thing", "note": notes(*(texts or "abc"))}


@pytest.fixture
def device(make_device: Callable[..., Device]) -> str:
    """The URN of a device that has sent ten readings, one a minute."""
    device = make_device()
    with as_owner(), acting_as(SYSTEM):
        api.ingest(batch(series_of(device)[COD, RTD], *((n, float(n)) for n in range(10))))
    return f"urn:ngsi-ld:Device:{device.id}"


@pytest.fixture
def there(broker: Broker) -> Broker:
    assert broker.post("temporal/entities", thing()).status_code == 201
    return broker


def values(response: Any, name: str = "note") -> list[Any]:
    assert response.status_code in (200, 206), response.content
    body = response.json()
    return [one["value"] for one in (body[0] if isinstance(body, list) else body)[name]]


def test_what_an_entity_was_is_taken_and_told(broker: Broker) -> None:
    made = broker.post("temporal/entities/", thing())
    assert (made.status_code, made["Location"]) == (201, "/ngsi-ld/v1/" + HERE)
    told = broker.get(HERE)
    assert values(told) == ["a", "b", "c"]
    assert (told.json()["note"][0]["observedAt"], CORE in told["Link"]) == (at(0), True)
    again = broker.post("temporal/entities", thing("d") | {"@context": CORE}, type=LD)
    assert (again.status_code, again.content) == (204, b"")
    assert broker.get(HERE, Accept=LD).json()["@context"] == CORE


def test_readings_of_a_device_are_told(broker: Broker, device: str) -> None:
    here = f"temporal/entities/{device}?{RANGE}&attrs={COD}"
    told = broker.get(here)
    assert values(told, COD) == [float(n) for n in range(10)]
    assert told.json()[COD][0]["unitCode"] == "M1"
    assert values(broker.get(here + "&lastN=2"), COD) == [9.0, 8.0]
    pairs = broker.get(here + "&options=temporalValues&lastN=1").json()[COD]["values"]
    assert pairs[0][0] == 9.0
    come_to = broker.get(here + "&format=aggregatedValues&aggrMethods=avg,totalCount&aggrPeriodDuration=PT5M").json()[COD]
    assert [value for value, _, _ in come_to["avg"]] == [2.0, 7.0]
    assert [value for value, _, _ in come_to["totalCount"]] == [5, 5]
    assert "modifiedAt" in broker.get(here + "&options=audit").json()[COD][0]
    assert "modifiedAt" not in told.json()[COD][0]


def test_queries_find_entities_by_what_they_are_and_tell_what_they_were(there: Broker, device: str) -> None:
    there.post("temporal/entities", thing("x", urn="urn:ngsi-ld:Thing:2"))
    found = there.get(f"temporal/entities?type=Thing&{RANGE}&limit=1&count=true")
    assert (values(found), found["NGSILD-Results-Count"]) == (["a", "b", "c"], "2")
    assert 'rel="next"' in found["Link"]
    body = {
        "type": "Query",
        "entities": [{"type": "Device", "id": device}],
        "attrs": [COD],
        "temporalQ": {"timerel": "after", "timeAt": at(5), "lastN": 3},
    }
    assert values(there.post("temporal/entityOperations/query", body), COD) == [9.0, 8.0, 7.0]
    grouped = body | {"aggrParams": {"aggrMethods": ["max"]}}
    told = there.post("temporal/entityOperations/query?options=aggregatedValues", grouped).json()
    assert told[0][COD]["max"][0][0] == 9.0
    assert there.get(f"temporal/entities?type=Thing&timerel=before&timeAt={at(0)}").json() == []


def test_instances_are_added_changed_and_removed(there: Broker) -> None:
    assert there.post(HERE + "/attrs/", {"note": notes("d", start=3)}).status_code == 204
    first, second, *_ = (one["instanceId"] for one in there.get(HERE).json()["note"])
    assert there.patch(f"{HERE}/attrs/note/{first}", {"note": [{"type": "Property", "value": "A"}]}).status_code == 204
    assert there.patch(f"{HERE}/attrs/note/{second}", {"value": "B"}).status_code == 204
    assert values(there.get(HERE)) == ["A", "B", "c", "d"]
    name = quote("https://uri.etsi.org/ngsi-ld/default-context/note", safe="")
    assert there.delete(f"{HERE}/attrs/{name}/{first}").status_code == 204
    refused(there.delete(f"{HERE}/attrs/note/{first}"), 404, "ResourceNotFound")
    refused(there.patch(f"{HERE}/attrs/note/{first}", {"value": "Z"}), 404, "ResourceNotFound")
    for wrong in ({"value": "urn:ngsi-ld:null"}, {"type": "Relationship", "object": THING}, {"note": 7}):
        refused(there.patch(f"{HERE}/attrs/note/{second}", wrong), 400, "BadRequestData")
    refused(there.patch(f"{HERE}/attrs/note/{second}", [1]), 400, "InvalidRequest")
    assert there.delete(f"{HERE}/attrs/note").status_code == 204
    refused(there.delete(f"{HERE}/attrs/note?deleteAll=true"), 404, "ResourceNotFound")
    assert there.delete(HERE).status_code == 204


def test_readings_are_not_changed_here(broker: Broker, device: str) -> None:
    here = "temporal/entities/" + device
    reading = broker.get(f"{here}?{RANGE}").json()[COD][0]["instanceId"]
    for response in (
        broker.delete(f"{here}/attrs/{COD}/{reading}"),
        broker.patch(f"{here}/attrs/{COD}/{reading}", {"value": 1}),
        broker.delete(f"{here}/attrs/{COD}"),
        broker.delete(here),
    ):
        refused(response, 422, "OperationNotSupported")


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ("timerel=during&timeAt=2026-01-01T00:00:00Z", "BadRequestData"),
        ("timerel=after", "BadRequestData"),
        ("timerel=after&timeAt=yesterday", "BadRequestData"),
        ("timerel=between&timeAt=2026-01-01T00:00:00Z", "BadRequestData"),
        ("timerel=between&timeAt=2026-01-02T00:00:00Z&endTimeAt=2026-01-01T00:00:00Z", "BadRequestData"),
        ("timerel=", "BadRequestData"),
        ("timeAt=2026-01-01T00:00:00Z", "BadRequestData"),
        (f"{RANGE}&timeproperty=value", "BadRequestData"),
        (f"{RANGE}&lastN=0", "BadRequestData"),
        (f"{RANGE}&lastN=-1", "BadRequestData"),
        (f"{RANGE}&lastN=20000", "BadRequestData"),
        (f"{RANGE}&options=aggregatedValues", "BadRequestData"),
        (f"{RANGE}&options=aggregatedValues&aggrMethods=median", "BadRequestData"),
        (f"{RANGE}&options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=5m", "BadRequestData"),
        (f"{RANGE}&options=aggregatedValues,temporalValues", "InvalidRequest"),
        (f"{RANGE}&format=rainbow", "InvalidRequest"),
        (f"{RANGE}&options=rainbow", "InvalidRequest"),
        (f"{RANGE}&lastn=1", "InvalidRequest"),
        (f"{RANGE}&lastN=1&lastN=2", "InvalidRequest"),
        (f"{RANGE}&attrs=a%3Cb", "BadRequestData"),
        (f"{RANGE}&datasetId=", "BadRequestData"),
    ],
)
def test_parameters_at_fault_are_problems(there: Broker, parameters: str, kind: str) -> None:
    refused(there.get(f"{HERE}?{parameters}"), 400, kind)
    refused(there.get(f"temporal/entities?type=Thing&{parameters}"), 400, kind)


def test_a_query_needs_a_time_and_something_to_find(there: Broker) -> None:
    query = "temporal/entityOperations/query"
    refused(there.get("temporal/entities?type=Thing"), 400, "BadRequestData")
    refused(there.get(f"temporal/entities?{RANGE}"), 400, "BadRequestData")
    refused(there.post(query, {"type": "Query", "entities": [{"type": "Thing"}]}), 400, "BadRequestData")
    parts: list[Any] = [7, [], {"when": "now"}, {"timerel": 5}, {"timerel": "after", "timeAt": 5}]
    for part in parts:
        body = {"type": "Query", "entities": [{"type": "Thing"}], "temporalQ": part}
        refused(there.post(query, body), 400, "BadRequestData")
    refused(there.post(query, []), 400, "InvalidRequest")


@pytest.mark.parametrize(
    "body", [{"note": notes("a")}, {"id": THING}, {"id": "no uri", "type": "Thing"}, thing() | {"note": [{"type": "Property"}]}]
)
def test_a_body_that_is_no_evolution_is_refused(broker: Broker, body: Any) -> None:
    refused(broker.post("temporal/entities", body), 400, "BadRequestData")


def test_methods_and_forms_that_are_not_there(there: Broker) -> None:
    refused(there.patch(HERE, {}), 405)
    refused(there.get(HERE, Accept="application/geo+json"), 406)
    refused(there.get("temporal/entities/no-uri"), 400, "BadRequestData")
    refused(there.get("temporal/entities/urn:ngsi-ld:Thing:9"), 404, "ResourceNotFound")
    refused(there.post("temporal/entities/urn:ngsi-ld:Thing:9/attrs", {"note": notes("a")}), 404, "ResourceNotFound")
    refused(there.post(HERE + "/attrs", thing(urn="urn:ngsi-ld:Thing:9")), 400, "BadRequestData")


def test_who_may_see_and_write(there: Broker, device: str) -> None:
    far, reader, nobody = broker_at(path_of("500237")), broker_at("50", "sense.device:read"), Broker()
    refused(far.get(f"temporal/entities/{device}"), 404, "ResourceNotFound")
    refused(far.post(f"temporal/entities/{device}/attrs", {"note": notes("a")}), 404, "ResourceNotFound")
    assert far.get(f"temporal/entities?type=Device,Thing&{RANGE}").json() == []
    assert values(reader.get(f"temporal/entities/{device}?{RANGE}"), COD)
    refused(reader.post(HERE + "/attrs", {"note": notes("z")}), 403)
    refused(reader.delete(HERE), 403)
    refused(nobody.get(HERE), 401)
    refused(there.get(HERE, NGSILD_Tenant=str(uuid4())), 404, "NonexistentTenant")


def test_what_is_too_much_for_one_answer_is_told_in_parts(broker: Broker, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_history, "MOST_INSTANCES", 4)
    monkeypatch.setattr(history, "MOST_INSTANCES", 4)
    here = f"temporal/entities/{device}?attrs={COD}&datasetId=@none"
    part = broker.get(f"{here}&{RANGE}")
    assert (part.status_code, values(part, COD)) == (206, [0.0, 1.0, 2.0, 3.0])
    assert part["Content-Range"] == f"date-time {at(0)}-{at(3)}/*"
    rest = broker.get(f"{here}&timerel=after&timeAt={at(6)}")
    assert (rest.status_code, values(rest, COD), "Content-Range" in rest) == (200, [6.0, 7.0, 8.0, 9.0], False)
    newest = broker.get(f"{here}&{RANGE}&lastN=6")
    assert (newest.status_code, values(newest, COD)) == (206, [9.0, 8.0, 7.0, 6.0])
    assert newest["Content-Range"] == f"date-time {at(60)}-{at(6)}/6"


def test_parts_of_several_series_end_at_one_moment(broker: Broker, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_INSTANCES", 4)
    assert broker.post(f"temporal/entities/{device}/attrs", {"note": notes(*"abcdef")}).status_code == 204
    here = f"temporal/entities/{device}?attrs={COD},note&datasetId=@none&{RANGE}"
    part = broker.get(here)
    assert (values(part), values(part, COD)) == (list("abcd"), [0.0, 1.0, 2.0, 3.0])
    assert part["Content-Range"] == f"date-time {at(0)}-{at(3)}/*"
    newest = broker.get(here + "&lastN=8")
    assert (values(newest), values(newest, COD)) == (list("fedc"), [float(n) for n in range(9, 1, -1)])
    assert newest["Content-Range"] == f"date-time {at(60)}-{at(2)}/8"
