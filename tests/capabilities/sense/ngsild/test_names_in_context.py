"""Contexts of NGSI-LD: what names mean, what is refused; and fragments of values alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules.ngsild.changes import create, merge
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.core_context import CORE_URL, DEFAULT_VOCAB, core_document
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity
from yuzhou.capabilities.sense.rules.ngsild.representation import Form, View, represent
from yuzhou.capabilities.sense.rules.ngsild.simplified import read_simplified

NOW = "2026-01-01T00:00:00.000000Z"
HOSTED = {
    "https://a.example/c.jsonld": {"@context": ["b.jsonld", {"Car": "x:Car"}]},
    "https://a.example/b.jsonld": {"@context": {"x": "https://x.example/", "name": "x:name"}},
    "https://a.example/loop.jsonld": {"@context": "https://a.example/loop.jsonld"},
    "https://a.example/none.jsonld": {"no": "context"},
}


def fetch(url: str) -> Any:
    return HOSTED[url] if url in HOSTED else no_fetch(url)


def test_the_core_says_what_the_standard_says() -> None:
    expected = {
        "value": "https://uri.etsi.org/ngsi-ld/hasValue", "object": "https://uri.etsi.org/ngsi-ld/hasObject",
        "location": "https://uri.etsi.org/ngsi-ld/location", "description": "http://purl.org/dc/terms/description",
        "Point": "https://purl.org/geojson/vocab#Point", "speed": DEFAULT_VOCAB + "speed", "id": "@id",
        "ngsi-ld:x": "https://uri.etsi.org/ngsi-ld/x", "urn:x:y": "urn:x:y", "http://a/b": "http://a/b",
    }  # fmt: skip
    assert {name: CORE_CONTEXT.expand(name) for name in expected} == expected
    assert (CORE_CONTEXT.coerces("observedAt"), CORE_CONTEXT.coerces("object")) == (
        "https://uri.etsi.org/ngsi-ld/DateTime",
        "@id",
    )
    assert build_context(core_document()["@context"], no_fetch).expand("value") == expected["value"]
    assert build_context("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld", no_fetch) is CORE_CONTEXT


def test_contexts_at_addresses() -> None:
    context = build_context("https://a.example/c.jsonld", fetch)
    assert context.expand("Car") == "https://x.example/Car"
    assert context.expand("name") == "https://x.example/name"
    assert (context.url, context.member) == ("https://a.example/c.jsonld", ["https://a.example/c.jsonld", CORE_URL])


def test_the_core_cannot_be_overridden() -> None:
    context = build_context([CORE_URL, {"value": "http://e/value", "location": "http://e/location", "mine": "http://e/m"}], fetch)
    assert context.expand("value") == "https://uri.etsi.org/ngsi-ld/hasValue"
    assert context.expand("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert context.expand("mine") == "http://e/m"


@pytest.mark.parametrize(
    "source",
    [1, True, [1], {"a": 1}, {"a": {"@id": 1}}, {"@version": 1.0}, {"@vocab": 1}, {"a": "b:x", "b": "a:y"}, "no address",
     "https://a.example/loop.jsonld", "https://a.example/none.jsonld", [[[[[[[[[[[[[[{}]]]]]]]]]]]]]],
     {f"t{n}": f"t{n + 1}:x" for n in range(200)} | {"t200": "http://e/"}],
)  # fmt: skip
def test_what_is_no_context(source: Any) -> None:
    with pytest.raises(Problem) as caught:
        build_context(source, fetch)
    assert caught.value.kind is ProblemKind.BAD_REQUEST_DATA


def test_what_cannot_be_fetched() -> None:
    with pytest.raises(Problem) as caught:
        build_context("https://elsewhere.example/c.jsonld", fetch)
    assert caught.value.kind is ProblemKind.LD_CONTEXT_NOT_AVAILABLE


IRIS = st.sampled_from(["http://e/", "http://e/a", "http://e/b#", "urn:x:", "x:a", "y:b", "a", DEFAULT_VOCAB])
DEFINITIONS = st.one_of(IRIS, st.none(), st.builds(lambda iri: {"@id": iri, "@prefix": True}, IRIS))
NAMES = st.sampled_from(["a", "b", "x", "y", "x:a", "http://e/a", "value", "渝"])


@given(st.dictionaries(NAMES, DEFINITIONS), st.sampled_from(["a", "b", "c", "http://e/a/b", "http://e/b#c", "urn:x:q", "渝"]))
def test_compacting_is_undone_by_expanding(source: dict[str, Any], name: str) -> None:
    try:
        context = build_context(source, no_fetch)
    except Problem:
        return
    iri = context.expand(name)
    assert iri.startswith("@") or context.expand(context.compact(iri)) == iri


def test_values_alone_keep_the_types_that_are_there() -> None:
    body = {
        "id": "urn:x:1", "type": "T", "a": 1, "by": {"object": "urn:x:2"}, "name": {"languageMap": {"en": "x", "fr": "y"}},
        "kind": {"vocab": "big"}, "raw": {"json": {"k": 1}}, "list": {"valueList": [1]},
        "multi": [{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}],
    }  # fmt: skip
    entity = create(read_entity(body, CORE_CONTEXT), NOW).entity
    part = {
        "a": 2, "by": "urn:x:3", "name": "z", "kind": {"vocab": "small"}, "raw": {"json": {"j": 2}}, "list": [2, 3],
        "multi": {"dataset": {"@none": 5, "urn:d:1": 6}}, "new": {"type": "Point", "coordinates": [1, 2]}, "text": "urn:x:4",
    }  # fmt: skip
    fragment = read_simplified(part, CORE_CONTEXT, entity, Purpose.MERGE, "fr")
    shown = represent(merge(entity, fragment, NOW).entity, CORE_CONTEXT, View(Form.CONCISE))
    assert shown == {
        "id": "urn:x:1", "type": "T", "a": 2, "by": {"object": "urn:x:3"}, "name": {"languageMap": {"en": "x", "fr": "z"}},
        "kind": {"vocab": "small"}, "raw": {"json": {"k": 1, "j": 2}}, "list": {"valueList": [2, 3]},
        "multi": [{"value": 5}, {"value": 6, "datasetId": "urn:d:1"}], "text": "urn:x:4",
        "new": {"type": "Point", "coordinates": [1, 2]},
    }  # fmt: skip
    gone = read_simplified({"name": "urn:ngsi-ld:null", "by": "urn:ngsi-ld:null"}, CORE_CONTEXT, entity, Purpose.MERGE)
    assert {"name", "by"}.isdisjoint(represent(merge(entity, gone, NOW).entity, CORE_CONTEXT, View()))
