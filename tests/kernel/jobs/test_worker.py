"""The worker process: works, outlives broken connections, and stops when told to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.audit.models import AuditLeaf
from yuzhou.kernel.jobs.api import list_workers
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

SYSTEM = Actor.system("test")


def database_url() -> str:
    values = connection.settings_dict
    return f"postgresql://{quote(values['USER'])}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def act_and_see_it_ordered(number: int) -> None:
    with acting_as(SYSTEM):
        acts.record(actor=SYSTEM, act="test.thing:do", subject=f"urn:{number}")
    wait_for(lambda: AuditLeaf.objects.count() >= number)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen]:
    environment = os.environ | {
        "YUZHOU_DB_ROLE": "owner",
        "DATABASE_OWNER_URL": database_url(),
        "YUZHOU_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen([sys.executable, "-m", "yuzhou", "worker"], env=environment)
    yield process
    process.kill()
    process.wait()


def break_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_a_worker_works_survives_a_broken_database_and_stops(worker: subprocess.Popen) -> None:
    wait_for(lambda: len(list_workers()) == 1)
    act_and_see_it_ordered(1)
    assert break_connections() > 4
    act_and_see_it_ordered(2)
    wait_for(lambda: list_workers()[0].troubles == {})
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    assert list_workers() == []
