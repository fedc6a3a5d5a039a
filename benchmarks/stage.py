"""An own PostgreSQL with the settings of production, migrated, for one measurement."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database(kept: Path | None = None) -> Iterator[None]:
    """Start a server on a fresh folder, migrate as owner, set up Django on it; all is gone afterwards, but a folder `kept`."""
    from yuzhou.project.processes.postgres import EmbeddedPostgres, as_unprivileged

    folder = kept or Path(tempfile.mkdtemp(prefix="yuzhou-bench-", dir="/var/lib" if os.geteuid() == 0 else None))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    port = free_port()
    server = EmbeddedPostgres(folder / "postgres", port, settings=("shared_buffers=256MB", "max_wal_size=4GB"))
    server.initialise()
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(server.command(), cwd="/", stdout=log, stderr=log, **as_unprivileged())
    try:
        server.wait()
        _prepare(server.url(), folder)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        process.send_signal(2)
        process.wait(60)
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _prepare(url: str, folder: Path) -> None:
    import django

    os.environ |= {
        "DATABASE_OWNER_URL": url,
        "YUZHOU_DB_ROLE": "owner",
        "YUZHOU_DATA": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "yuzhou.project.settings",
    }
    (folder / "data" / "keys").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "static").mkdir(exist_ok=True)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
