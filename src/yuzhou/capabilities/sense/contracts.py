"""What crosses the boundary of the sensing capability: the doors hand these in, other parts get them out. All frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray


class Flag(IntEnum):
    """The quality of a reading, by the data flags of HJ 212-2017 (table 8); other protocols map theirs onto these."""

    NORMAL = 0
    STOPPED = 1  # F 停运
    MAINTENANCE = 2  # M 维护
    MANUAL = 3  # S 手工输入
    FAULT = 4  # D 故障
    CALIBRATING = 5  # C 校准
    OVER_RANGE = 6  # T 超测量上限
    LINK_FAULT = 7  # B 通讯异常
    UNSTATED = 8  # the device says nothing (HJ/T 212-2005)
    UNKNOWN = 9  # the device says something that no standard knows


class Source(IntEnum):
    """Where a reading comes from."""

    LIVE = 0
    REISSUED = 1  # sent after the fact by the device itself (补传)
    COMPUTED = 2  # by the platform, from finer readings
    ENTERED = 3  # by a person


@dataclass(frozen=True, slots=True)
class ReadingBatch:
    """Readings as columns of one length; a row per reading. `at` and `received_at` are microseconds since 1970, UTC."""

    series_id: NDArray[np.int32]
    at: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    source: NDArray[np.uint8]
    received_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_id)


@dataclass(frozen=True, slots=True)
class RawFrameRow:
    """A frame as it came. `key` is the same for a frame sent again, and its readings are stored once."""

    device_id: UUID
    key: int
    received_at: datetime
    frame: bytes
    readings: int
    marks: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A frame that was not processed, with the code of the reason; the device where it is known."""

    reason: str
    frame: bytes
    received_at: datetime
    peer: str
    identity: str = ""
    device_id: UUID | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceNote:
    """Something a device said of itself that is no reading: it started, it answered with its clock, its log."""

    device_id: UUID
    kind: str
    at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one transaction of `ingest` stored."""

    readings: int
    raised: int = 0
    cleared: int = 0


SeriesKey = tuple[str, str]
"""Property and statistic, such as ("w01018", "hour-avg").

Statistics are `rtd`, and `<minute|hour|day>-<avg|min|max|cou|data|…>`; a `zs` before the last word marks converted
(折算) values: `rtd-zs`, `hour-zsavg`.
"""


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """What a door needs to know of a device to let it speak."""

    id: UUID
    identity: str
    secret: str
    series: Mapping[SeriesKey, int]
    frames_per_second: float | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class DeviceDirectory:
    """All devices of one protocol by identity (the MN of HJ 212)."""

    protocol: str
    devices: Mapping[str, DeviceEntry]


@dataclass(frozen=True, slots=True)
class Command:
    """A request that waits to be sent down to a device. `reference` (the QN) is set once it was sent the first time."""

    id: UUID
    device_id: UUID
    code: str
    params: Mapping[str, Any]
    attempts: int = 0
    reference: str = ""


Commands = Sequence[Command]
