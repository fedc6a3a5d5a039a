"""Entities: written, found again, within reach, and with what devices send."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capabilities.sense.stage import COD, SYSTEM, as_owner, batch, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.entities import EntityPage, EntityQuery, EntitySelector
from yuzhou.capabilities.sense.rules.ngsild.context import build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery, GeoRelation
from yuzhou.capabilities.sense.rules.ngsild.query.ordering import parse_ordering
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import parse_scope_query
from yuzhou.capabilities.sense.rules.ngsild.query.spatial import relates
from yuzhou.capabilities.sense.rules.ngsild.query.types import parse_type_query
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_entity, read_fragment
from yuzhou.capabilities.sense.services.entities.measuring import take_measurements
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_engine")]
CORE = build_context(None, no_fetch)
RIGHTS = frozenset({"sense.device:read", "sense.entity:write"})
LOT = "urn:ngsi-ld:ParkingLot:1"


def officer(path: str, rights: frozenset[str] = RIGHTS) -> Actor:
    return Actor(ActorKind.MACHINE, "client", uuid4(), None, (Grant("r", rights, place_path=path),))


def lot(number: int | str = 1, **attributes: Any) -> Entity:
    body = {"id": f"urn:ngsi-ld:ParkingLot:{number}", "type": "ParkingLot", **attributes}
    return read_entity(body, CORE)


def create(*entities: Entity, actor: Actor = SYSTEM) -> None:
    with acting_as(actor):
        assert not api.batch_create(actor=actor, entities=entities).errors


def find(actor: Actor = SYSTEM, **query: Any) -> EntityPage:
    with acting_as(actor):
        return api.find_entities(actor=actor, query=EntityQuery(**query))


def ids(actor: Actor = SYSTEM, *, q: str = "", **query: Any) -> list[str]:
    more = {"q": parse_query(q, CORE)} if q else {}
    return [one.id.rpartition(":")[2] for one in find(actor, selectors=LOTS, **more, **query).entities]


def get(urn: str = LOT, actor: Actor = SYSTEM) -> Entity:
    with acting_as(actor):
        return api.get_entity(actor=actor, urn=urn)


def value(entity: Entity, name: str) -> Any:
    return entity.attributes[CORE.expand(name)][0]["value"]


LOTS = (EntitySelector(types=parse_type_query("ParkingLot", CORE)),)


def test_what_is_created_is_there_once() -> None:
    with acting_as(SYSTEM):
        assert api.create_entity(actor=SYSTEM, entity=lot(free=5, name="P1")).created
        with pytest.raises(Problem) as refused:
            api.create_entity(actor=SYSTEM, entity=lot())
    assert refused.value.kind is ProblemKind.ALREADY_EXISTS
    assert (value(get(), "free"), value(get(), "name")) == (5, "P1")


def test_every_change_of_attributes() -> None:
    create(lot(free=5, name="P1", old=1))
    with acting_as(SYSTEM):
        more = read_fragment({"colour": "red", "name": "P2"}, CORE, Purpose.APPEND)
        done = api.append_attributes(actor=SYSTEM, urn=LOT, fragment=more, overwrite=False)
        assert [name for name, _ in done.not_updated] == [CORE.expand("name")]
        api.update_attributes(actor=SYSTEM, urn=LOT, fragment=read_fragment({"free": 6}, CORE, Purpose.UPDATE))
        free = CORE.expand("free")
        part = read_attribute({"value": 7}, free, CORE, Purpose.PARTIAL)
        api.partial_update_attribute(actor=SYSTEM, urn=LOT, name=free, instances=part)
        api.delete_attribute(actor=SYSTEM, urn=LOT, name=CORE.expand("old"))
        api.merge_entity(actor=SYSTEM, urn=LOT, fragment=read_fragment({"colour": "blue"}, CORE, Purpose.MERGE))
    entity = get()
    assert (value(entity, "free"), value(entity, "name"), value(entity, "colour")) == (7, "P1", "blue")
    assert CORE.expand("old") not in entity.attributes
    with acting_as(SYSTEM):
        api.replace_entity(actor=SYSTEM, urn=LOT, fragment=read_fragment({"type": "ParkingLot", "a": 1}, CORE, Purpose.REPLACE))
        assert list(api.get_entity(actor=SYSTEM, urn=LOT).attributes) == [CORE.expand("a")]
        api.delete_entity(actor=SYSTEM, urn=LOT)
        with pytest.raises(Problem):
            api.get_entity(actor=SYSTEM, urn=LOT)
        api.create_entity(actor=SYSTEM, entity=lot())
    with connection.cursor() as cursor, acting_as(SYSTEM):
        cursor.execute("SELECT kind, count(*) FROM sense_entity_instance GROUP BY 1 ORDER BY 1")
        assert [row[0] for row in cursor.fetchall()] == [0, 1, 2]


def test_a_batch_tells_of_each_entity() -> None:
    create(lot(1, a=1))
    with acting_as(SYSTEM):
        made = api.batch_create(actor=SYSTEM, entities=[lot(1), lot(2), lot(3)])
        assert len(made.created) == 2
        assert [(urn, problem.kind) for urn, problem in made.errors] == [(LOT, ProblemKind.ALREADY_EXISTS)]
        put = api.batch_upsert(actor=SYSTEM, entities=[lot(3, b=1), lot(4, b=1), lot(4, c=1)], update=True)
        assert (len(put.created), len(put.updated)) == (1, 1)
        gone = api.batch_delete(actor=SYSTEM, urns=[LOT, "urn:ngsi-ld:ParkingLot:9"])
        assert (gone.deleted, len(gone.errors)) == ((LOT,), 1)
    assert {CORE.expand("b"), CORE.expand("c")} <= get("urn:ngsi-ld:ParkingLot:4").attributes.keys()


def test_reach_binds_reads_and_writes() -> None:
    north, south, reader = officer("50.a"), officer("50.b"), officer("50.a", frozenset({"sense.device:read"}))
    with acting_as(north):
        api.create_entity(actor=north, entity=lot(free=1))
    assert [ids(one) for one in (north, south, reader)] == [["1"], [], ["1"]]
    with acting_as(south):
        assert api.batch_upsert(actor=south, entities=[lot(free=2)]).errors[0][1].kind is ProblemKind.ALREADY_EXISTS
        with pytest.raises(Problem):
            api.delete_entity(actor=south, urn=LOT)
    with acting_as(reader), pytest.raises(PermissionDenied):
        api.delete_entity(actor=reader, urn=LOT)
    assert value(get(actor=north), "free") == 1


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("free>3", ["2", "3"]), ("free==1", ["1"]), ("free!=1", ["2", "3"]), ("free==2..5", ["2"]), ("free==1,9", ["1", "3"]),
        ('name=="B"', ["2"]), ("name~=^[AB]$", ["1", "2"]), ("name!~=^A", ["2", "3"]), ("open", ["1"]), ("open==true", ["1"]),
        ("free>3;name==\"C\"", ["3"]), ("free==1|free==9", ["1", "3"]), ("free.accuracy>0.5", ["2"]), ("at[lane]==4", ["3"]),
        ("tags==\"x\"", ["1", "2"]), ("free.unitCode==\"C62\"", ["3"]), ("missing==1", []), ("name>\"A\"", ["2", "3"]),
        ('createdAt>2020-01-01T00:00:00Z', ["1", "2", "3"]), ("when<2026-01-02T00:00:00Z", ["2"]), 
        ("next{ParkingLot:free}==4", ["1"]),
    ],
)  # fmt: skip
def test_q_over_documents(q: str, expected: list[str]) -> None:
    create(
        lot(1, free=1, name="A", open=True, tags=["x", "y"], next={"type": "Relationship", "object": "urn:ngsi-ld:ParkingLot:2"}),
        lot(
            2,
            free={"type": "Property", "value": 4, "accuracy": 0.9},
            name="B",
            tags="x",
            when={"type": "Property", "value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}},
        ),
        lot(3, free={"type": "Property", "value": 9, "unitCode": "C62"}, name="C", at={"type": "Property", "value": {"lane": 4}}),
    )
    assert sorted(ids(q=q)) == expected


def test_readings_are_attributes_of_their_device(make_device: Callable[..., Device]) -> None:
    devices = [make_device(), make_device()]
    with as_owner():
        for number, device in enumerate(devices):
            api.ingest(batch(series_of(device)[COD, "rtd"], (0, 10.0 + number)))
    urns = [f"urn:ngsi-ld:Device:{device.id}" for device in devices]
    entity = get(urns[0])
    [live] = entity.attributes[CORE.expand(COD)]
    assert (live["value"], live["unitCode"], live["observedAt"]) == (10.0, "M1", "2026-11-20T01:00:00.000000Z")
    assert value(entity, "deviceState") == "online"
    with acting_as(SYSTEM):
        for q, expected in (("w01018>10.5", [urns[1]]), ("w01018", urns), ('deviceState=="online"', urns)):
            page = api.find_entities(actor=SYSTEM, query=EntityQuery(q=parse_query(q, CORE)))
            assert [one.id for one in page.entities] == expected
        with pytest.raises(Problem) as refused:
            api.delete_attribute(actor=SYSTEM, urn=urns[0], name=CORE.expand(COD))
        assert refused.value.kind is ProblemKind.OPERATION_NOT_SUPPORTED
        with pytest.raises(Problem):
            api.delete_entity(actor=SYSTEM, urn=urns[0])
        kept = api.update_attributes(
            actor=SYSTEM, urn=urns[0], fragment=read_fragment({"serialNumber": "x"}, CORE, Purpose.UPDATE)
        )
        assert [name for name, _ in kept.not_updated] == [CORE.expand("serialNumber")]


def test_what_a_client_measures_becomes_a_reading() -> None:
    def measured(number: float, minute: int) -> dict[str, Any]:
        return {"type": "Property", "value": number, "observedAt": f"2026-11-20T01:{minute:02}:00Z", "unitCode": "CEL"}

    create(lot(temperature=measured(20, 0), name="P"))
    assert value(get(), "temperature") == 20
    with acting_as(SYSTEM):
        fragment = read_fragment({"temperature": measured(21.5, 5)}, CORE, Purpose.UPDATE)
        api.update_attributes(actor=SYSTEM, urn=LOT, fragment=fragment)
    assert value(get(), "temperature") == 21.5
    with as_owner():
        assert take_measurements() == 2
        assert take_measurements() == 0
    assert (value(get(), "temperature"), value(get(), "name")) == (21.5, "P")
    with acting_as(SYSTEM):
        [device] = api.list_devices(actor=SYSTEM, protocol="ngsi-ld").rows
    assert device.identity == LOT
    with acting_as(SYSTEM):
        [latest] = api.latest_values(actor=SYSTEM, device_ids=[device.id])
    assert (latest.value, latest.unit, latest.at) == (21.5, "Cel", datetime(2026, 11, 20, 1, 5, tzinfo=UTC))
    assert ids(q="temperature>21") == ["1"]
    create(lot(2))
    with acting_as(SYSTEM):
        texts = [read_fragment({"id": f"urn:ngsi-ld:ParkingLot:{n}", "temperature": "hot"}, CORE, Purpose.APPEND) for n in (1, 2)]
        done = api.batch_update(actor=SYSTEM, fragments=texts)
    assert (done.updated, [urn for urn, _ in done.errors]) == (("urn:ngsi-ld:ParkingLot:2",), [LOT])


def test_pages_neither_repeat_nor_hide_while_others_write() -> None:
    create(*(lot(number) for number in range(50)))
    seen, after = list[str](), None
    while True:
        page = find(selectors=LOTS, limit=7, after=after, with_count=True)
        seen += [one.id for one in page.entities]
        after = page.next
        with acting_as(SYSTEM):
            api.batch_delete(actor=SYSTEM, urns=seen[-1:])
            api.batch_create(actor=SYSTEM, entities=[lot(1000 + len(seen))])
        if after is None or len(seen) > 90:
            break
    assert len(seen) == len(set(seen))
    assert {f"urn:ngsi-ld:ParkingLot:{number}" for number in range(50)} <= set(seen)


def test_order_by_attributes_pages_too() -> None:
    create(*(lot(number, **({"free": number % 4} if number % 5 else {})) for number in range(20)))
    ordering = parse_ordering(order_by="free;desc", order_from=None, order_geometry=None, collation=None, context=CORE)
    seen, after = list[int | None](), None
    while True:
        page = find(selectors=LOTS, ordering=ordering, limit=3, after=after)
        seen += [one.attributes[CORE.expand("free")][0]["value"] if one.attributes else None for one in page.entities]
        after = page.next
        if after is None:
            break
    assert seen == sorted((one for one in seen if one is not None), reverse=True) + [None] * 4


def test_scopes_types_and_purge() -> None:
    create(lot(1, scope="/A/B", a=1), lot(2, scope=["/A/C", "/D"], a=1), lot(3, a=1))
    for text, expected in (("/A/#", ["1", "2"]), ("/A/+", ["1", "2"]), ("/D", ["2"]), ("/A/B|/D", ["1", "2"])):
        assert sorted(ids(scope_q=parse_scope_query(text))) == expected
    with acting_as(SYSTEM):
        info = api.get_type(actor=SYSTEM, type=CORE.expand("ParkingLot"))
        assert (info.count, [one.name for one in info.attributes]) == (3, [CORE.expand("a")])
        assert CORE.expand("ParkingLot") in [one.type for one in api.list_types(actor=SYSTEM)]
        assert api.get_attribute(actor=SYSTEM, name=CORE.expand("a")).count == 3
        query = EntityQuery(LOTS, scope_q=parse_scope_query("/A/#"))
        assert api.purge_entities(actor=SYSTEM, query=query, drop=(CORE.expand("a"),)) == 2
        assert api.purge_entities(actor=SYSTEM, query=EntityQuery(LOTS)) == 3
        assert not api.find_entities(actor=SYSTEM, query=EntityQuery(LOTS)).entities


degree = st.floats(106, 107, allow_nan=False).map(lambda x: round(x, 3))
latitude = st.floats(29, 30, allow_nan=False).map(lambda x: round(x, 3))
point = st.tuples(degree, latitude)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(point, min_size=1, max_size=12), middle=point, metres=st.integers(1, 80_000), data=st.data())
def test_geo_queries_find_what_a_look_at_all_finds(
    places: list[tuple[float, float]], middle: tuple[float, float], metres: int, data: st.DataObject
) -> None:
    relation = data.draw(st.sampled_from(list(GeoRelation)))
    x, y = middle
    square = [[x, y], [x + 0.3, y], [x + 0.3, y + 0.3], [x, y + 0.3], [x, y]]
    if relation is GeoRelation.NEAR:
        far = data.draw(st.booleans())
        most, least = (None, metres) if far else (metres, None)
        geo = GeoQuery(relation, {"type": "Point", "coordinates": [x, y]}, max_distance=most, min_distance=least)
    else:
        geo = GeoQuery(relation, {"type": "Polygon", "coordinates": [square]})
    geometries = [{"type": "Point", "coordinates": list(one)} for one in places]
    with acting_as(SYSTEM):
        api.purge_entities(actor=SYSTEM, query=EntityQuery(LOTS))
    create(*(lot(n, location={"type": "GeoProperty", "value": one}) for n, one in enumerate(geometries)))
    page = find(selectors=LOTS, geo=geo, limit=1000, with_count=True)
    expected = {str(n) for n, one in enumerate(geometries) if relates(geo, one)}
    assert {one.id.rpartition(":")[2] for one in page.entities} == expected
    assert page.count == len(expected)
