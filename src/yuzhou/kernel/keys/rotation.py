"""Changing keys: a new version for new data, and old data closed anew by those who hold it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from yuzhou.kernel.keys import ring


@dataclass(frozen=True, slots=True)
class Reencrypter:
    """How an app closes its own data anew: `run()` does all that is outstanding and returns how many."""

    name: str
    run: Callable[[], int]
    outstanding: Callable[[], int]


@dataclass(frozen=True, slots=True)
class KeyState:
    """The versions of the encryption key, and how much data each app still holds under old ones."""

    versions: tuple[tuple[int, datetime], ...]
    outstanding: dict[str, int]

    @property
    def current(self) -> int:
        """The version that closes new data."""
        return max(version for version, _ in self.versions)


_reencrypters: dict[str, Reencrypter] = {}


def register_reencrypter(reencrypter: Reencrypter) -> None:
    """Name the one who closes an app's data anew; apps do so when they are ready."""
    _reencrypters[reencrypter.name] = reencrypter


def rotate() -> dict[str, int]:
    """Add a key version and close all data with it; returns how many records of each app.

    Safe to repeat: what a broken run left is done by `reencrypt`. Run as the database owner, who sees every row.
    """
    ring.add_version()
    return reencrypt()


def reencrypt() -> dict[str, int]:
    """Close with the current key whatever is still under an old one."""
    return {reencrypter.name: reencrypter.run() for reencrypter in _reencrypters.values()}


def status() -> KeyState:
    """The versions and what is outstanding."""
    keys = ring.load().encryption.values()
    return KeyState(
        versions=tuple((key.version, key.made_at) for key in keys),
        outstanding={r.name: r.outstanding() for r in _reencrypters.values()},
    )
