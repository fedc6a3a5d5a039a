"""How entities evolved, as it is answered: normalised, simplified, aggregated (clauses 4.5.6 to 4.5.9, 4.5.19)."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.durations import Duration, periods
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TimeProperty
from yuzhou.capabilities.sense.rules.ngsild.representation import Form, View, represent
from yuzhou.capabilities.sense.rules.ngsild.terms import VALUE_MEMBER, Kind
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment, show_moment, write_moment

PLURAL: dict[str, str] = {
    Kind.PROPERTY: "values",
    Kind.GEO_PROPERTY: "values",
    Kind.RELATIONSHIP: "objects",
    Kind.LANGUAGE_PROPERTY: "languageMaps",
    Kind.JSON_PROPERTY: "jsons",
    Kind.VOCAB_PROPERTY: "vocabs",
    Kind.LIST_PROPERTY: "valueLists",
    Kind.LIST_RELATIONSHIP: "objectLists",
}


class TemporalForm(StrEnum):
    """How the instances of an attribute are answered."""

    NORMALISED = "normalized"
    SIMPLIFIED = "temporalValues"
    AGGREGATED = "aggregatedValues"


class Method(StrEnum):
    """What the values of a period come to."""

    TOTAL_COUNT = "totalCount"
    DISTINCT_COUNT = "distinctCount"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    STDDEV = "stddev"
    SUMSQ = "sumsq"


_COUNTS = frozenset((Method.TOTAL_COUNT, Method.DISTINCT_COUNT))


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Methods over periods of a range; a moment without a value is not told."""

    methods: tuple[Method, ...]
    duration: Duration = field(default_factory=Duration)


@dataclass(frozen=True, slots=True)
class Aggregated:
    """What one attribute comes to: per method (value, start, end) of each period; `kind` is its type."""

    kind: str
    values: dict[Method, list[tuple[Any, str, str]]]
    dataset: str | None = None


def parse_methods(text: str) -> tuple[Method, ...]:
    """The methods of `aggrMethods`; raises Problem."""
    names = [name.strip() for name in text.split(",")]
    if any(name not in set(Method) for name in names):
        raise bad_data("aggregation-method", value=text[:60])
    return tuple(dict.fromkeys(Method(name) for name in names))


def represent_evolution(
    entity: Entity, context: Context, view: View, form: TemporalForm, by: TimeProperty = TimeProperty.OBSERVED_AT
) -> dict[str, Any]:
    """An entity whose attributes hold all their instances in the range, as a JSON object without @context."""
    bare = Entity(entity.id, entity.types, {}, entity.scopes, entity.created_at, entity.modified_at, entity.expires_at,
                  entity.deleted_at)  # fmt: skip
    body = represent(bare, context, view)
    for name, instances in entity.attributes.items():
        if view.wants(name):
            if view.datasets is not None:
                instances = [one for one in instances if one.get("datasetId", "@none") in view.datasets]
            if form is TemporalForm.SIMPLIFIED:
                body[context.compact(name)] = _one_or_many(_simplified(instances, context, by))
            else:
                body[context.compact(name)] = [_instance(name, one, context, view) for one in instances]
    return body


def represent_aggregates(entity: Entity, attributes: dict[str, list[Aggregated]], context: Context, view: View) -> dict[str, Any]:
    """An entity with what its attributes come to (names are IRIs), without @context."""
    body = represent(Entity(entity.id, entity.types, {}, entity.scopes), context, view)
    for name, every in attributes.items():
        if view.wants(name) and every:
            body[context.compact(name)] = _one_or_many([_aggregated(one) for one in every])
    return body


def aggregate(
    instances: Iterable[Instance], aggregation: Aggregation, start: str, end: str, by: TimeProperty
) -> list[Aggregated]:
    """What instances come to over a range, each dataset for itself."""
    sets: dict[tuple[str | None, str], list[Instance]] = {}
    for one in instances:
        sets.setdefault((one.get("datasetId"), one["type"]), []).append(one)
    spans = [(write_moment(low), write_moment(high)) for low, high in
             periods(parse_moment(start), parse_moment(end), aggregation.duration)]  # fmt: skip
    return [
        Aggregated(kind, _over_periods(kind, sorted(every, key=lambda one: moment_of(one, by)), spans, aggregation, by), dataset)
        for (dataset, kind), every in sets.items()
    ]


