"""Entries, heads and proofs of the audit log as others see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who did what to which subject (a URN), for which organisation, when, in which request."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    organisation: UUID | None
    act: str
    subject: str
    details: dict[str, Any]
    request: str


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What to look for in the log; `act` is the beginning of the act's name, `who` a part of the actor's name."""

    act: str = ""
    who: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A signed statement of what the log's first `size` entries are."""

    size: int
    root: bytes
    at: datetime
    key: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the log: a code, and what it is about."""

    code: str
    about: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """What checking the whole log found: its size, root and signed heads, entries still unordered, and what is wrong."""

    size: int
    root: bytes
    heads: int
    pending: int
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings
