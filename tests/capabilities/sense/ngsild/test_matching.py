"""Entities in memory against queries, places and times of NGSI-LD."""

import pytest

from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.core_context import DEFAULT_VOCAB
from yuzhou.capabilities.sense.rules.ngsild.durations import parse_duration, periods
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem
from yuzhou.capabilities.sense.rules.ngsild.query.geo import parse_geo_query
from yuzhou.capabilities.sense.rules.ngsild.query.matching import matches_geo, matches_query
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TimeProperty, parse_temporal_query
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity
from yuzhou.capabilities.sense.rules.ngsild.representation import View
from yuzhou.capabilities.sense.rules.ngsild.temporal import (
    Aggregation,
    Method,
    TemporalForm,
    aggregate,
    parse_methods,
    represent_aggregates,
    represent_evolution,
)
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment
from yuzhou.capabilities.sense.rules.ngsild.units import CEFACT, ucum_unit, unit_code

ROOM = read_entity(
    {
        "id": "urn:x:room", "type": "Room", "color": ["blue", "red"], "t": {"value": 15, "observedAt": "2020-01-01T10:00:00Z"},
        "open": True, "day": "2020-05-05", "at": "2020-05-05T10:00:00.5Z", "place": {"city": "Berlin", "n": {"x": 40}},
        "name": {"languageMap": {"fr": ["chat", "rouge"], "en": "red"}}, "kind": {"type": "VocabProperty", "vocab": "big"},
        "sensor": {"object": "urn:x:dev", "objectType": "Device"}, "multi": [{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}],
        "location": {"type": "Point", "coordinates": [106.55, 29.56]},
    },
    CORE_CONTEXT,
)  # fmt: skip
DEVICE = read_entity({"id": "urn:x:dev", "type": "Device", "humidity": 40}, CORE_CONTEXT)
HOLDS = [
    "t", "t==15", "t!=16", "t>14.9", "t<=15", "t==10..20", "t!=20..30", "t.observedAt>2020-01-01T09:00:00Z", 'color=="red"',
    'color=="black","red"', 'color!="black"', "open==true", "day>2020-05-04", "at==2020-05-05T10:00:00.500Z",
    'place[city]=="Berlin"', "place[n.x]==40", 'name[en]=="red"', 'name[*]=="rouge"', 'name=="chat"', 'name~="^ch"',
    "kind==" + DEFAULT_VOCAB + "big", "sensor==urn:x:dev", 'sensor=="urn:x:dev"', "sensor{humidity}==40",
    "sensor{Device:humidity}>39", "multi==2", 'id=="urn:x:room"', "missing|t==15", "t==15;open==true",
]  # fmt: skip
FAILS = [
    "missing", "t==16", 't=="15"', "t==true", 'color!="red"', "open==1", "day>2020-05-06", "place[zip]", 'name[fr]=="red"',
    'name[*]!="red"', "sensor==urn:x:other", "sensor{Pump:humidity}==40", 'sensor>"a"', "sensor{humidity}==41", 'color~="^gr"',
    "t!=10..20", "missing!=1", "t~=1", "createdAt",
]  # fmt: skip


@pytest.mark.parametrize("text", HOLDS)
def test_holds(text: str) -> None:
    assert matches_query(parse_query(text, CORE_CONTEXT), ROOM, {"urn:x:dev": DEVICE}.get)


@pytest.mark.parametrize("text", FAILS)
def test_does_not_hold(text: str) -> None:
    assert not matches_query(parse_query(text, CORE_CONTEXT), ROOM, {"urn:x:dev": DEVICE}.get)


SQUARE = "[[[106,29],[107,29],[107,30],[106,30],[106,29]]]"


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "is_meant"),
    [
        ("near;maxDistance==1200", "Point", "[106.56,29.565]", True),
        ("near;maxDistance==1000", "Point", "[106.56,29.565]", False),
        ("near;minDistance==1000", "Point", "[106.56,29.565]", True),
        ("near;maxDistance==1", "Polygon", SQUARE, True),
        ("within", "Polygon", SQUARE, True),
        ("intersects", "Polygon", SQUARE, True),
        ("disjoint", "Polygon", SQUARE, False),
        ("contains", "Polygon", SQUARE, False),
        ("overlaps", "Polygon", SQUARE, False),
        ("equals", "Point", "[106.55,29.56]", True),
    ],
)
def test_places(georel: str, geometry: str, coordinates: str, *, is_meant: bool) -> None:
    query = parse_geo_query(georel=georel, geometry=geometry, coordinates=coordinates, geoproperty=None, context=CORE_CONTEXT)
    assert query is not None
    assert matches_geo(query, ROOM) is is_meant
    assert not matches_geo(query, DEVICE)


