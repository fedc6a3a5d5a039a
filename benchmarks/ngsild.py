"""How many NGSI-LD requests a second the web server answers: create, partial update, query; by 1, 8 and 64 clients.

    python benchmarks/ngsild.py [--seconds 5] [--clients 1,8,64] [--entities 1000] [--inside]

Over HTTP to the web server as `up` starts it, with a token, scope, transaction, audit and row security. The entity is that of
Stellio's load tests: six properties, a relationship, a location. Beside it, in the same run: a plain read of one row by its
index, over one connection to the database. `--inside` measures the same services in this process, without HTTP.
"""

import argparse
import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from device_city import served
from stage import database

ROOT = "/ngsi-ld/v1/entities"
VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"
_numbers = count(1)
Work = Callable[[Any], None]


def body(number: int) -> dict[str, Any]:
    """An entity as Stellio's load tests have it."""
    texts = {f"text{n}": {"type": "Property", "value": f"sample {number} {n}"} for n in range(4)}
    return {
        "id": f"urn:ngsi-ld:Bench:{number}",
        "type": "Bench",
        **texts,
        "level": {"type": "Property", "value": number % 100, "unitCode": "P1"},
        "open": {"type": "Property", "value": True},
        "near": {"type": "Relationship", "object": f"urn:ngsi-ld:Bench:{number // 2}"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.5, 29.5 + number % 1000 / 5000]}},
    }


class Client:
    """Somebody with a connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, content: Any, status: int) -> None:
        """One request; any other answer than the one expected ends the run."""
        text = None if content is None else json.dumps(content)
        self.connection.request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        found = answer.read()
        if answer.status != status:
            raise RuntimeError(f"{method} {path}: {answer.status} {found[:300]!r}")


def create(client: Client) -> None:
    """Clause 5.6.1."""
    client.ask("POST", ROOT, body(next(_numbers)), 201)


def partial_update(client: Client) -> None:
    """Clause 5.6.4."""
    number = next(_numbers)
    client.ask("PATCH", f"{ROOT}/urn:ngsi-ld:Bench:{number % 900 + 1}/attrs/level", {"value": number}, 204)


def query(client: Client) -> None:
    """Clause 5.7.2, by type and value, twenty entities."""
    client.ask("GET", f"{ROOT}?type=Bench&q=level%3E{next(_numbers) % 90}&limit=20", None, 200)


def rate(work: Work, clients: list[Any], seconds: float) -> tuple[float, float]:
    """Requests a second of all clients, and the 95th percentile in milliseconds."""
    took: list[float] = []
    failed: list[BaseException] = []
    end = time.perf_counter() + seconds

    def run(client: Any) -> None:
        try:
            while (began := time.perf_counter()) < end:
                work(client)
                took.append(time.perf_counter() - began)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=[client]) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return len(took) / (time.perf_counter() - began), sorted(took)[int(len(took) * 0.95)] * 1000


def plain_read(seconds: float) -> float:
    """The peer: rows by an index, in this process."""
    from django.db import connection

    done, end = 0, time.perf_counter() + seconds
    with connection.cursor() as cursor:
        while time.perf_counter() < end:
            cursor.execute("SELECT document FROM sense_entity WHERE urn = %s", [f"urn:ngsi-ld:Bench:{done % 900 + 1}"])
            cursor.fetchone()
            done += 1
    return done / seconds


def token_of_writer() -> str:
    """An officer of the whole city, as a bearer token."""
    import secrets

    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor, rights = Actor.system("benchmark"), frozenset({"sense.device:read", "sense.entity:write"})
    with acting_as(actor):
        user = access.create_user(actor=actor, username=f"officer-{secrets.token_hex(4)}", display_name="样例", place_path="50")
        access.grant_role(actor=actor, user=user, role="environment-officer", place_path="50")
        return access.create_token(actor=actor, user=user, name="b", permissions=rights).secret


def fill(entities: int) -> None:
    """Entities to begin with, by batches."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
    from yuzhou.capabilities.sense.rules.ngsild.reading import read_entity
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    for start in range(0, entities, 1000):
        made = [read_entity(body(next(_numbers)), CORE_CONTEXT) for _ in range(min(1000, entities - start))]
        with acting_as(actor):
            api.batch_create(actor=actor, entities=made)


def inside() -> dict[str, Work]:
    """The same operations as calls of the services."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts.entities import EntityQuery, EntitySelector
    from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT as CORE
    from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
    from yuzhou.capabilities.sense.rules.ngsild.query.types import parse_type_query
    from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_attribute, read_entity
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor, level = Actor.system("benchmark"), VOCAB + "level"

    def make(_: Any) -> None:
        with acting_as(actor):
            api.create_entity(actor=actor, entity=read_entity(body(next(_numbers)), CORE))

    def patch(_: Any) -> None:
        number = next(_numbers)
        part = read_attribute({"value": number}, level, CORE, Purpose.PARTIAL)
        with acting_as(actor):
            urn = f"urn:ngsi-ld:Bench:{number % 900 + 1}"
            api.partial_update_attribute(actor=actor, urn=urn, name=level, instances=part)

    def ask(_: Any) -> None:
        chosen = (EntitySelector(types=parse_type_query("Bench", CORE)),)
        wanted = EntityQuery(chosen, q=parse_query(f"level>{next(_numbers) % 90}", CORE))
        with acting_as(actor):
            api.find_entities(actor=actor, query=wanted)

    return {"create": make, "partial update": patch, "query": ask}


def main() -> int:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--clients", default="1,8,64")
    options.add_argument("--entities", type=int, default=1000)
    options.add_argument("--inside", action="store_true")
    asked = options.parse_args()
    with database():
        began = time.perf_counter()
        fill(asked.entities)
        took = time.perf_counter() - began
        print(f"load {os.getloadavg()[0]:.1f}; {asked.entities:,} entities by batches of 1,000 in {took:.2f} s")
        print(f"{'plain indexed read':>24}: {plain_read(asked.seconds):8.0f} /s")
        if asked.inside:
            for name, work in inside().items():
                told(name, *rate(work, [None], asked.seconds))
            return 0
        token = token_of_writer()
        with served() as port:
            for work in (create, partial_update, query):
                for clients in map(int, asked.clients.split(",")):
                    some = [Client(port, token) for _ in range(clients)]
                    told(f"{work.__name__}, {clients}", *rate(work, some, asked.seconds))
    return 0


def told(name: str, requests: float, tail: float) -> None:
    """A line of the result."""
    print(f"{name:>24}: {requests:8.0f} /s   p95 {tail:6.1f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
