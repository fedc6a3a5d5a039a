"""Many entities: the indexes serve, a batch is one set, and writers at once lose nothing."""

import threading
import time
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.capabilities.sense.stage import SYSTEM, as_owner
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import EntityQuery, EntitySelector
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT as CORE
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery, GeoRelation
from yuzhou.capabilities.sense.rules.ngsild.query.types import parse_type_query
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_fragment
from yuzhou.kernel.transactions import acting_as

MANY = """
INSERT INTO sense_entity (id, urn, types, scopes, place_path, source, document, box, created_at, modified_at)
SELECT gen_random_uuid(), 'urn:ngsi-ld:Lamp:' || n, ARRAY[CASE WHEN n % 1000 = 0 THEN 'x:Rare' ELSE 'x:Lamp' END], '{}',
  '50.a', 0,
  jsonb_build_object('x:n', jsonb_build_array(jsonb_build_object('type', 'Property', 'value', n))),
  box(point(106 + (n % 1000) / 1000.0, 29 + n / 100000.0), point(106 + (n % 1000) / 1000.0, 29 + n / 100000.0)),
  now() + n * interval '1 ms', now()
FROM generate_series(1, 100000) n
"""


def plan(query: EntityQuery) -> str:
    with CaptureQueriesContext(connection) as captured:
        api.find_entities(actor=SYSTEM, query=query)
    [asked] = [one["sql"] for one in captured if "SELECT e.id" in one["sql"]][:1]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked.replace("%", "%%"))
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_indexes_serve_a_hundred_thousand_entities() -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("ANALYZE sense_entity")
    with acting_as(SYSTEM):
        assert "sense_entity_order" in plan(EntityQuery())
        assert "sense_entity_types" in plan(EntityQuery((EntitySelector(types=parse_type_query("x:Rare", CORE)),)))
        assert "urn" in plan(EntityQuery((EntitySelector(ids=("urn:ngsi-ld:Lamp:5",)),)))
        near = GeoQuery(GeoRelation.NEAR, {"type": "Point", "coordinates": [106.5, 29.5]}, max_distance=300)
        assert "sense_entity_box" in plan(EntityQuery(geo=near))
        everywhere = GeoQuery(GeoRelation.NEAR, {"type": "Point", "coordinates": [106.5, 29.5]}, max_distance=300_000)
        assert "sense_entity_order" in plan(EntityQuery(geo=everywhere))
        begun = time.perf_counter()
        page = api.find_entities(actor=SYSTEM, query=EntityQuery(limit=100))
        for _ in range(5):
            page = api.find_entities(actor=SYSTEM, query=EntityQuery(limit=100, after=page.next))
        assert time.perf_counter() - begun < 5
        assert page.entities[-1].id == "urn:ngsi-ld:Lamp:600"


def entity(number: int, **attributes: Any) -> Any:
    return read_entity({"id": f"urn:ngsi-ld:Lot:{number}", "type": "Lot", **attributes}, CORE)


@pytest.mark.django_db
def test_a_thousand_entities_are_one_set(django_assert_max_num_queries: Any) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.5, 29.5]}}
    every = [entity(number, free=number, name=f"P{number}", location=place) for number in range(1000)]
    begun = time.perf_counter()
    with acting_as(SYSTEM), django_assert_max_num_queries(20):
        assert len(api.batch_create(actor=SYSTEM, entities=every).created) == 1000
    assert time.perf_counter() - begun < 5
    measured = {"type": "Property", "value": 1.5, "observedAt": "2026-11-20T01:00:00Z"}
    with acting_as(SYSTEM), django_assert_max_num_queries(40):
        fragments = [
            read_fragment({"id": one.id, "type": "Lot", "free": 1, "t": measured}, CORE, Purpose.APPEND) for one in every
        ]
        assert len(api.batch_update(actor=SYSTEM, fragments=fragments).updated) == 1000


def _at_once(*works: Any) -> list[Exception]:
    failed: list[Exception] = []

    def run(work: Any) -> None:
        try:
            with acting_as(SYSTEM):
                work()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed


@pytest.mark.owner
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_lose_nothing_and_never_wait_for_ever() -> None:
    with acting_as(SYSTEM):
        api.batch_create(actor=SYSTEM, entities=[entity(n) for n in range(6)])

    def patch(name: str, order: int) -> Any:
        def work() -> None:
            for round_ in range(5):
                fragments = [
                    read_fragment({"id": f"urn:ngsi-ld:Lot:{n}", f"{name}{round_}": 1}, CORE, Purpose.APPEND)
                    for n in range(6)[::order]
                ]
                with acting_as(SYSTEM):
                    assert not api.batch_update(actor=SYSTEM, fragments=fragments).errors

        return work

    assert _at_once(*(patch(name, order) for name, order in (("a", 1), ("b", -1), ("c", 1), ("d", -1)))) == []
    with acting_as(SYSTEM):
        page = api.find_entities(actor=SYSTEM, query=EntityQuery())
    assert [len(one.attributes) for one in page.entities] == [20] * 6


@pytest.mark.owner
@pytest.mark.django_db(transaction=True)
def test_of_two_who_create_one_wins_and_an_upsert_of_each_counts() -> None:
    outcomes: list[int] = []

    def create() -> None:
        outcomes.append(len(api.batch_create(actor=SYSTEM, entities=[entity(n) for n in range(50)]).created))

    assert _at_once(create, create, create) == []
    assert sum(outcomes) == 50

    def upsert(name: str) -> Any:
        return lambda: api.batch_upsert(actor=SYSTEM, entities=[entity(n, **{name: 1}) for n in range(50, 80)], update=True)

    assert _at_once(*(upsert(name) for name in "abcd")) == []
    with acting_as(SYSTEM):
        query = EntityQuery((EntitySelector(ids=tuple(f"urn:ngsi-ld:Lot:{n}" for n in range(50, 80))),), limit=100)
        assert {len(one.attributes) for one in api.find_entities(actor=SYSTEM, query=query).entities} == {4}
