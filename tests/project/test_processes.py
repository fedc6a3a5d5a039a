"""Starting, dying, coming back: no orphan, no wrong answer, no lost part."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.server import RunningServer, clean_environment, declared_port_names, default_program, shared_folder, start_server
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.database import embedded_server
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.ports import free_port
from yuzhou.project.processes.postgres import EmbeddedPostgres
from yuzhou.project.processes.temporary import running_bus, running_postgres

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("processes")]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for one platform."""
    made = shared_folder("yuzhou-processes-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def processes_of(data: Path) -> list[str]:
    """Every process whose environment or arguments name the data folder: ours, and nobody else's."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(data).encode() in text and state != "Z":
                found.append(f"{entry.name} {(entry / 'cmdline').read_bytes().decode(errors='replace')[:100]}")
    return found


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def is_ready(server: RunningServer) -> bool:
    try:
        return bool(server.health()["ready"]) and not server.folder.state()["standing_in"]
    except (OSError, ValueError):
        return False


def test_a_killed_parent_leaves_no_orphan_and_the_next_start_works(folder: Path) -> None:
    server = start_server(folder)
    data = Path(server.data)
    assert len(processes_of(data)) >= 6
    os.kill(server.folder.state()["pid"], signal.SIGKILL)
    until(lambda: not processes_of(data), 15)
    again = start_server(folder)
    assert again.health()["ready"]
    assert again.password == ""
    again.stop()
    assert not processes_of(data)


@pytest.mark.kills
@pytest.mark.parametrize("name", ["postgres", "bus", "worker", "streams", "web"])
def test_a_killed_part_comes_back(server: RunningServer, name: str) -> None:
    before = server.folder.state()["children"][name]
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: server.folder.state()["children"][name]["restarts"] > before["restarts"], 30)
    until(lambda: is_ready(server), 45)
    assert server.folder.state()["children"][name]["pid"] != before["pid"]


def test_the_port_answers_503_until_all_is_ready_and_then_200(folder: Path) -> None:
    port = free_port()
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
                    answers.append((response.status, json.load(response)["status"]))
            except urllib.error.HTTPError as error:
                answers.append((error.code, json.load(error)["status"]))
            except OSError:
                answers.append((0, "refused"))
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        server = start_server(folder, "--port", str(port))
        ready = len(answers) + 1  # the next one may have been asked before
        time.sleep(0.5)
    finally:
        stop.set()
        asking.join()
    server.stop()
    codes = [code for code, _ in answers]
    first = codes.index(503)
    assert set(codes[:first]) <= {0}
    assert set(codes[first:]) <= {503, 200, 0}
    assert codes[first:].count(0) <= 1  # a connection that was open while the placeholder closed
    assert (503, "starting") in answers
    assert set(codes[ready:]) == {200}  # until then the web and the page that stands in for it share the port


def test_ctrl_c_stops_all_and_says_so(folder: Path) -> None:
    data = folder / "data"
    command = [*default_program(), "up", "--data", str(data), "--port", str(free_port()), "--streams-port", str(free_port())]
    command += ["--mqtt-port", str(free_port())]
    for name in declared_port_names():
        command += [f"--{name}-port", str(free_port())]
    process = subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.PIPE, text=True, cwd="/", start_new_session=True
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "all ready" in line:
            break
    process.send_signal(signal.SIGINT)
    lines += process.stdout.readlines()
    assert process.wait(60) == 0
    assert "database ready" in "".join(lines)
    assert "one-time password" in "".join(lines)
    assert "stopped" in lines[-1]
    assert not processes_of(data)


def test_a_taken_port_is_named(server: RunningServer, folder: Path) -> None:
    done = server.run("up", "--data", str(folder / "other"), "--port", str(server.port))
    assert done.returncode == 4
    assert str(server.port) in done.stderr
    assert "--port" in done.stderr


def test_database_and_bus_of_others_take_the_place_of_our_own(folder: Path) -> None:
    theirs = DataFolder(folder / "theirs")
    theirs.prepare()
    with running_postgres(theirs) as (_, superuser), running_bus(theirs) as bus:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("DROP ROLE yuzhou_web")
            connection.execute("CREATE ROLE city LOGIN CREATEROLE PASSWORD 'its-own'")
            connection.execute("CREATE DATABASE city OWNER city")
        address = superuser.replace("postgres:", "city:", 1).rpartition("/")[0] + "/city"
        address = address.replace(theirs.secret("database-superuser"), "its-own")
        server = start_server(folder, DATABASE_URL=address, NATS_URL=bus)
        try:
            state = server.folder.state()
            assert set(state["children"]) & {"postgres", "bus"} == set()
            assert not server.folder.postgres.exists()
            with psycopg.connect(address) as connection:
                (count,) = connection.execute("SELECT count(*) FROM kernel_access_user").fetchone() or (0,)
            assert count == 1
        finally:
            server.stop()


def test_tls_by_a_certificate_of_our_own(folder: Path) -> None:
    server = start_server(folder, "--tls-self-signed")
    try:
        context = ssl.create_default_context(cafile=str(server.folder.keys / "tls-cert.pem"))
        request = urllib.request.Request(f"https://127.0.0.1:{server.port}/accounts/login/")
        with urllib.request.urlopen(request, context=context) as response:
            assert "max-age" in response.headers["Strict-Transport-Security"]
            assert "Secure" in response.headers["Set-Cookie"]
    finally:
        server.stop()


def test_the_web_knows_no_password_of_the_owner(server: RunningServer) -> None:
    children = server.folder.state()["children"]
    environ = Path(f"/proc/{children['web']['pid']}/environ").read_bytes()
    assert server.folder.secret("database-owner").encode() not in environ
    with psycopg.connect(server.database_url) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'yuzhou'").fetchone() == (False,)
        assert connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = 'yuzhou_web'").fetchone() == (
            False,
            False,
        )


def test_nobody_gets_into_the_database_without_a_password(server: RunningServer) -> None:
    embedded = embedded_server(server.folder, server.folder.state()["postgres_port"])
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(EmbeddedPostgres(embedded.folder, embedded.port, owner="postgres").url())


def test_the_bus_asks_for_a_password(server: RunningServer) -> None:
    bus = EmbeddedBus(server.folder.bus, 1, 2, "secret")
    assert "authorization {" in bus.configuration()
    assert "cluster" not in bus.configuration()
