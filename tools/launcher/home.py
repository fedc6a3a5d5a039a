"""Where the environment and the data live, and for whom."""

import fcntl
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = ("postgres", "nobody", "daemon")


def home() -> Path:
    """`YUZHOU_HOME`, else /var/lib/yuzhou for root, else var/ in the clone."""
    named = os.environ.get("YUZHOU_HOME")
    if named:
        return Path(named).absolute()
    return Path("/var/lib/yuzhou") if os.geteuid() == 0 else ROOT / "var"


def account() -> pwd.struct_passwd | None:
    """Whom the platform runs as when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    sys.exit(f"none of the accounts {', '.join(ACCOUNTS)} exists")


def say(zh: str, en: str) -> None:
    """One line about what is going on."""
    print(f"{zh} · {en}", file=sys.stderr, flush=True)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One launcher at a time makes an environment."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".launcher.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
