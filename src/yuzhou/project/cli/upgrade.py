"""`yuzhou upgrade`: makes a backup, then brings database and data folder to this version."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from yuzhou.kernel.clock import now
from yuzhou.project.backups.backup import held, make_backup
from yuzhou.project.cli import stop
from yuzhou.project.processes.database import Addresses
from yuzhou.project.processes.folder import DataFolder, default_data
from yuzhou.project.processes.options import Options
from yuzhou.project.processes.parts import child_environment
from yuzhou.project.processes.postgres import as_unprivileged
from yuzhou.project.processes.temporary import running_postgres


def run(arguments: list[str]) -> int:
    """Stop what runs, back up, migrate."""
    parser = argparse.ArgumentParser(prog="yuzhou upgrade")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--backup", type=Path, help="where to write the backup (backups/ beside the data folder)")
    asked = parser.parse_args(arguments)
    folder = DataFolder((asked.data or default_data()).absolute())
    if not folder.keys.is_dir():
        print(f"没有数据 · no data in {folder.path}", file=sys.stderr)
        return 3
    if stop.run(["--data", str(folder.path)]):
        return 1
    target = asked.backup or folder.path.parent / "backups" / f"before-upgrade-{now():%Y%m%d-%H%M%S}.tar"
    target.parent.mkdir(parents=True, exist_ok=True)
    written = make_backup(folder, target.absolute())
    print(f"备份完成 · backup written: {target} ({written.size / 1e6:.1f} MB)")
    code = _migrate(folder)
    print("升级完成，现在运行 yuzhou up · upgraded; now run: yuzhou up" if code == 0 else f"升级失败 · failed; restore {target}")
    return code


def _migrate(folder: DataFolder) -> int:
    external = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    with held(folder):
        if external:
            return _prepare(folder, Addresses(os.environ.get("DATABASE_URL", external), external))
        with running_postgres(folder) as (addresses, _):
            return _prepare(folder, addresses)


def _prepare(folder: DataFolder, addresses: Addresses) -> int:
    environment = {**os.environ, **child_environment(Options(folder), addresses, os.environ.get("NATS_URL", ""), "owner")}
    command = [sys.executable, "-P", "-m", "yuzhou", "prepare"]
    return subprocess.run(command, cwd="/", env=environment, **as_unprivileged()).returncode
