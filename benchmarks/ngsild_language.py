"""How long NGSI-LD's language takes an entity: reading, writing, matching; beside PyLD's expansion where that is installed.

python -m benchmarks.ngsild_language
"""

import json
import timeit
from collections.abc import Callable
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.changes import create, merge
from yuzhou.capabilities.sense.rules.ngsild.context import build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.core_context import core_document
from yuzhou.capabilities.sense.rules.ngsild.query.matching import matches_query
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.representation import Form, View, represent

OWN = {"ex": "https://example.org/", **{name: f"ex:{name}" for name in ("Vehicle", "speed", "isParked", "brand", "note")}}
BODY = {
    "id": "urn:ngsi-ld:Vehicle:A4567",
    "type": "Vehicle",
    "speed": {"type": "Property", "value": 55.5, "unitCode": "KMH", "observedAt": "2026-11-23T08:00:00Z",
              "source": {"type": "Property", "value": "GPS"}},
    "isParked": {"type": "Relationship", "object": "urn:ngsi-ld:OffStreetParking:Downtown1"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.55, 29.56]}},
    "name": {"type": "LanguageProperty", "languageMap": {"zh": "样例", "en": "sample"}},
    "brand": {"type": "Property", "value": "sample"},
    "address": {"type": "Property", "value": {"city": "重庆", "street": "样例路"}},
    **{f"note{n}": {"type": "Property", "value": n} for n in range(4)},
}  # fmt: skip


def measure(name: str, work: Callable[[], Any], times: int = 5000) -> None:
    """The best of five runs, in µs a call."""
    best = min(timeit.repeat(work, number=times, repeat=5)) / times * 1e6
    print(f"{name:42} {best:10.1f} µs")


def main() -> None:
    """Print the figures."""
    context = build_context(OWN, no_fetch)
    entity = create(read_entity(BODY, context), "2026-11-23T08:00:00.000000Z").entity
    query = parse_query('speed>50;address[city]=="重庆"|brand~="^s"', context)
    part = read_fragment({"speed": {"value": 60, "observedAt": "2026-11-23T08:01:00Z"}}, context, Purpose.MERGE)
    measure("read an entity of ten attributes", lambda: read_entity(BODY, context))
    for form in Form:
        measure(f"write it {form.value}", lambda form=form: represent(entity, context, View(form)))
    measure("merge one attribute into it", lambda: merge(entity, part, "2026-11-23T08:01:00.000000Z"))
    measure("parse a query of three conditions", lambda: parse_query('speed>50;address[city]=="重庆"|brand~="^s"', context))
    measure("match it in memory", lambda: matches_query(query, entity))
    try:
        from pyld import jsonld
    except ImportError:
        print("PyLD is not installed: nothing to compare with.")
        return
    document = {**json.loads(json.dumps(BODY)), "@context": [OWN, core_document()["@context"]]}
    measure("PyLD: expand the same entity", lambda: jsonld.expand(document), times=50)


if __name__ == "__main__":
    main()
