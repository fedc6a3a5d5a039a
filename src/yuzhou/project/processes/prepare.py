"""The one-shot before the parts start: migrates, loads reference data, collects static files, makes the first administrator."""

import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from yuzhou.kernel import registry
from yuzhou.project.messages import compile_all
from yuzhou.project.processes.folder import DataFolder, write_private
from yuzhou.project.processes.progress import report

NOT_SERVED = ["*.map", "redoc*", "*.scss"]


def prepare(folder: DataFolder) -> None:
    """Bring database and data folder to the state that this version needs; quick when they are."""
    import django

    with suppress(PermissionError):  # an installed package carries them compiled
        compile_all()
    django.setup()
    _migrate()
    _load_reference_data(folder)
    _collect_static(folder)
    _make_first_administrator()
    if os.environ.get("YUZHOU_DEMO"):
        _seed_demonstrations()


def _step(zh: str, en: str) -> None:
    report("step", zh=zh, en=en)


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
        _step(f"数据库结构已更新（{len(plan)} 项）", f"{len(plan)} migrations applied")


def _load_reference_data(folder: DataFolder) -> None:
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    marker = folder.run / "reference.json"
    known = _read(marker)
    for part, provider in registry.every("reference_data"):
        key, load = f"{part.key}.{provider.name}", registry.resolve(provider.run)
        version = _fingerprint(load) + (registry.resolve(provider.version)() if provider.version else "")
        if known.get(key) == version:
            continue
        began = time.monotonic()
        with acting_as(Actor.system("reference-data")):
            load()
        known[key] = version
        write_private(marker, json.dumps(known))
        _step(f"参考数据 {key} 已装载", f"reference data {key} loaded in {time.monotonic() - began:.1f} s")


def _fingerprint(load: Callable[..., Any]) -> str:
    """Changes with the database, the loader's package and the data files beside it."""
    digest = hashlib.sha256(_database_identity().encode())
    package = Path(inspect.getfile(import_module(load.__module__))).parent
    for path in sorted(p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        digest.update(f"{path.relative_to(package)}:{path.stat().st_size}".encode())
        if path.stat().st_size < 4_000_000:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _database_identity() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::text FROM pg_database WHERE datname = current_database()")
        (oid,) = cursor.fetchone()
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        (system,) = cursor.fetchone()
    return f"{system}/{oid}"


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _collect_static(folder: DataFolder) -> None:
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = os.stat(storage.path(name))
            digest.update(f"{name}:{stat.st_size}:{stat.st_mtime_ns}".encode())
    marker = folder.static / ".collected"
    if marker.exists() and marker.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=NOT_SERVED)
    marker.write_text(digest.hexdigest())
    _step("静态文件已整理", "static files collected")


def _make_first_administrator() -> None:
    from yuzhou.kernel.access.api import FIRST_ADMINISTRATOR, create_first_administrator

    password = create_first_administrator()
    if password:
        report("administrator", name=FIRST_ADMINISTRATOR, password=password)


def _seed_demonstrations() -> None:
    """Let each part make its demonstration and tell people how to get in."""
    accounts: dict[str, list[tuple[str, str]]] = {}  # by their password
    for _, provider in registry.every("demo"):
        told = registry.resolve(provider.run)()
        _step(told.text.zh, told.text.en)
        accounts.setdefault(told.password, []).extend(told.accounts)
    for password, some in accounts.items():
        if some:
            report("accounts", accounts=some, password=password)
