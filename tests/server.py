"""One running platform for the whole test run, started as a user would start it."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from yuzhou.project.processes.account import can_run, unprivileged_user
from yuzhou.project.processes.database import embedded_addresses
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "YUZHOU_TEST_SERVER"
# commits stay synchronous: tests kill the server and count what it kept
QUICK = "fsync=off full_page_writes=off shared_buffers=64MB"


def default_program() -> list[str]:
    """How to call the command line: our own interpreter where the server's account can run it, else the launcher."""
    account = unprivileged_user()
    if account is None or can_run(account):
        return [sys.executable, "-P", "-m", "yuzhou"]
    return [str(ROOT / "yuzhou")]


def shared_folder(prefix: str) -> Path:
    """A fresh folder that the server's account can enter."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/var/lib" if os.geteuid() == 0 else None))
    folder.chmod(0o755)
    return folder


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without what the tests themselves were given."""
    taken_out = ("DATABASE_URL", "DATABASE_OWNER_URL", "NATS_URL", "YUZHOU_DATA", "YUZHOU_DB_ROLE", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in taken_out and not name.startswith("COV_")}
    return {**kept, "YUZHOU_POSTGRES_SETTINGS": QUICK, **extra}


@dataclass(frozen=True)
class RunningServer:
    """A platform that runs: where it is and how to get in."""

    data: str
    port: int
    mqtt_port: int
    service_ports: dict[str, int]
    admin: str = "admin"
    password: str = ""
    output: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    program: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway_port(self) -> int:
        """The HJ 212 port."""
        return self.service_ports["hj212"]

    @property
    def folder(self) -> DataFolder:
        """Its data folder."""
        return DataFolder(Path(self.data))

    @property
    def database_url(self) -> str:
        """The database as its owner."""
        return embedded_addresses(self.folder, self.folder.state()["postgres_port"]).owner

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command on this platform, such as `run("user", "add", …)`."""
        environment = clean_environment(**{**self.environment, "YUZHOU_DATA": self.data})
        options = {"capture_output": True, "text": True, "timeout": 300, **options}
        return subprocess.run([*(self.program or default_program()), *arguments], env=environment, **options)

    def health(self) -> dict[str, Any]:
        """What `/healthz` says; raises unless all is ready."""
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as response:
            return dict(json.load(response))

    def stop(self) -> None:
        """Stop it."""
        self.run("stop", "--data", self.data)


def start_server(folder: Path, *arguments: str, program: Sequence[str] = (), **environment: str) -> RunningServer:
    """Start a platform on free ports with its data in `folder/data`; returns when it is ready."""
    data, port = folder / "data", free_port()
    streams, mqtt = free_port(), free_port()
    services = {name: free_port() for name in declared_port_names()}
    command = [
        *(program or default_program()),
        "up",
        "--detach",
        "--data",
        str(data),
        "--port",
        str(port),
        "--streams-port",
        str(streams),
    ]
    command += ["--mqtt-port", str(mqtt), "--stop-with", str(os.getpid())]
    for name, number in services.items():
        command += [f"--{name}-port", str(number)]
    done = subprocess.run(
        [*command, *arguments], env=clean_environment(**environment), capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"the server did not start:\n{done.stdout}\n{done.stderr}")
    found = re.search(r"one-time password:\s+(\S+)", done.stdout)
    return RunningServer(
        str(data),
        port,
        mqtt,
        services,
        password=found[1] if found else "",
        output=done.stdout,
        environment=environment,
        program=list(program),
    )


def declared_port_names() -> list[str]:
    """The ports of all declared services."""
    from yuzhou.project.cli.up import declared_ports

    return [port.name for port in declared_ports()]


def prepare_shared_server() -> None:
    """In the controlling process: make the folder in which the run's server will live, if a test wants one."""
    os.environ[FOLDER] = str(shared_folder("yuzhou-server-"))
    os.environ[f"{FOLDER}_KEEPER"] = str(os.getpid())


def shared_server() -> RunningServer:
    """The run's server; the first to ask starts it, whichever xdist worker that is."""
    folder = Path(os.environ[FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        about, failed = folder / "server.json", folder / "failed"
        if failed.exists():
            raise RuntimeError(failed.read_text())
        if not about.exists():
            try:
                server = start_server(folder, "--stop-with", os.environ[f"{FOLDER}_KEEPER"])
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed.write_text(str(error))
                raise
            about.write_text(json.dumps(asdict(server)))
        return RunningServer(**json.loads(about.read_text()))


@contextmanager
def undisturbed(*, alone: bool) -> Iterator[None]:
    """Hold the run's server together with other tests, or alone, for a test that kills parts of it.

    Whoever waits to have it alone keeps newcomers out, so that it gets its turn.
    """
    folder = Path(os.environ[FOLDER])
    with (folder / "gate").open("w") as gate, (folder / "use").open("w") as use:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(use, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def end_shared_server() -> None:
    """In the controlling process: stop the run's server, if one was started, and remove its folder."""
    folder = Path(os.environ.pop(FOLDER))
    about = folder / "server.json"
    if about.exists():
        RunningServer(**json.loads(about.read_text())).stop()
    shutil.rmtree(folder, ignore_errors=True)


class Visitor:
    """A browser without JavaScript: keeps cookies, sends forms with their CSRF token."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; redirects are followed."""
        return self._open(urllib.request.Request(self.server.url + path))

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form: the page is asked for first, for its token."""
        self.get(path)
        token = next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        return self._open(urllib.request.Request(self.server.url + path, body, {"Referer": self.server.url + path}))

    def sign_in(self, name: str, password: str) -> tuple[int, str]:
        """Sign in by password."""
        return self.post("/accounts/login/", login=name, password=password)

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
