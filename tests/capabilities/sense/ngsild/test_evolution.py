"""The temporal side with the database: readings and other instances of entities, asked for, added, changed, removed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, as_owner, batch, minute, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.evolution import TemporalAsk, evolution_body, read_temporal_ask
from yuzhou.capabilities.sense.models import MeasurementRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.core_context import DEFAULT_VOCAB
from yuzhou.capabilities.sense.rules.ngsild.durations import parse_duration
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TemporalQuery, TimeProperty, TimeRelation
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.representation import View
from yuzhou.capabilities.sense.rules.ngsild.temporal import Aggregation, Method, TemporalForm
from yuzhou.capabilities.sense.rules.ngsild.times import write_moment
from yuzhou.capabilities.sense.selectors.entities.history import get_evolution, read_evolutions
from yuzhou.capabilities.sense.services.entities.instances import (
    append_instances,
    delete_attribute_history,
    delete_evolution,
    delete_instance,
    modify_instance,
    upsert_evolution,
)
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.transactions import acting_as

NAME = DEFAULT_VOCAB + COD
NOTE = DEFAULT_VOCAB + "note"
HOUR_OF_TEST = TemporalQuery(TimeRelation.BETWEEN, write_moment(minute(0)), write_moment(minute(60)))


@pytest.fixture
def device(make_device: Callable[..., Device]) -> Device:
    """A device with ten readings, one a minute."""
    device = make_device()
    series = series_of(device)[COD, RTD]
    with as_owner(), acting_as(SYSTEM):
        api.ingest(batch(series, *((n, float(n)) for n in range(10))))
    return device


def urn_of(device: Device) -> str:
    return f"urn:ngsi-ld:Device:{device.id}"


def evolution(device: Device, **more: Any) -> Any:
    with acting_as(SYSTEM):
        return get_evolution(actor=SYSTEM, urn=urn_of(device), ask=TemporalAsk(**{"query": HOUR_OF_TEST, **more}))


def test_readings_are_the_instances_of_an_attribute(device: Device) -> None:
    found = evolution(device)
    instances = found.entity.attributes[NAME]
    assert [one["value"] for one in instances] == [float(n) for n in range(10)]
    assert instances[0]["observedAt"] == write_moment(minute(0))
    assert (instances[0]["unitCode"], found.truncated) == ("M1", False)
    assert (found.first, found.last) == (write_moment(minute(0)), write_moment(minute(9)))


def test_bounds_and_the_newest(device: Device) -> None:
    query = TemporalQuery(TimeRelation.BETWEEN, write_moment(minute(2)), write_moment(minute(5)))
    assert [one["value"] for one in evolution(device, query=query).entity.attributes[NAME]] == [2.0, 3.0, 4.0]
    newest = evolution(device, last_n=2).entity.attributes[NAME]
    assert [one["value"] for one in newest] == [9.0, 8.0]
    assert evolution(device, attributes=frozenset([NOTE])).entity.attributes == {}


def test_readings_are_aggregated(device: Device) -> None:
    aggregation = Aggregation((Method.AVG, Method.TOTAL_COUNT, Method.MAX), parse_duration("PT5M"))
    found = evolution(device, aggregation=aggregation).aggregates[NAME][0]
    assert found.values[Method.AVG] == [
        (2.0, write_moment(minute(0)), write_moment(minute(5))), (7.0, write_moment(minute(5)), write_moment(minute(10))),
    ]  # fmt: skip
    assert [value for value, _, _ in found.values[Method.TOTAL_COUNT]] == [5, 5]
    assert [value for value, _, _ in found.values[Method.MAX]] == [4.0, 9.0]


def note(device: Device, *texts: str) -> None:
    instances = [{"value": text, "observedAt": write_moment(minute(n))} for n, text in enumerate(texts)]
    part = read_fragment({"note": instances}, CORE_CONTEXT, Purpose.TEMPORAL)
    with acting_as(SYSTEM):
        assert append_instances(actor=SYSTEM, urn=urn_of(device), attributes=part.attributes) == len(texts)


def test_instances_are_added_changed_and_removed(device: Device) -> None:
    note(device, "a", "b", "c")
    instances = evolution(device).entity.attributes[NOTE]
    assert [one["value"] for one in instances] == ["a", "b", "c"]
    named: dict[str, Any] = {"actor": SYSTEM, "urn": urn_of(device), "name": NOTE}
    with acting_as(SYSTEM):
        modify_instance(**named, instance_id=instances[0]["instanceId"], instance={"type": "Property", "value": "A"})
        delete_instance(**named, instance_id=instances[1]["instanceId"])
    assert [one["value"] for one in evolution(device).entity.attributes[NOTE]] == ["A", "c"]
    with acting_as(SYSTEM), pytest.raises(Problem) as caught:
        delete_instance(**named, instance_id=instances[1]["instanceId"])
    assert caught.value.kind is ProblemKind.RESOURCE_NOT_FOUND
    with acting_as(SYSTEM):
        assert delete_attribute_history(**named) == 2
    assert NOTE not in evolution(device).entity.attributes


def test_texts_are_aggregated_too(device: Device) -> None:
    note(device, "a", "b", "a")
    aggregation = Aggregation((Method.DISTINCT_COUNT, Method.MAX, Method.AVG))
    found = evolution(device, aggregation=aggregation, attributes=frozenset([NOTE])).aggregates[NOTE][0]
    span = (write_moment(minute(0)), write_moment(minute(60)))
    assert found.values == {Method.DISTINCT_COUNT: [(2, *span)], Method.MAX: [("b", *span)], Method.AVG: []}


def test_what_was_makes_an_entity(db: None) -> None:
    body = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", "note": [
        {"value": text, "observedAt": write_moment(minute(n))} for n, text in enumerate("abc")
    ]}  # fmt: skip
    entity = read_entity(body, CORE_CONTEXT, Purpose.TEMPORAL)
    with acting_as(SYSTEM):
        assert upsert_evolution(actor=SYSTEM, entity=entity) is True
        now = api.get_entity(actor=SYSTEM, urn=entity.id)
        assert [one["value"] for one in now.attributes[NOTE]] == ["c"]
        found = get_evolution(actor=SYSTEM, urn=entity.id, ask=TemporalAsk())
        assert [one["value"] for one in found.entity.attributes[NOTE]] == ["a", "b", "c"]
        assert upsert_evolution(actor=SYSTEM, entity=entity) is False
        assert delete_evolution(actor=SYSTEM, urn=entity.id) == 6
        api.delete_entity(actor=SYSTEM, urn=entity.id)
        gone = get_evolution(actor=SYSTEM, urn=entity.id, ask=TemporalAsk())
        assert gone.entity.deleted_at is not None


def test_readings_are_not_changed_here(device: Device) -> None:
    reading = evolution(device).entity.attributes[NAME][0]["instanceId"]
    named: dict[str, Any] = {"actor": SYSTEM, "urn": urn_of(device)}
    for attempt in (
        lambda: delete_instance(**named, name=NAME, instance_id=reading),
        lambda: delete_attribute_history(**named, name=NAME),
        lambda: delete_evolution(**named),
    ):
        with acting_as(SYSTEM), pytest.raises(Problem) as caught:
            attempt()
        assert caught.value.kind is ProblemKind.OPERATION_NOT_SUPPORTED


def test_late_measurements_become_readings(device: Device) -> None:
    body = {COD: [{"value": 77, "observedAt": write_moment(minute(30))}]}
    part = read_fragment(body, CORE_CONTEXT, Purpose.TEMPORAL)
    with acting_as(SYSTEM):
        append_instances(actor=SYSTEM, urn=urn_of(device), attributes=part.attributes)
    with acting_as(SYSTEM):
        assert list(MeasurementRecord.objects.values_list("value", "at")) == [(77.0, minute(30))]


def officer(place_path: str, *permissions: str) -> Actor:
    return Actor(ActorKind.PERSON, "officer", grants=(Grant("officer", frozenset(permissions), place_path=place_path),))


def test_what_is_beyond_reach_is_not_there(device: Device) -> None:
    urn, ask = urn_of(device), TemporalAsk(HOUR_OF_TEST)
    near, far = officer("50.a", "sense.device:read"), officer("60", "sense.device:read", "sense.entity:write")
    with acting_as(near):
        assert get_evolution(actor=near, urn=urn, ask=ask).entity.attributes[NAME]
        with pytest.raises(PermissionDenied):
            append_instances(actor=near, urn=urn, attributes={})
    with acting_as(far):
        assert read_evolutions(actor=far, urns=[urn], ask=ask) == []
        for attempt in (
            lambda: get_evolution(actor=far, urn=urn, ask=ask),
            lambda: append_instances(actor=far, urn=urn, attributes={}),
        ):
            with pytest.raises(Problem) as caught:
                attempt()
            assert caught.value.kind is ProblemKind.RESOURCE_NOT_FOUND


def test_static_attributes_are_told_as_they_are(device: Device) -> None:
    with acting_as(SYSTEM):
        found = read_evolutions(actor=SYSTEM, urns=[urn_of(device)], ask=TemporalAsk())[0]
        assert found.entity.attributes[DEFAULT_VOCAB + "name"][0]["type"] in ("Property", "LanguageProperty")
        gone = TemporalQuery(TimeRelation.AFTER, write_moment(minute(0)), property=TimeProperty.DELETED_AT)
        assert read_evolutions(actor=SYSTEM, urns=[urn_of(device)], ask=TemporalAsk(gone)) == []


def test_parameters_of_a_request_and_the_body_of_the_answer(device: Device) -> None:
    given = {
        "timerel": "between", "timeAt": write_moment(minute(0)), "endTimeAt": write_moment(minute(60)), "attrs": COD,
        "aggrMethods": "sum,min", "aggrPeriodDuration": "PT0S", "datasetId": "@none", "lastN": "3",
    }  # fmt: skip
    for form in TemporalForm:
        ask = read_temporal_ask(given, CORE_CONTEXT, form)
        with acting_as(SYSTEM):
            found = get_evolution(actor=SYSTEM, urn=urn_of(device), ask=ask)
        body = evolution_body(found, ask, CORE_CONTEXT, View(), form)
        if form is TemporalForm.AGGREGATED:
            assert [body[COD][method][0][0] for method in ("sum", "min")] == [45.0, 0.0]
        elif form is TemporalForm.SIMPLIFIED:
            assert [value for value, _ in body[COD]["values"]] == [9.0, 8.0, 7.0]
        else:
            assert [one["value"] for one in body[COD]] == [9.0, 8.0, 7.0]


@pytest.mark.parametrize("given", [{"lastN": "0"}, {"lastN": "x"}, {"lastN": "²"}, {"timerel": "before"}, {"attrs": "1a"}])
def test_parameters_that_are_none(given: dict[str, str]) -> None:
    with pytest.raises(Problem):
        read_temporal_ask(given, CORE_CONTEXT, TemporalForm.NORMALISED)
    with pytest.raises(Problem):
        read_temporal_ask({}, CORE_CONTEXT, TemporalForm.AGGREGATED)
