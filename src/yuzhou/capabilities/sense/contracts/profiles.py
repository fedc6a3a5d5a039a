"""Profiles (设备类型): what a kind of device measures, takes as commands, and is judged by. Data, not code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from yuzhou.capabilities.sense.contracts.commands import CommandType
from yuzhou.capabilities.sense.rules.definition import Definition
from yuzhou.kernel.text import Text

PropertyKind = Literal["number", "boolean", "enumeration", "counter"]
DEFAULT_SILENCE = 600  # seconds


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """A property of a kind of device; its series is `name` with the statistic `rtd`.

    `unit` is UCUM. `low` and `high` bound what is physically possible: a value beyond is stored, flagged over range. `names`
    words the numbers of an enumeration (or a boolean's 0 and 1). `source` says where a door or connector finds it: Modbus
    `{"register": "holding", "address": 100, "type": "float32", "order": "ABCD", "scale": 0.1, "offset": 0}`, OPC UA
    `{"node": "ns=2;s=Line1.Temp"}`, Sparkplug `{"metric": "Inputs/Temp"}`. An `optional` one has a series only on those
    devices that report it.
    """

    name: str
    title: Text
    unit: str = "1"
    kind: PropertyKind = "number"
    low: float | None = None
    high: float | None = None
    names: Mapping[int, Text] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RuleTemplate:
    """A rule that bears on every device of the profile. `key` is unique within it; the rule's own key is `profile/key`."""

    key: str
    title: Text
    definition: Definition
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of device.

    `origin` is the key of the part that declares it (such a profile is read-only on the desk), empty for one made there.
    `version` counts its changes; a `retired` one is offered no more, and its devices go on by it.
    """

    key: str
    title: Text
    protocol: str
    properties: tuple[PropertySpec, ...] = ()
    commands: tuple[CommandType, ...] = ()
    rules: tuple[RuleTemplate, ...] = ()
    silent_after_seconds: int = DEFAULT_SILENCE
    notes: str = ""
    origin: str = ""
    version: int = 0
    retired: bool = False

    def find(self, name: str) -> PropertySpec | None:
        """The property of that name."""
        return next((spec for spec in self.properties if spec.name == name), None)

    def command(self, name: str) -> CommandType | None:
        """The command of that name."""
        return next((kind for kind in self.commands if kind.name == name), None)


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """A version that a profile had: who made it, and what it changed (codes of the members)."""

    version: int
    at: datetime
    by: str
    changed: tuple[str, ...]
