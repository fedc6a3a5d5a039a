"""Brings a backup back into an empty folder."""

import os
import shutil
from pathlib import Path
from typing import Any

from yuzhou.project.backups.archive import FOLDERS, read_archive
from yuzhou.project.backups.backup import held
from yuzhou.project.backups.database import has_tables, load_database
from yuzhou.project.backups.streams import load_streams
from yuzhou.project.processes.account import give_tree_to_account
from yuzhou.project.processes.database import prepare_external
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.temporary import running_bus, running_postgres


class NotEmpty(Exception):
    """There is something already where the backup should go."""


def restore_backup(source: Path, folder: DataFolder) -> dict[str, Any]:
    """Restore; returns the backup's manifest. Raises NotEmpty, BadArchive, DumpFailed, BusRefused."""
    _require_empty(folder.path)
    external = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    if external and has_tables(external):
        raise NotEmpty("the database that DATABASE_URL names holds tables already")
    folder.prepare()
    with held(folder):
        work = folder.run / "restore"
        work.mkdir()
        manifest = read_archive(source, work)
        for name in FOLDERS:
            _move(work / name, folder.path / name)
        give_tree_to_account(folder.path)
        _restore_database(folder, work / "database.dump", external)
        if manifest["has_bus"] and not os.environ.get("NATS_URL"):
            with running_bus(folder) as url:
                load_streams(url, work / "streams")
        shutil.rmtree(work)
        give_tree_to_account(folder.path)
    return manifest


def _restore_database(folder: DataFolder, dump: Path, external: str | None) -> None:
    if external:
        prepare_external(external)
        load_database(external, dump, is_superuser=False)
        return
    with running_postgres(folder) as (_, superuser):
        load_database(superuser, dump, is_superuser=True)


def _require_empty(path: Path) -> None:
    if path.exists() and any(path.iterdir()):
        raise NotEmpty(f"{path} is not empty")


def _move(source: Path, target: Path) -> None:
    if source.is_dir():
        target.rmdir()
        source.rename(target)
