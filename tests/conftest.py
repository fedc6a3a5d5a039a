"""One real PostgreSQL for the run; migrated as owner, tested as the restricted web role."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer, Visitor, end_shared_server, prepare_shared_server, shared_server, undisturbed
from yuzhou.project.environment import database_settings
from yuzhou.project.processes.postgres import EmbeddedPostgres, as_unprivileged

SHARED = "/var/lib" if os.geteuid() == 0 else None  # a folder that the unprivileged server can enter
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB")


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once, in the controlling process, and point Django of every process at it."""
    if not os.environ.get("YUZHOU_TEST_DATABASE"):
        _start_server(config)
        prepare_shared_server()
    from django.conf import settings

    settings.DATABASES["default"].update(database_settings("owner", "", os.environ["YUZHOU_TEST_DATABASE"]))
    settings.NATS_URL = ""  # no bus: nothing listens here
    settings.DATA_FOLDER = Path(os.environ["YUZHOU_TEST_DATA"])
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def _start_server(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-test-", dir=SHARED))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres", free_port(), settings=FAST)
    server.initialise()
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(server.command(), cwd="/", stdout=log, stderr=log, **as_unprivileged())
    config._yuzhou_server = (process, folder)
    server.wait()
    os.environ["YUZHOU_TEST_DATABASE"] = server.url("yuzhou")
    os.environ["YUZHOU_TEST_DATA"] = str(folder / "data")
    _create_role(server)


def _create_role(server: EmbeddedPostgres) -> None:
    import psycopg

    from yuzhou.kernel.row_security import WEB_ROLE

    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {WEB_ROLE} NOLOGIN")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its folder."""
    server = getattr(config, "_yuzhou_server", None)
    if server:
        process, folder = server
        process.send_signal(2)
        process.wait(30)
        end_shared_server()
        shutil.rmtree(folder, ignore_errors=True)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Long bytes name no test: they may hold the time of day, and each process must know a test by the same name."""
    return "bytes" if isinstance(val, bytes) and len(val) > 32 else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that kills parts of the shared server has it to itself."""
    if not any(item.get_closest_marker(name) for name in ("server", "browser", "kills")):
        return (yield)
    with undisturbed(alone=item.get_closest_marker("kills") is not None):
        return (yield)


@pytest.fixture(scope="session")
def server() -> RunningServer:
    """The whole platform, running: one for the run, shared by all tests marked `server` or `browser`."""
    return shared_server()


@pytest.fixture
def visitor(server: RunningServer) -> Visitor:
    """Someone without JavaScript at the running site."""
    return Visitor(server)


@pytest.fixture(autouse=True)
def as_web_role(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run database tests as the web's restricted role; mark with `owner` to stay the owner."""
    uses_database = request.node.get_closest_marker("django_db") is not None
    if not uses_database or request.node.get_closest_marker("owner"):
        yield
        return
    transactional = request.node.get_closest_marker("django_db").kwargs.get("transaction")
    request.getfixturevalue("transactional_db" if transactional else "db")
    from django.db import connection

    from yuzhou.kernel.row_security import WEB_ROLE

    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {WEB_ROLE}")
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture(autouse=True)
def in_the_default_language() -> Iterator[None]:
    """Leave no language behind for the next test."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, with the carried places in it."""
    from yuzhou.kernel.places.api import load_carried_data

    with django_db_blocker.unblock():
        load_carried_data()


@pytest.fixture
def places(as_web_role: None) -> None:
    """The carried places, loaded again where a transactional test emptied the tables before."""
    from django.db import connection

    from yuzhou.kernel.places.api import load_carried_data

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("RESET ROLE")
        load_carried_data()
        cursor.execute(f'SET ROLE "{role}"')
