"""How a device that we call (not one that calls us) is connected, and what people ask of the connectors meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ConnectionState(StrEnum):
    """How the connection of a device stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"  # tried again after a pause
    MISCONFIGURED = "misconfigured"  # not tried until its settings change


@dataclass(frozen=True, slots=True)
class ConnectionNote:
    """What the connector says of a device: `code` with `params` is why it failed; `details` are figures for the desk."""

    device_id: UUID
    state: ConnectionState
    at: datetime
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class ErrandKind(StrEnum):
    """What a person may have the connectors do."""

    TEST = "test"
    BROWSE = "browse"


class ErrandState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ErrandStep:
    """Something that was found on the way: worded at display. `good`: as it should be."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    good: bool = True


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to look up at a machine, over its saved connection, by the process that has the network."""

    id: UUID
    device_id: UUID
    kind: ErrandKind
    params: Mapping[str, Any]
    state: ErrandState
    requested_at: datetime
    steps: tuple[ErrandStep, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimedErrand:
    """An errand with what the connector needs for it; secrets included."""

    errand: Errand
    protocol: str
    connection: Mapping[str, Any]
    profile: str
