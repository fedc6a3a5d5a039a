"""What fragments make of entities: the standard's examples of clauses 5.5.8 and 5.5.12, and what holds for all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules.ngsild.changes import (
    Changed,
    ChangeKind,
    append,
    create,
    delete,
    merge,
    merge_json,
    partial_update,
    replace_attribute,
    replace_entity,
    update,
)
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Fragment
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_entity, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.representation import View, represent

D = "https://uri.etsi.org/ngsi-ld/default-context/"
OLD, NOW = "2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"
NULL = "urn:ngsi-ld:null"
TEMPERATURE = {"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": "2022-03-14T01:59:26.535Z"}
NEWER = {"type": "Property", "value": 100, "observedAt": "2022-03-14T13:00:00Z"}


def entity(**attributes: Any) -> Entity:
    return create(read_entity({"id": "urn:x:1", "type": "T", **attributes}, CORE_CONTEXT), OLD).entity


def part(purpose: Purpose, **body: Any) -> Fragment:
    return read_fragment(body, CORE_CONTEXT, purpose)


def shown(done: Changed, name: str) -> Any:
    return represent(done.entity, CORE_CONTEXT, View()).get(name)


def test_update_replaces_the_whole_attribute() -> None:
    done = update(entity(temperature=TEMPERATURE), part(Purpose.UPDATE, temperature=NEWER), NOW)
    assert shown(done, "temperature") == NEWER
    assert done.kinds == {D + "temperature": ChangeKind.UPDATED}
    one = done.entity.attributes[D + "temperature"][0]
    assert (one["createdAt"], one["modifiedAt"], done.entity.modified_at) == (OLD, NOW, NOW)


@pytest.mark.parametrize("null", [NULL, {"type": "Property", "value": NULL}])
def test_update_removes_what_is_null(null: Any) -> None:
    done = update(entity(temperature=TEMPERATURE, a=1), part(Purpose.UPDATE, temperature=null, b=2), NOW)
    assert set(done.entity.attributes) == {D + "a", D + "b"}
    assert done.kinds == {D + "temperature": ChangeKind.DELETED, D + "b": ChangeKind.CREATED}


def test_update_reports_a_removal_of_nothing() -> None:
    done = update(entity(a=1), part(Purpose.UPDATE, b=NULL), NOW)
    assert [(name, problem.kind) for name, problem in done.not_updated] == [(D + "b", ProblemKind.RESOURCE_NOT_FOUND)]
    assert done.entity.modified_at == OLD


def test_partial_update_leaves_other_members() -> None:
    start = entity(temperature={**TEMPERATURE, "by": {"type": "Property", "value": "x"}})
    fragment = read_attribute({**NEWER, "by": NULL}, D + "temperature", CORE_CONTEXT, Purpose.PARTIAL)
    done = partial_update(start, D + "temperature", fragment, NOW)
    assert shown(done, "temperature") == {**TEMPERATURE, **NEWER}
    unit = read_attribute({"unitCode": NULL}, D + "temperature", CORE_CONTEXT, Purpose.PARTIAL)
    assert "unitCode" not in shown(partial_update(start, D + "temperature", unit, NOW), "temperature")


def test_partial_update_keeps_the_type_and_finds_the_instance() -> None:
    other = read_attribute({"type": "Relationship", "object": "urn:x:2"}, D + "a", CORE_CONTEXT, Purpose.PARTIAL)
    with pytest.raises(Problem, match="attribute-kind"):
        partial_update(entity(a=1), D + "a", other, NOW)
    with pytest.raises(Problem, match="attribute-unknown"):
        partial_update(entity(a=1), D + "a", [{"type": "Property", "value": 2, "datasetId": "urn:d:1"}], NOW)


def test_merge_goes_into_attributes_and_values() -> None:
    start = entity(
        temperature=TEMPERATURE,
        address={"type": "Property", "value": {"street": "Straße des 17. Juni", "city": "Berlin", "country": "Germany"}},
    )
    fragment = part(
        Purpose.MERGE, temperature=NEWER, address={"type": "Property", "value": {"street": "Pariser Platz", "country": NULL}}
    )
    done = merge(start, fragment, NOW)
    assert shown(done, "temperature") == {**TEMPERATURE, **NEWER}
    assert shown(done, "address")["value"] == {"street": "Pariser Platz", "city": "Berlin"}


def test_merge_of_parts_nulls_languages_and_times() -> None:
    start = entity(temperature=TEMPERATURE, name={"languageMap": {"en": "a", "fr": "b"}}, gone=1)
    fragment = part(
        Purpose.MERGE, temperature={"type": "Property", "value": 3, "unitCode": NULL},
        name={"languageMap": {"fr": NULL, "zh": "c"}}, gone=NULL, type="U", absent=NULL,
    )  # fmt: skip
    done = merge(start, fragment, NOW, observed_at="2026-01-01T12:00:00.000000Z")
    assert shown(done, "temperature") == {"type": "Property", "value": 3, "observedAt": "2026-01-01T12:00:00Z"}
    assert shown(done, "name")["languageMap"] == {"en": "a", "zh": "c"}
    assert shown(done, "gone") is None
    assert shown(done, "type") == ["T", "U"]


def test_append_overwrites_or_not() -> None:
    start = entity(a=1, scope="/A")
    fragment = part(Purpose.APPEND, a=2, b=3, scope="/B")
    done = append(start, fragment, NOW)
    assert (shown(done, "a")["value"], shown(done, "b")["value"], done.entity.scopes) == (2, 3, ("/B",))
    kept = append(start, fragment, NOW, overwrite=False)
    assert (shown(kept, "a")["value"], kept.entity.scopes) == (1, ("/A", "/B"))
    assert [problem.kind for _, problem in kept.not_updated] == [ProblemKind.ALREADY_EXISTS]


def test_datasets_are_apart() -> None:
    start = entity(a=[{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}])
    done = append(start, part(Purpose.APPEND, a=[{"value": 3, "datasetId": "urn:d:2"}]), NOW)
    assert [one["value"] for one in shown(done, "a")] == [1, 2, 3]
    assert [one["value"] for one in shown(delete(done.entity, D + "a", NOW), "a")] == [2, 3]
    assert shown(delete(done.entity, D + "a", NOW, delete_all=True), "a") is None
    with pytest.raises(Problem):
        delete(done.entity, D + "a", NOW, dataset="urn:d:9")


def test_replacing() -> None:
    start = entity(a=1, b=2)
    done = replace_entity(start, part(Purpose.REPLACE, a=5, c=6), NOW)
    assert done.kinds == {D + "a": ChangeKind.UPDATED, D + "c": ChangeKind.CREATED, D + "b": ChangeKind.DELETED}
    assert done.entity.created_at == OLD
    assert shown(replace_attribute(start, D + "b", [{"type": "Property", "value": 9}], NOW), "b")["value"] == 9
    with pytest.raises(Problem):
        replace_attribute(start, D + "z", [{"type": "Property", "value": 9}], NOW)


JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.text("ab", max_size=2), st.just(NULL)),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_merging_twice_is_merging_once(target: Any, patch: Any) -> None:
    once = merge_json(target, patch)
    assert merge_json(once, patch) == once


@given(st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), st.dictionaries(st.sampled_from("abc"), JSON, max_size=3))
def test_a_merge_of_entities_twice_is_once(values: dict[str, Any], patches: dict[str, Any]) -> None:
    start = merge(entity(), part(Purpose.MERGE, **values), OLD).entity
    before = represent(start, CORE_CONTEXT, View(sys_attrs=True))
    fragment = part(Purpose.MERGE, **patches)
    once = merge(start, fragment, NOW).entity
    assert represent(merge(once, fragment, NOW).entity, CORE_CONTEXT, View()) == represent(once, CORE_CONTEXT, View())
    assert represent(start, CORE_CONTEXT, View(sys_attrs=True)) == before