@pytest.mark.parametrize("georel", ["near", "near;maxDistance==0", "near;maxDistance==-1", "beside", "near;maxDistance==1;x"])
def test_relations_that_are_none(georel: str) -> None:
    with pytest.raises(Problem):
        parse_geo_query(georel=georel, geometry="Point", coordinates="[1,2]", geoproperty=None, context=CORE_CONTEXT)


def test_times_of_clause_4_11() -> None:
    def covers(relation: str, moment: str) -> bool:
        query = parse_temporal_query(
            timerel=relation, time_at="2020-01-01T00:00:00Z", end_time_at="2020-01-02T00:00:00Z", timeproperty=None
        )
        assert query is not None
        return query.covers(moment)

    start, end = "2020-01-01T00:00:00.000000Z", "2020-01-02T00:00:00.000000Z"
    assert [covers("before", start), covers("after", start), covers("between", start), covers("between", end)] == [
        False, True, True, False,
    ]  # fmt: skip


EVOLUTION = read_entity(
    {"id": "urn:x:1", "type": "T", "fuel": [
        {"value": value, "observedAt": f"2020-01-0{day}T06:00:00Z"} for day, value in [(1, 10), (1, 20), (2, 30), (4, 50)]
    ]},
    CORE_CONTEXT, Purpose.TEMPORAL,
)  # fmt: skip


def test_evolution_is_told() -> None:
    body = represent_evolution(EVOLUTION, CORE_CONTEXT, View(), TemporalForm.NORMALISED)
    assert body["fuel"][0] == {"type": "Property", "value": 10, "observedAt": "2020-01-01T06:00:00Z"}
    simple = represent_evolution(EVOLUTION, CORE_CONTEXT, View(), TemporalForm.SIMPLIFIED)
    assert simple["fuel"]["values"][-1] == [50, "2020-01-04T06:00:00Z"]


def test_evolution_is_aggregated() -> None:
    methods = parse_methods("totalCount,sum,avg,min,max,stddev,sumsq,distinctCount")
    found = {
        name: aggregate(instances, Aggregation(methods, parse_duration("P1D")), "2020-01-01T00:00:00.000000Z",
                        "2020-01-05T00:00:00.000000Z", TimeProperty.OBSERVED_AT)
        for name, instances in EVOLUTION.attributes.items()
    }  # fmt: skip
    fuel = represent_aggregates(EVOLUTION, found, CORE_CONTEXT, View())["fuel"]
    assert fuel["type"] == "Property"
    first = {method: fuel[method][0] for method in map(str, Method)}
    assert first["avg"] == [15, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"]
    assert [first[name][0] for name in ("totalCount", "sum", "min", "max", "stddev", "sumsq")] == [2, 30, 10, 20, 5, 500]
    assert [one[1][8:10] for one in fuel["sum"]] == ["01", "02", "04"]


def test_periods_of_the_calendar() -> None:
    low, high = parse_moment("2020-01-31T00:00:00Z"), parse_moment("2020-04-01T00:00:00Z")
    found = [start.date().isoformat() for start, _ in periods(low, high, parse_duration("P1M"))]
    assert found == ["2020-01-31", "2020-02-29", "2020-03-31"]
    assert len(list(periods(low, high, parse_duration("PT0S")))) == 1


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1H", "P-1D", "P1DT", "P1.5D"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(Problem):
        parse_duration(text)


def test_units_go_to_and_fro() -> None:
    assert unit_code("Cel") == "CEL"
    assert ucum_unit("CEL") == "Cel"
    assert unit_code("unknown") == "unknown"
    assert all(unit_code(ucum_unit(code)) == code for code in CEFACT.values())
