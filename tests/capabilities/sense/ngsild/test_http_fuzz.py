"""Whatever is sent, the answer is one of the standard's: never a fault of ours."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capabilities.sense.ngsild.client import CORE, LD, Broker

pytestmark = pytest.mark.django_db
URN = "urn:ngsi-ld:Room:1"
TEXTS = st.sampled_from(
    ["", "heat", "Room", URN, "urn:ngsi-ld:null", "2026-11-20T01:00:00Z", "@none", "id", "a:b", "\x00", "渝", "'\";--", "%", "\\"]
) | st.text(max_size=8)
NAMES = st.sampled_from(
    ["id", "type", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList", "observedAt", "unitCode",
     "datasetId", "scope", "location", "coordinates", "@context", "@id", "@type", "@value", "heat", "q", "entities", "geoQ",
     "notification", "endpoint", "temporalQ", "expiresAt"]
) | TEXTS  # fmt: skip
KINDS = st.sampled_from(["Property", "Relationship", "GeoProperty", "LanguageProperty", "VocabProperty", "ListProperty",
                         "ListRelationship", "JsonProperty", "Point", "Polygon", "Query", "Subscription"])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | KINDS
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=14
)
ENTITIES = st.builds(
    lambda more, kind: {**more, "id": URN, "type": kind},
    st.dictionaries(NAMES, BODIES, max_size=4),
    st.sampled_from(["Room", "T"]),
)
PATHS = st.sampled_from(
    ["entities", f"entities/{URN}", f"entities/{URN}/attrs", f"entities/{URN}/attrs/heat", f"entities/{URN}/attrs/location",
     "entityOperations/create", "entityOperations/upsert", "entityOperations/update", "entityOperations/merge",
     "entityOperations/delete", "entityOperations/query", "subscriptions", "subscriptions/urn:x:1", "temporal/entities",
     f"temporal/entities/{URN}", f"temporal/entities/{URN}/attrs", f"temporal/entities/{URN}/attrs/heat/urn:ngsi-ld:Instance:1",
     "temporal/entityOperations/query", "jsonldContexts", "types/Room", "attributes/heat", "csourceRegistrations"]
)  # fmt: skip
PARAMETERS = st.sampled_from(
    ["id", "type", "idPattern", "attrs", "pick", "omit", "q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty",
     "limit", "offset", "after", "count", "options", "format", "lang", "datasetId", "join", "joinLevel", "containedBy", "orderBy",
     "orderFrom", "collation", "timerel", "timeAt", "endTimeAt",
     "lastN", "aggrMethods", "aggrPeriodDuration", "local", "expandValues"]
)  # fmt: skip
VALUES = TEXTS | st.sampled_from(
    ["true", "heat>1", "heat==1..2", "heat~=.*", "!heat", "heat[a].b", "near;maxDistance==9", "within", "Point", "[106,29]", "[]",
     "[[[1,1],[2,2],[1,2],[1,1]]]", "inline", "flat", "keyValues", "before", "between", "P1D", "sum,avg", "aggregatedValues", "*",
     "/a/#", "desc", "heat;desc", "a,b", "a{b}", "0", "5", "99999999999999999999"]
)  # fmt: skip
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(answer: Any) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert not answer.json()["detail"].startswith("sense."), answer.json()


@QUICK
@given(
    method=st.sampled_from(["POST", "PATCH", "PUT", "DELETE"]),
    path=PATHS,
    body=ENTITIES | st.lists(ENTITIES, max_size=3) | BODIES,
    media=st.sampled_from(["application/json", LD, "application/merge-patch+json"]),
)
def test_bodies(broker: Broker, method: str, path: str, body: Any, media: str) -> None:
    broker.post("entityOperations/upsert", [{"id": URN, "type": "Room", "heat": 1}])
    if media == LD and isinstance(body, dict):
        body = {**body, "@context": body.get("@context", CORE)}
    check(broker.call(method, path, json.dumps(body), type=media))


@QUICK
@given(path=PATHS, given=st.dictionaries(PARAMETERS, VALUES, max_size=4), is_typed=st.booleans())
def test_parameters(broker: Broker, path: str, given: dict[str, str], is_typed: bool) -> None:
    from urllib.parse import urlencode

    broker.post("entityOperations/upsert", [{"id": URN, "type": "Room", "heat": 1}])
    check(broker.get(f"{path}?{urlencode(given | ({'type': 'Room'} if is_typed and path.endswith('entities') else {}))}"))


@QUICK
@given(
    accept=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    link=st.sampled_from(["", "<", "<x>; rel=", '<x>; rel="http://www.w3.org/ns/json-ld#context"', "<" * 40, ";;;,,,"]) | TEXTS,
    tenant=TEXTS,
)
def test_headers(broker: Broker, accept: str, link: str, tenant: str) -> None:
    plain = {name: value.encode("ascii", "ignore").decode().replace("\x00", "") for name, value in
             {"Accept": accept, "Link": link, "NGSILD_Tenant": tenant, "Prefer": accept}.items()}  # fmt: skip
    check(broker.get("entities?type=Room", **plain))


def test_a_body_in_pieces(broker: Broker) -> None:
    for body in (
        b"\xef\xbb\xbf{}",
        b'{"a": 1e999}',
        b'{"a": NaN}',
        b'{"id": "\\ud800"}',
        b'{"a":' * 900,
        b'"' + b"x" * 2_000_000,
    ):
        check(broker.call("POST", "entities", body))
