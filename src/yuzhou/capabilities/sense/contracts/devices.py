"""Devices and their series."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts.profiles import Profile
from yuzhou.capabilities.sense.contracts.readings import Statistic
from yuzhou.capabilities.sense.contracts.titles import UNTITLED
from yuzhou.kernel.text import Text

SeriesKey = tuple[str, Statistic]


class DeviceState(StrEnum):
    """`offline`: never heard, or its link is closed; `silent`: nothing came for longer than it should."""

    ONLINE = "online"
    OFFLINE = "offline"
    SILENT = "silent"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Series:
    """One stream of values of a device. `unit` is UCUM."""

    id: int
    device_id: UUID
    property: str
    statistic: Statistic
    unit: str = "1"
    title: Text = UNTITLED


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """A series wished for. `title` and `unit` of a series that exists stay unless given."""

    property: str
    statistic: Statistic
    unit: str = ""
    title: Text = UNTITLED

    @builtins.property
    def key(self) -> SeriesKey:
        """Property and statistic."""
        return (self.property, self.statistic)


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the desk sees it; its secret is not here, and the secrets of its connection are masked."""

    id: UUID
    protocol: str
    identity: str
    title: Text
    profile: str
    place_path: str
    state: DeviceState
    site_id: UUID | None = None
    operator_id: UUID | None = None
    last_seen: datetime | None = None
    silent_after_seconds: int = 600
    frames_per_minute: int = 600
    simulated: bool = False
    enabled: bool = True
    notes: str = ""
    connection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilter:
    """Which devices are meant; what is left out narrows nothing. `text` is a part of a name, an identity or the notes."""

    place_path: str | None = None
    protocol: str | None = None
    profile: str | None = None
    state: DeviceState | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """What a door needs to let a device in and to sort its values."""

    device_id: UUID
    identity: str
    secret: str
    profile: str
    frames_per_minute: int
    simulated: bool
    series: Mapping[SeriesKey, int] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict)  # with its secrets
    new_secret: str = ""  # was sent to the device: both hold until one is proven
    new_secret_since: datetime | None = None
    new_secret_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """Every enabled device of a protocol by identity, and their profiles. `version` changes whenever any of it does.

    One that is `partial` has only the devices that changed since the version asked for; `gone` are those no longer enabled.
    """

    protocol: str
    version: int
    devices: Mapping[str, DirectoryEntry]
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    partial: bool = False
    gone: frozenset[UUID] = frozenset()