def moment_of(instance: Instance, by: TimeProperty) -> str:
    """When an instance counts; empty where it has no such time."""
    return str(instance.get(by.value, ""))


def last_n(instances: Sequence[Instance], count: int | None, by: TimeProperty) -> list[Instance]:
    """The last instances by time, newest first, as many as asked for; all in their order without a number."""
    if count is None:
        return sorted(instances, key=lambda one: moment_of(one, by))
    return sorted(instances, key=lambda one: moment_of(one, by), reverse=True)[:count]


def reduce_values(method: Method, values: Sequence[Any]) -> Any:
    """What values come to by a method (table 4.5.19.1-1); None where the method says nothing about them."""
    if method is Method.TOTAL_COUNT:
        return len(values)
    if method is Method.DISTINCT_COUNT:
        return len({json.dumps(value, sort_keys=True) for value in values})
    numbers = [_number(value) for value in values]
    if values and all(number is not None for number in numbers):
        return _REDUCE[method]([number for number in numbers if number is not None])
    if method in (Method.MIN, Method.MAX) and values and all(isinstance(value, str) for value in values):
        return min(values) if method is Method.MIN else max(values)
    return None


def _over_periods(
    kind: str, instances: list[Instance], spans: list[tuple[str, str]], aggregation: Aggregation, by: TimeProperty
) -> dict[Method, list[tuple[Any, str, str]]]:
    is_relation = kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
    found: dict[Method, list[tuple[Any, str, str]]] = {method: [] for method in aggregation.methods}
    at = 0
    for number, (low, high) in enumerate(spans):
        inside: list[Any] = []
        is_last = number == len(spans) - 1
        while at < len(instances) and (moment_of(instances[at], by) < high or is_last):
            if moment_of(instances[at], by) >= low:
                inside.append(instances[at].get(VALUE_MEMBER[kind]))
            at += 1
        for method in aggregation.methods:
            value = reduce_values(method, inside) if method in _COUNTS or not is_relation else None
            if inside and value is not None:
                found[method].append((value, low, high))
    return found


def _simplified(instances: list[Instance], context: Context, by: TimeProperty) -> list[dict[str, Any]]:
    sets: dict[tuple[str | None, str], list[Any]] = {}
    for one in instances:
        value: Any = one.get(VALUE_MEMBER[one["type"]])
        if one["type"] == Kind.VOCAB_PROPERTY:
            value = [context.compact(word) for word in value] if isinstance(value, list) else context.compact(str(value))
        pair = [value, show_moment(moment_of(one, by))]
        sets.setdefault((one.get("datasetId"), one["type"]), []).append(pair)
    return [
        {"type": kind, PLURAL[kind]: values} | ({"datasetId": dataset} if dataset else {})
        for (dataset, kind), values in sets.items()
    ]


def _instance(name: str, instance: Instance, context: Context, view: View) -> Any:
    form = View(view.form if view.form is not Form.SIMPLIFIED else Form.NORMALISED, view.sys_attrs, view.lang)
    body = represent(Entity("urn:x:x", (), {name: [instance]}), context, form)
    return body[context.compact(name)]


def _aggregated(one: Aggregated) -> dict[str, Any]:
    body: dict[str, Any] = {"type": one.kind} | ({"datasetId": one.dataset} if one.dataset else {})
    for method, values in one.values.items():
        body[method.value] = [[value, show_moment(low), show_moment(high)] for value, low, high in values]
    return body


def _number(value: Any) -> float | None:
    """A value as the table of the standard counts it: truth as 0 and 1, an array by its size."""
    if isinstance(value, bool | int | float):
        return float(value)
    return float(len(value)) if isinstance(value, list) else None


def _deviation(numbers: Sequence[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


_REDUCE: dict[Method, Callable[[Sequence[float]], float]] = {
    Method.SUM: math.fsum,
    Method.AVG: lambda numbers: math.fsum(numbers) / len(numbers),
    Method.MIN: min,
    Method.MAX: max,
    Method.STDDEV: _deviation,
    Method.SUMSQ: lambda numbers: math.fsum(number * number for number in numbers),
}


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
