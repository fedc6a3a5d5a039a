"""How long the newest values of a page of 1,000 devices take with 100,000 devices, beside the same by the plain ORM.

    python benchmarks/latest_values.py [--devices 100000] [--series 3] [--page 1000] [--rounds 100]

Each request goes through the whole site (token, scope, transaction, JSON) for another page: of an officer who sees the city,
and of one who sees a district (a thirty-eighth). The peer reads the same page of devices by the ORM and dumps it by `json`.
Prints medians and 95th percentiles, and whether the limit of 100 ms holds; exit code 1 if not.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

LIMIT_MS = 100.0
DISTRICTS = 38
FILL = """
INSERT INTO sense_device (id, protocol, identity, secret, title_zh, title_en, profile, place_path, silent_after_seconds,
  frames_per_minute, simulated, enabled, notes, registered_at{more})
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'http', 'bench-' || n, '', '样例', '', 'bench-' || n %% 10,
  '50.' || lpad((n %% {districts})::text, 4, '0'), 600, 600, true, true, '', now(){values} FROM generate_series(1, {devices}) n;
INSERT INTO sense_device_status (device_id, state, last_seen) SELECT id, 'online', now() FROM sense_device;
INSERT INTO sense_series (device_id, property, statistic, unit, title_zh, title_en)
SELECT id, 'p' || k, 'rtd', 'Cel', '', '' FROM sense_device, generate_series(1, {series}) k ORDER BY id, k;
INSERT INTO sense_latest (series_id, at, value, flag, source, received_at)
SELECT id, now(), random() * 30, 0, 0, now() FROM sense_series;
ANALYZE sense_device; ANALYZE sense_series; ANALYZE sense_latest;
"""


def main() -> int:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=100_000)
    options.add_argument("--series", type=int, default=3)
    options.add_argument("--page", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=100)
    asked = options.parse_args()
    with database():
        fill(asked)
        return measure(asked)


def fill(asked: argparse.Namespace) -> None:
    """Devices, series and newest values, straight into the tables."""
    from django.db import connection

    from yuzhou.capabilities.sense.models import DeviceRecord

    written = FILL.split("(", 1)[1].split(")", 1)[0]
    rest = [f for f in DeviceRecord._meta.local_fields if f.column not in written and not f.null]
    empty = {"BinaryField": "''", "JSONField": "'{}'", "BooleanField": "false"}
    values = "".join(", " + empty.get(f.get_internal_type(), "0" if "Integer" in f.get_internal_type() else "''") for f in rest)
    more = "".join(f", {f.column}" for f in rest)
    sql = FILL.format(more=more, values=values, districts=DISTRICTS, devices=asked.devices, series=asked.series)
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%%", "%"))


def measure(asked: argparse.Namespace) -> int:
    """Each way, the same pages in the same order."""
    random.seed(7)
    city = [UUID(int=random.randrange(asked.devices - asked.page) + (0x7000 << 64) + (0x8000 << 48)) for _ in range(asked.rounds)]
    ways: dict[str, Callable[[UUID], object]] = {
        "JSON, the city": request_of(None, asked.page),
        "JSON, one district": request_of("50.0007", asked.page),
        "JSON, by profile": request_of(None, asked.page, profile="bench-3"),
        "plain ORM, the city": lambda after: by_orm(after, asked.page),
    }
    load = os.getloadavg()[0]
    print(f"{asked.devices:,} devices × {asked.series} series, pages of {asked.page:,}, {asked.rounds} rounds, load {load:.1f}")
    worst = 0.0
    for name, ask in ways.items():
        took = sorted(timed(ask, after if "district" not in name else UUID(int=0)) for after in city)
        p50, p95 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))]
        worst = worst if "ORM" in name else max(worst, p95)
        print(f"{name:>22}: p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")
    print("within the limit" if worst < LIMIT_MS else "NOT within the limit")
    return 0 if worst < LIMIT_MS else 1


def timed(ask: Callable[[UUID], object], after: UUID) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    ask(after)
    return (time.perf_counter() - began) * 1000


def request_of(place: str | None, page: int, **query: str) -> Callable[[UUID], object]:
    """A request to the site by an officer of that place."""
    from django.test import Client

    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.access import models
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.places.api import load_carried_data
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        load_carried_data()
        user = access.create_user(actor=actor, username=f"officer-{random.random()}", display_name="样例", place_path="50")
        access.grant_role(actor=actor, user=user, role="environment-officer", place_path="50")
        secret = access.create_token(actor=actor, user=user, name="b", permissions=frozenset({"sense.device:read"})).secret
        if place:
            models.RoleGrant.objects.filter(user_id=user.id).update(place_path=place)
            models.ApiToken.objects.filter(user_id=user.id).update(place_path=place)
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {secret}"})

    def ask(after: UUID) -> object:
        answer = client.get("/api/v1/sense/latest", {"after": str(after), "limit": page, **query})
        assert answer.status_code == 200, answer.content
        assert answer.content.count(b'"device_id"') > page, len(answer.content)
        return answer

    return ask


def by_orm(after: UUID, page: int) -> str:
    """The peer: the same page as models."""
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
