"""A city of many devices for the measurements of pages: the rows, the web server over them, and people who ask it."""

import http.client
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stage import free_port

PROFILES = 10
FILL = """
INSERT INTO sense_device (id, protocol, identity, secret, title_zh, title_en, profile, place_path, silent_after_seconds,
  frames_per_minute, simulated, enabled, notes, registered_at{more})
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'http', 'BENCH-' || lpad(n::text, 6, '0'),
  '', '样例设备 ' || n || ' 号', '', 'bench-' || n % {profiles}, (%(places)s::text[])[1 + n % cardinality(%(places)s::text[])],
  600, 600, true, true, '', now(){values} FROM generate_series(1, {devices}) n;
INSERT INTO sense_device_status (device_id, state, last_seen)
SELECT id, CASE WHEN random() < 0.9 THEN 'online' ELSE 'silent' END, now() - random() * interval '1 hour' FROM sense_device;
INSERT INTO sense_series (device_id, property, statistic, unit, title_zh, title_en)
SELECT id, 'p' || k, 'rtd', 'Cel', '', '' FROM sense_device, generate_series(1, {series}) k ORDER BY id, k;
INSERT INTO sense_latest (series_id, at, value, flag, source, received_at)
SELECT id, now(), random() * 30, 0, 0, now() FROM sense_series;
"""
TABLES = ("sense_device", "sense_device_status", "sense_series", "sense_latest")


def settle_city(devices: int, series: int) -> list[str]:
    """Devices, series and newest values straight into the tables, spread over the districts; returns the districts' paths.

    A city that is there from an earlier run stays.
    """
    from django.db import connection

    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.places.api import list_districts, load_carried_data
    from yuzhou.kernel.transactions import acting_as

    with acting_as(Actor.system("benchmark")):
        load_carried_data()
        places = [place.path for place in list_districts()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sense_device")
        if cursor.fetchone()[0] != devices:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
            more, values = _rest_of_device()
            filled = FILL.format(more=more, values=values, profiles=PROFILES, devices=devices, series=series)
            for statement in filled.split(";\n"):
                if statement.strip():
                    cursor.execute(statement.replace("% ", "%% "), {"places": places})
            for table in TABLES:
                cursor.execute(f"ANALYZE {table}")
    return places


def _rest_of_device() -> tuple[str, str]:
    """The columns that `FILL` does not name, empty."""
    from yuzhou.capabilities.sense.models import DeviceRecord

    written = FILL.split("(", 1)[1].split("{more}", 1)[0]
    rest = [f for f in DeviceRecord._meta.local_fields if f.column not in written.replace("\n", "") and not f.null]
    empty = {"BinaryField": "''", "JSONField": "'{}'", "BooleanField": "false"}
    values = [empty.get(f.get_internal_type(), "0" if "Integer" in f.get_internal_type() else "''") for f in rest]
    return "".join(f", {f.column}" for f in rest), "".join(f", {value}" for value in values)


def officer(place: str) -> str:
    """An officer of that place, as a bearer token."""
    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        user = access.create_user(actor=actor, username=f"officer-{secrets.token_hex(4)}", display_name="样例", place_path=place)
        access.grant_role(actor=actor, user=user, role="environment-officer", place_path=place)
        return access.create_token(actor=actor, user=user, name="b", permissions=frozenset({"sense.device:read"})).secret


@contextmanager
def served() -> Iterator[int]:
    """The web process over that database in its own restricted role, as `up` starts it; gives its port."""
    port = free_port()
    environment = {**os.environ, "YUZHOU_DB_ROLE": "web", "YUZHOU_DB_POOL": "10", "YUZHOU_PORT": str(port)}
    log = Path(os.environ["YUZHOU_DATA"]) / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "yuzhou", "web"], env=environment, stdout=output, stderr=output)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the web process does not answer")


class Visitor:
    """Somebody with a connection of their own that stays open."""

    def __init__(self, port: int, token: str = "", cookies: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {"Cookie": cookies}

    def get(self, address: str) -> tuple[float, bytes]:
        """Milliseconds from the request to the last byte of its answer, and the answer."""
        began = time.perf_counter()
        self.connection.request("GET", address, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        assert answer.status == 200, (answer.status, body[:300])
        return took, body


def ask_together(visitors: Sequence[Visitor], addresses: Sequence[str], is_right: Callable[[bytes], bool]) -> list[float]:
    """Every visitor asks for their share of the addresses, all at the same time; milliseconds of each, sorted."""
    took: list[float] = []

    def go(number: int) -> None:
        for address in addresses[number :: len(visitors)]:
            spent, body = visitors[number].get(address)
            assert is_right(body), body[:300]
            took.append(spent)

    threads = [threading.Thread(target=go, args=[number]) for number in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == len(addresses), "a visitor failed"
    return sorted(took)


def portions(took: Sequence[float]) -> str:
    """Of sorted milliseconds the middle and the tail."""
    p50, p95, p99 = (took[min(len(took) - 1, int(len(took) * part))] for part in (0.5, 0.95, 0.99))
    return f"p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   p99 {p99:6.1f} ms   worst {took[-1]:6.1f} ms"


def tail(took: Sequence[float]) -> float:
    """The 95th percentile."""
    return took[min(len(took) - 1, int(len(took) * 0.95))]
