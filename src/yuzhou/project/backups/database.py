"""The database as one file, by pg_dump and pg_restore."""

import os
import subprocess
from pathlib import Path

import psycopg

from yuzhou.project.processes.postgres import binaries


class DumpFailed(Exception):
    """pg_dump or pg_restore did not succeed; the message is its own."""


def dump_database(url: str, target: Path) -> None:
    """Write a consistent copy, taken while others go on writing, in pg_dump's own compressed form."""
    _run("pg_dump", "--format=custom", f"--file={target}", "--dbname", url)


def load_database(url: str, source: Path, *, is_superuser: bool) -> None:
    """Fill an empty database; on a server of others, everything then belongs to the owner who asks."""
    ours = () if is_superuser else ("--no-owner", "--no-comments")
    _run("pg_restore", "--exit-on-error", "--single-transaction", *ours, "--dbname", url, str(source))


def has_tables(url: str) -> bool:
    """Whether the database holds anything of the platform."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone() is not None


def _run(program: str, *arguments: str) -> None:
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    done = subprocess.run([str(binaries() / program), *arguments], capture_output=True, text=True, cwd="/", env=environment)
    if done.returncode:
        raise DumpFailed(f"{program}: {done.stderr.strip()[-2000:]}")
