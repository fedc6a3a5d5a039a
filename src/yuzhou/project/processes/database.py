"""Makes the roles, the database and its extensions, on the embedded server or on one that `DATABASE_URL` names."""

import os
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.postgres import EmbeddedPostgres

OWNER_ROLE = "yuzhou"
DATABASE = "yuzhou"
SETTINGS = ("max_connections=200", "shared_buffers=256MB", "max_wal_size=2GB", "random_page_cost=1.1", "jit=off")
EXTENSIONS = ("pg_trgm", "btree_gist", "ltree")


@dataclass(frozen=True)
class Addresses:
    """Where the database is, for the web's role and for the owner."""

    web: str
    owner: str


def embedded_server(folder: DataFolder, port: int) -> EmbeddedPostgres:
    """The embedded server of a data folder."""
    extra = tuple(os.environ.get("YUZHOU_POSTGRES_SETTINGS", "").split())
    password = folder.secret("database-superuser")
    return EmbeddedPostgres(folder.postgres, port, owner="postgres", settings=(*SETTINGS, *extra), password=password)


def embedded_addresses(folder: DataFolder, port: int) -> Addresses:
    """Addresses of the platform's database on the embedded server."""
    server = embedded_server(folder, port)
    return Addresses(
        web=server.url(DATABASE, WEB_ROLE, folder.secret("database-web")),
        owner=server.url(DATABASE, OWNER_ROLE, folder.secret("database-owner")),
    )


def prepare_embedded(folder: DataFolder, port: int) -> None:
    """Make both login roles, the database and the extensions; does nothing where they exist."""
    server = embedded_server(folder, port)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for role, secret in ((OWNER_ROLE, "database-owner"), (WEB_ROLE, "database-web")):
            _make_login(connection, role, folder.secret(secret))
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
            )
    with psycopg.connect(server.url(DATABASE), autocommit=True) as connection:
        _make_extensions(connection)


def prepare_external(owner_url: str) -> None:
    """Make the extensions and the web's role on a server that others run, and let the owner take that role on."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        _make_extensions(connection)
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", WEB_ROLE):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(WEB_ROLE)))
        if not _exists(connection, "SELECT 1 WHERE pg_has_role(current_user, %s, 'SET')", WEB_ROLE):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(WEB_ROLE)))


def _exists(connection: psycopg.Connection[Any], query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _make_login(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    verb = "ALTER" if _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role) else "CREATE"
    connection.execute(sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}").format(sql.Identifier(role), sql.Literal(password)))


def _make_extensions(connection: psycopg.Connection[Any]) -> None:
    for extension in EXTENSIONS:
        if not _exists(connection, "SELECT 1 FROM pg_extension WHERE extname = %s", extension):
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
