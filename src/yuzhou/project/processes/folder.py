"""The data folder: everything that a running platform keeps, in one place."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuzhou.project.processes.account import give_to_account

ADMINISTRATOR_NOTE = "first-administrator"
DEMO_NOTE = "demo-accounts.txt"
PARTS = ("keys", "postgres", "bus", "files", "parquet", "audit", "mail", "static", "logs", "run")


@dataclass(frozen=True)
class DataFolder:
    """Paths below one folder, private to the account that runs the platform."""

    path: Path

    def __getattr__(self, name: str) -> Path:
        if name in PARTS:
            return self.path / name
        raise AttributeError(name)

    def prepare(self) -> None:
        """Make the folder and its parts (mode 0700), given to the account that the children run as."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        give_to_account(self.path)
        for part in PARTS:
            if part == "postgres":
                continue
            (self.path / part).mkdir(exist_ok=True, mode=0o700)
            give_to_account(self.path / part)

    def secret(self, name: str) -> str:
        """A generated secret of `keys/`, made at first use."""
        path = self.path / "keys" / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(40))
        return path.read_text().strip()

    def state(self) -> dict[str, Any]:
        """What the supervisor last wrote about itself and its children; empty if none did."""
        try:
            return dict(json.loads((self.path / "run" / "state.json").read_text()))
        except (OSError, ValueError):
            return {}

    def write_state(self, state: dict[str, Any]) -> None:
        """Replace the state atomically."""
        write_private(self.path / "run" / "state.json", json.dumps(state, ensure_ascii=False, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write a file that only the platform's account reads, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    give_to_account(temporary)
    temporary.replace(path)


def default_home() -> Path:
    """Where environment and data live: `YUZHOU_HOME`, else /var/lib/yuzhou for root, else ./var."""
    home = os.environ.get("YUZHOU_HOME")
    if home:
        return Path(home).absolute()
    return Path("/var/lib/yuzhou") if os.geteuid() == 0 else Path("var").absolute()


def default_data() -> Path:
    """The data folder when no `--data` is given: `YUZHOU_DATA`, else `data` in the home."""
    data = os.environ.get("YUZHOU_DATA")
    return Path(data).absolute() if data else default_home() / "data"
