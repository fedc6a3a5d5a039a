"""The key ring: a file of the data folder, `keys/ring.json`, readable by its owner only and backed up with the folder.

Old versions of the encryption key stay in it, for backups hold data that they closed. The hashing key has one version:
changing it would hide every record from its search.
"""

import fcntl
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from yuzhou.kernel import clock

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """256 random bits with their version and the moment they were made."""

    version: int
    secret: bytes
    made_at: datetime

    @classmethod
    def make(cls, version: int) -> "Key":
        """A new key of random bits."""
        return cls(version, secrets.token_bytes(KEY_BYTES), clock.now())


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys for encryption by version, and the key for hashing."""

    encryption: dict[int, Key]
    hashing: Key

    @property
    def current(self) -> Key:
        """The key that closes new data: the newest."""
        return self.encryption[max(self.encryption)]

    def with_new_version(self) -> "Ring":
        """The ring with one more encryption key."""
        key = Key.make(max(self.encryption) + 1)
        return Ring({**self.encryption, key.version: key}, self.hashing)


_cached: tuple[tuple[Path, int, int, int], Ring] | None = None


def path() -> Path:
    """Where the ring lies."""
    return Path(settings.DATA_FOLDER) / "keys" / "ring.json"


def load() -> Ring:
    """The ring, made at first use; read again when another process has changed the file."""
    global _cached
    file = path()
    try:
        status = file.stat()
    except FileNotFoundError:
        _make_first(file)
        status = file.stat()
    mark = (file, status.st_ino, status.st_mtime_ns, status.st_size)
    if _cached is None or _cached[0] != mark:
        _cached = (mark, _parse(file.read_text()))
    return _cached[1]


def add_version() -> int:
    """Add an encryption key and make it the current one; returns its version. Earlier ones stay."""
    load()
    with _locked():
        ring = _parse(path().read_text()).with_new_version()
        _replace(path(), ring)
    return ring.current.version


def _make_first(file: Path) -> None:
    """Make the ring unless another process is quicker: what exists is never overwritten."""
    if not file.parent.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _give_to_owner_of(file.parent.parent, file.parent)
    fresh = _write_beside(file, Ring({1: Key.make(1)}, Key.make(1)))
    _give_to_owner_of(file.parent, fresh)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _replace(file: Path, ring: Ring) -> None:
    """Put a changed ring in the old one's place, for the same owner."""
    fresh = _write_beside(file, ring)
    _give_to_owner_of(file, fresh)
    os.replace(fresh, file)


def _give_to_owner_of(example: Path, file: Path) -> None:
    """As root, hand a file to the owner of another: the parts that read it run as that account."""
    if os.geteuid() == 0:
        status = example.stat()
        os.chown(file, status.st_uid, status.st_gid)


def _write_beside(file: Path, ring: Ring) -> Path:
    fresh = file.with_name(f".ring-{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(_format(ring))
        out.flush()
        os.fsync(out.fileno())
    return fresh


@contextmanager
def _locked() -> Iterator[None]:
    with path().with_name(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _format(ring: Ring) -> str:
    def show(key: Key) -> dict[str, str | int]:
        return {"version": key.version, "secret": b64encode(key.secret).decode(), "made_at": key.made_at.isoformat()}

    return json.dumps({"encryption": [show(key) for key in ring.encryption.values()], "hashing": show(ring.hashing)}, indent=1)


def _parse(text: str) -> Ring:
    def read(item: dict[str, str]) -> Key:
        return Key(int(item["version"]), b64decode(item["secret"]), datetime.fromisoformat(item["made_at"]))

    content = json.loads(text)
    keys = [read(item) for item in content["encryption"]]
    return Ring({key.version: key for key in keys}, read(content["hashing"]))
