"""How long the newest values of a page of 1,000 devices take with 100,000 devices, beside the same by the plain ORM.

    python benchmarks/latest_values.py [--devices 100000] [--series 3] [--page 1000] [--rounds 200] [--keep FOLDER]

Each request goes over HTTP to the web server as `up` starts it (token, scope, transaction, row security, JSON), each for another
page: of an officer who sees the city, of one who sees a district, and by profile; from one client and from four at once.
The peer reads the same page of devices by the ORM and dumps it by `json`, without a server. Prints 50th, 95th and 99th
percentiles, and whether the limit of 100 ms holds at the 95th; exit code 1 if not. `--keep` leaves the rows for the next run.
"""

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent))
from device_city import Visitor, ask_together, officer, portions, served, settle_city, tail
from stage import database

LIMIT_MS = 100.0


def main() -> int:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=100_000)
    options.add_argument("--series", type=int, default=3)
    options.add_argument("--page", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    with database(asked.keep):
        places = settle_city(asked.devices, asked.series)
        load = os.getloadavg()[0]
        print(
            f"{asked.devices:,} devices × {asked.series} series, pages of {asked.page:,}, {asked.rounds} rounds, load {load:.1f}"
        )
        worst = measure(asked, places[7])
        print(f"{'plain ORM, no server':>32}: {portions(by_orm(asked))}")
    print("within the limit" if worst < LIMIT_MS else "NOT within the limit")
    return 0 if worst < LIMIT_MS else 1


def measure(asked: argparse.Namespace, district: str) -> float:
    """Each way, with one client and with four; returns the greatest 95th percentile."""
    of_city, of_district = officer("50"), officer(district)
    ways = {
        "the city": (of_city, addresses(asked, asked.devices - asked.page)),
        "one district": (of_district, addresses(asked, asked.devices // 4)),
        "by profile": (of_city, addresses(asked, asked.devices // 2, profile="bench-3")),
    }
    worst = 0.0
    with served() as port:
        for name, (token, pages) in ways.items():
            for clients in (1, 4):
                visitors = [Visitor(port, token) for _ in range(clients)]
                ask_together(visitors, pages[:4], bool)
                took = ask_together(visitors, pages, lambda body: body.count(b'"device_id"') >= asked.page)
                print(f"{name + (', 1 client' if clients == 1 else ', 4 clients'):>32}: {portions(took)}", flush=True)
                worst = max(worst, tail(took))
    return worst


def addresses(asked: argparse.Namespace, before: int, **query: str) -> list[str]:
    """Pages that begin anywhere before the last."""
    chance = random.Random(7)
    starts = [device(chance.randrange(before)) for _ in range(asked.rounds)]
    return [f"/api/v1/sense/latest?{urlencode({'after': str(one), 'limit': asked.page, **query})}" for one in starts]


def device(number: int) -> UUID:
    """The id of a device of the city."""
    return UUID(int=number + (0x7000 << 64) + (0x8000 << 48))


def by_orm(asked: argparse.Namespace) -> list[float]:
    """The peer: the same pages as models, milliseconds of each."""
    chance, took = random.Random(7), []
    for _ in range(min(asked.rounds, 30)):
        after = device(chance.randrange(asked.devices - asked.page))
        began = time.perf_counter()
        page_by_orm(after, asked.page)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def page_by_orm(after: UUID, page: int) -> str:
    """A page as models."""
    from yuzhou.capabilities.sense.models import DeviceRecord, Latest

    devices = list(DeviceRecord.objects.select_related("status").filter(id__gt=after).order_by("id")[:page])
    newest = Latest.objects.select_related("series").filter(series__device__in=devices).order_by("series_id")
    return json.dumps(
        [
            {
                "id": one.series_id,
                "device_id": str(one.series.device_id),
                "property": one.series.property,
                "statistic": one.series.statistic,
                "unit": one.series.unit,
                "at": one.at.isoformat(),
                "value": one.value,
                "flag": one.flag,
                "source": one.source,
                "received_at": one.received_at.isoformat(),
            }
            for one in newest
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
