"""Entities of NGSI-LD: what is read and refused, and that what is written out is read the same again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context, build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.core_context import CORE_URL
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.query.projection import parse_projection
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.representation import (
    Form,
    Join,
    Linked,
    View,
    represent,
    represent_feature,
    with_context,
)

D = "https://uri.etsi.org/ngsi-ld/default-context/"
VEHICLE = {
    "id": "urn:ngsi-ld:Vehicle:A4567",
    "type": "Vehicle",
    "brandName": {"type": "Property", "value": "Mercedes"},
    "speed": [
        {"type": "Property", "value": 55, "unitCode": "KMH", "observedAt": "2018-08-01T12:03:00Z"},
        {"type": "Property", "value": 54.5, "datasetId": "urn:ngsi-ld:Dataset:gps",
         "source": {"type": "Property", "value": "GPS"}},
    ],
    "isParked": {
        "type": "Relationship", "object": "urn:ngsi-ld:OffStreetParking:Downtown1", "observedAt": "2017-07-29T12:00:04.123Z",
        "providedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Person:Bob"},
    },
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-8.5, 41.2]}},
    "street": {"type": "LanguageProperty", "languageMap": {"fr": "Grand Place", "nl": "Grote Markt"}},
    "ticket": {"type": "JsonProperty", "json": {"id": "85a6", "value": None}},
    "category": {"type": "VocabProperty", "vocab": ["lorry", "van"]},
    "tours": {"type": "ListProperty", "valueList": [1, "two", {"three": 3}]},
    "route": {"type": "ListRelationship", "objectList": [{"object": "urn:x:stop:1"}, {"object": "urn:x:stop:2"}]},
}  # fmt: skip


def entity(**attributes: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:T:1", "type": "T", **attributes}


def test_normalised_comes_out_as_it_went_in() -> None:
    read = read_entity(VEHICLE, CORE_CONTEXT)
    assert read.types == (D + "Vehicle",)
    assert read.attributes[D + "speed"][0]["observedAt"] == "2018-08-01T12:03:00.000000Z"
    assert read.attributes[D + "category"][0]["vocab"] == [D + "lorry", D + "van"]
    assert represent(read, CORE_CONTEXT, View()) == VEHICLE


def test_concise_is_read_as_normalised() -> None:
    read = read_entity(VEHICLE, CORE_CONTEXT)
    concise = represent(read, CORE_CONTEXT, View(Form.CONCISE))
    assert concise["brandName"] == "Mercedes"
    assert concise["location"] == {"type": "Point", "coordinates": [-8.5, 41.2]}
    assert concise["isParked"]["providedBy"] == {"object": "urn:ngsi-ld:Person:Bob"}
    assert concise["route"] == {"objectList": ["urn:x:stop:1", "urn:x:stop:2"]}
    assert read_entity(concise, CORE_CONTEXT) == read


def test_simplified_has_the_values_alone() -> None:
    body = represent(read_entity(VEHICLE, CORE_CONTEXT), CORE_CONTEXT, View(Form.SIMPLIFIED))
    assert body == {
        "id": "urn:ngsi-ld:Vehicle:A4567", "type": "Vehicle", "brandName": "Mercedes",
        "speed": {"dataset": {"@none": 55, "urn:ngsi-ld:Dataset:gps": 54.5}},
        "isParked": "urn:ngsi-ld:OffStreetParking:Downtown1",
        "location": {"type": "Point", "coordinates": [-8.5, 41.2]},
        "street": {"languageMap": {"fr": "Grand Place", "nl": "Grote Markt"}},
        "ticket": {"json": {"id": "85a6", "value": None}}, "category": {"vocab": ["lorry", "van"]},
        "tours": [1, "two", {"three": 3}], "route": ["urn:x:stop:1", "urn:x:stop:2"],
    }  # fmt: skip


def test_geojson_has_the_geometry_beside_the_properties() -> None:
    feature = represent_feature(read_entity(VEHICLE, CORE_CONTEXT), CORE_CONTEXT, View(Form.SIMPLIFIED))
    assert feature["geometry"] == {"type": "Point", "coordinates": [-8.5, 41.2]}
    assert feature["properties"]["type"] == "Vehicle"
    assert feature["properties"]["location"] == feature["geometry"]
    plain = represent_feature(read_entity(entity(a=1), CORE_CONTEXT), CORE_CONTEXT, View())
    assert plain["geometry"] is None


def test_a_language_is_chosen() -> None:
    read = read_entity(VEHICLE, CORE_CONTEXT)
    street = represent(read, CORE_CONTEXT, View(lang="de,nl-BE;q=0.8,fr;q=0.2"))["street"]
    assert street == {"type": "Property", "value": "Grote Markt", "lang": "nl"}
    assert represent(read, CORE_CONTEXT, View(Form.SIMPLIFIED, lang="es"))["street"] == "Grand Place"


def test_members_are_picked_and_omitted() -> None:
    read = read_entity(VEHICLE, CORE_CONTEXT)
    pick = parse_projection("id,brandName,isParked{location}", CORE_CONTEXT)
    assert set(represent(read, CORE_CONTEXT, View(pick=pick))) == {"id", "brandName", "isParked"}
    omit = parse_projection("type,speed", CORE_CONTEXT, "omit")
    assert {"type", "speed"}.isdisjoint(represent(read, CORE_CONTEXT, View(omit=omit)))
    one = represent(read, CORE_CONTEXT, View(datasets=frozenset(["urn:ngsi-ld:Dataset:gps"])))
    assert one["speed"]["value"] == 54.5
    assert "brandName" not in one
    attrs = represent(read, CORE_CONTEXT, View(attrs=frozenset([D + "speed"])))
    assert set(attrs) == {"id", "type", "speed"}


def test_what_relationships_point_to_stands_within() -> None:
    read = read_entity(VEHICLE, CORE_CONTEXT)
    parking = read_entity(
        {"id": "urn:ngsi-ld:OffStreetParking:Downtown1", "type": "Parking", "spots": 4,
         "has": {"object": "urn:ngsi-ld:Vehicle:A4567"}},
        CORE_CONTEXT,
    )  # fmt: skip
    linked = Linked({parking.id: parking, read.id: read})
    body = represent(read, CORE_CONTEXT, View(Form.SIMPLIFIED, join=Join.INLINE, join_level=3), linked)
    assert body["isParked"] == {"id": parking.id, "type": "Parking", "spots": 4, "has": read.id}
    body = represent(read, CORE_CONTEXT, View(join=Join.INLINE), linked)
    assert body["isParked"]["entity"]["spots"] == {"type": "Property", "value": 4}


def test_names_follow_the_context() -> None:
    context = build_context({"ex": "http://example.org/", "Auto": "ex:Vehicle", "tempo": "ex:speed", "gross": "ex:big"}, no_fetch)
    body = {"id": "urn:x:1", "type": "Auto", "tempo": {"type": "VocabProperty", "vocab": "gross"}}
    read = read_entity(body, context)
    assert read.types == ("http://example.org/Vehicle",)
    assert read.attributes["http://example.org/speed"][0]["vocab"] == "http://example.org/big"
    assert represent(read, context, View()) == body
    plain = represent(read, CORE_CONTEXT, View())
    assert plain["type"] == "http://example.org/Vehicle"
    assert read_entity(plain, CORE_CONTEXT) == read
    assert with_context(body, context)["@context"][-1].endswith("v1.8.jsonld")


BAD: dict[str, dict[str, Any]] = {
    "no id": {"type": "T"},
    "no type": {"id": "urn:x:1"},
    "id is no URI": {"id": "1", "type": "T"},
    "type is empty": {"id": "urn:x:1", "type": []},
    "type is a number": {"id": "urn:x:1", "type": 4},
    "name": entity(**{"a-b c": 1}),
    "name begins with a digit": entity(**{"1a": 1}),
    "null": entity(a=None),
    "null as value": entity(a={"type": "Property", "value": None}),
    "ngsi-ld null": entity(a="urn:ngsi-ld:null"),
    "ngsi-ld null as value": entity(a={"type": "Property", "value": "urn:ngsi-ld:null"}),
    "ngsi-ld null within": entity(a={"type": "Property", "value": {"b": "urn:ngsi-ld:null"}}),
    "ngsi-ld null as object": entity(a={"type": "Relationship", "object": "urn:ngsi-ld:null"}),
    "ngsi-ld null as language": entity(a={"type": "LanguageProperty", "languageMap": {"@none": "urn:ngsi-ld:null"}}),
    "no value": entity(a={"type": "Property"}),
    "no value, but a unit": entity(a={"unitCode": "CEL"}),
    "no object": entity(a={"type": "Relationship", "value": "urn:x:2"}),
    "object is no URI": entity(a={"type": "Relationship", "object": "x"}),
    "both value and object": entity(a={"type": "Property", "value": 1, "object": "urn:x:2"}),
    "unit of a relationship": entity(a={"type": "Relationship", "object": "urn:x:2", "unitCode": "CEL"}),
    "unit of a language property": entity(a={"languageMap": {"en": "x"}, "unitCode": "CEL"}),
    "type of attribute": entity(a={"type": "Propertie", "value": 1}),
    "language": entity(a={"languageMap": {"no language": "x"}}),
    "language map of numbers": entity(a={"languageMap": {"en": 1}}),
    "list": entity(a={"type": "ListProperty", "valueList": 1}),
    "list of objects": entity(a={"type": "ListRelationship", "objectList": ["x"]}),
    "dataset": entity(a={"value": 1, "datasetId": "x"}),
    "dataset twice": entity(a=[{"value": 1, "datasetId": "urn:d:1"}, {"value": 2, "datasetId": "urn:d:1"}]),
    "default twice": entity(a=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2}]),
    "observedAt": entity(a={"value": 1, "observedAt": "yesterday"}),
    "observedAt without zone": entity(a={"value": 1, "observedAt": "2018-08-01T12:03:00"}),
    "observedAt of another zone": entity(a={"value": 1, "observedAt": "2018-08-01T12:03:00+08:00"}),
    "observedAt that never was": entity(a={"value": 1, "observedAt": "2018-02-30T12:03:00Z"}),
    "unitCode": entity(a={"value": 1, "unitCode": 7}),
    "scope": entity(scope="a b"),
    "expiresAt": entity(expiresAt="soon"),
    "geometry": entity(location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1]}}),
    "geometry beyond the Earth": entity(location={"type": "Point", "coordinates": [181, 0]}),
    "ring that is open": entity(location={"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}),
    "line of one point": entity(location={"type": "LineString", "coordinates": [[0, 0]]}),
    "geometry type": entity(location={"type": "GeoProperty", "value": {"type": "Circle", "coordinates": [1, 2]}}),
    "location that is no place": entity(location="here"),
    "deep": entity(a={"value": 1, "b": {"value": 1, "b": {"value": 1, "b": {"value": 1, "b": {"value": 1, "b": {
        "value": 1, "b": {"value": 1, "b": {"value": 1, "b": {"value": 1, "b": {"value": 1, "b": {"value": 1}}}}}}}}}}}),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_refused(what: str) -> None:
    with pytest.raises(Problem) as caught:
        read_entity(BAD[what], CORE_CONTEXT)
    assert caught.value.kind is ProblemKind.BAD_REQUEST_DATA


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_what_is_no_object(body: Any) -> None:
    with pytest.raises(Problem) as caught:
        read_entity(body, CORE_CONTEXT)
    assert caught.value.kind is ProblemKind.INVALID_REQUEST


def test_what_the_system_writes_is_passed_over() -> None:
    times = {"createdAt": "never", "modifiedAt": "never"}
    read = read_entity(entity(a={"value": 1, "instanceId": "urn:x:2", "previousValue": 3, **times}, **times), CORE_CONTEXT)
    assert read.attributes == {D + "a": [{"type": "Property", "value": 1}]}


def test_null_means_removal_in_fragments() -> None:
    part = read_fragment({"a": "urn:ngsi-ld:null", "scope": "urn:ngsi-ld:null"}, CORE_CONTEXT, Purpose.UPDATE)
    assert part.scopes == ()
    assert part.attributes[D + "a"][0]["value"] == "urn:ngsi-ld:null"


NAMES = st.text("abcdefgh渝", min_size=1, max_size=4)
SCALARS = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=5))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(
    st.lists(inner, max_size=3),
    st.dictionaries(st.one_of(NAMES, st.sampled_from(["type", "value", "id", "object"])), inner, max_size=3),
), max_leaves=6)  # fmt: skip
META = st.fixed_dictionaries({}, optional={
    "observedAt": st.datetimes(allow_imaginary=False).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"),
    "datasetId": st.sampled_from(["urn:d:1", "urn:d:2"]),
})  # fmt: skip
OWN = st.one_of(
    st.builds(lambda value: {"type": "Property", "value": value}, VALUES),
    st.builds(lambda value: {"type": "JsonProperty", "json": value}, VALUES),
    st.builds(lambda value: {"type": "ListProperty", "valueList": value}, st.lists(VALUES, max_size=3)),
    st.builds(lambda value: {"type": "VocabProperty", "vocab": value}, NAMES),
    st.builds(lambda x, y: {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, y]}},
              st.floats(-180, 180), st.floats(-90, 90)),
    st.builds(lambda name: {"type": "Relationship", "object": f"urn:x:{name}"}, NAMES),
    st.builds(lambda name: {"type": "ListRelationship", "objectList": [{"object": f"urn:x:{name}"}]}, NAMES),
    st.builds(lambda text: {"type": "LanguageProperty", "languageMap": {"zh": text, "@none": [text]}}, st.text(max_size=4)),
)  # fmt: skip
ATTRIBUTES = st.builds(lambda own, meta, sub: {**own, **meta, **{f"sub{name}": one for name, one in sub.items()}},
                       OWN, META, st.dictionaries(NAMES, OWN, max_size=2))  # fmt: skip
MULTIPLE = st.lists(ATTRIBUTES, min_size=1, max_size=3, unique_by=lambda one: one.get("datasetId"))
CONTEXTS = st.sampled_from([
    CORE_CONTEXT,
    build_context({"@vocab": "http://example.org/", "a": "http://example.org/b", "b": "http://example.org/a"}, no_fetch),
    build_context([CORE_URL, {"ex": "http://ex.org/#", "c": "ex:c"}], no_fetch),
])  # fmt: skip


@given(st.dictionaries(NAMES, st.one_of(ATTRIBUTES, MULTIPLE), max_size=4), CONTEXTS, CONTEXTS)
def test_every_representation_that_keeps_all_is_read_the_same(attributes: dict[str, Any], one: Context, other: Context) -> None:
    read: Entity = read_entity(entity(**attributes), one)
    for form in (Form.NORMALISED, Form.CONCISE):
        for context in (one, other):
            assert read_entity(represent(read, context, View(form)), context) == read
