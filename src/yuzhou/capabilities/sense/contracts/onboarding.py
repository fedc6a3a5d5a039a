"""Devices that come in: keys under which they ask for themselves, what became of their asking, and lists of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.kernel.text import Text


class ProvisionStatus(StrEnum):
    """`collected`: approved, and its device has its secret."""

    PENDING = "pending"
    APPROVED = "approved"
    COLLECTED = "collected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ProvisionState:
    """What a door answers a device that asks to be let in.

    `secret` is there once, in the first answer after the approval. A refusal has a `code` with `params`, worded by
    `kernel.errors.word`. Who is pending asks again after `retry_after_seconds`.
    """

    status: ProvisionStatus
    identity: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    device_id: UUID | None = None
    profile: str = ""
    retry_after_seconds: int = 60


@dataclass(frozen=True, slots=True)
class ProposedProperty:
    """A property that an unknown device declared: `source` is the device's own name for it, `unit` UCUM or empty."""

    name: str
    source: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionKey:
    """A key under which devices of one profile at one place may ask. The key itself is shown once, when it is made."""

    id: UUID
    title: str
    hint: str  # its first signs
    profile: str
    place_path: str
    operator_id: UUID | None
    most: int
    used: int
    expires_at: datetime
    made_at: datetime
    made_by: str
    automatic: bool = False  # approves by itself
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProvisionRequest:
    """A device that asked, or that an edge node spoke for (then it has no key, and `peer` is the node).

    `claims` is the device that has its identity already, where it was refused for that.
    """

    id: UUID
    protocol: str
    identity: str
    profile: str
    place_path: str
    status: ProvisionStatus
    details: Mapping[str, str]
    peer: str
    asked_at: datetime
    last_asked_at: datetime
    times: int
    key_title: str = ""
    operator_id: UUID | None = None
    device_id: UUID | None = None
    claims: UUID | None = None
    code: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device to be registered, as a form or a row of a list gives it; an empty secret is made up."""

    identity: str
    title: Text
    profile: str
    place_path: str
    secret: str = ""
    operator_id: UUID | None = None
    site_id: UUID | None = None
    silent_after_seconds: int | None = None
    notes: str = ""
    connection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row of a list: its line in the file (the header is line 1), the column, a code worded at display."""

    line: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class ImportStatus(StrEnum):
    """`checked`: read and found as its faults say; nothing is registered before `running`."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeviceImport:
    """A list of devices on its way in."""

    id: UUID
    name: str
    status: ImportStatus
    rows: int
    done: int
    faults: tuple[RowFault, ...]
    fault_count: int
    made_at: datetime
    made_by: str
    made_by_id: UUID | None = None
    has_credentials: bool = False
    sample: tuple[Mapping[str, str], ...] = ()
    problem: str = ""
