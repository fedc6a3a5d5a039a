"""One change of many devices: what was chosen, how far it is, and what did not go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class DeviceAct(StrEnum):
    """`suspend`: not let in any more, until `resume`."""

    PROFILE = "profile"
    SUSPEND = "suspend"
    RESUME = "resume"


class DeviceBatchStatus(StrEnum):
    """`chosen`: nothing is changed before `running`."""

    CHOSEN = "chosen"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """A device that stayed as it was, and why: a code worded at display."""

    device_id: UUID
    identity: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceBatch:
    """Many devices to be changed in one way. `unchanged` were so before."""

    id: UUID
    act: DeviceAct
    profile: str
    status: DeviceBatchStatus
    total: int
    done: int
    unchanged: int
    faults: tuple[DeviceFault, ...]
    fault_count: int
    made_at: datetime
    made_by: str
