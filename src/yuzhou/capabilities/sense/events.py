"""What sense tells the other parts."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from yuzhou.kernel.events.contracts import Event


class AlarmRaised(Event):
    """A series broke a rule. `code` and `params` word the reason; `severity` from 1 (notice) to 4 (critical)."""

    name: ClassVar[str] = "sense.AlarmRaised@1"

    alarm: UUID
    rule: str
    device: UUID
    series: int
    property: str
    statistic: str
    severity: int
    code: str
    params: dict[str, Any]
    raised_at: datetime
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class AlarmSeverityChanged(Event):
    """An open alarm became graver or milder."""

    name: ClassVar[str] = "sense.AlarmSeverityChanged@1"

    alarm: UUID
    before: int
    after: int
    at: datetime
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class AlarmCleared(Event):
    """The cause of an alarm is gone."""

    name: ClassVar[str] = "sense.AlarmCleared@1"

    alarm: UUID
    rule: str
    device: UUID
    cleared_at: datetime
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class AlarmAcknowledged(Event):
    """A person took an alarm on."""

    name: ClassVar[str] = "sense.AlarmAcknowledged@1"

    alarm: UUID
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class AlarmClosed(Event):
    """A person closed an alarm."""

    name: ClassVar[str] = "sense.AlarmClosed@1"

    alarm: UUID
    reason: str
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class DeviceSilent(Event):
    """A device was not heard for longer than it should."""

    name: ClassVar[str] = "sense.DeviceSilent@1"

    device: UUID
    identity: str
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None
    last_seen: datetime | None = None


class DeviceOffline(Event):
    """A device's link ended: by its last will or death certificate, or because its connection broke (`cause`)."""

    name: ClassVar[str] = "sense.DeviceOffline@1"

    device: UUID
    identity: str
    at: datetime
    cause: str
    place_path: str
    site: UUID | None = None
    operator: UUID | None = None


class DeviceReturned(Event):
    """A silent device was heard again."""

    name: ClassVar[str] = "sense.DeviceReturned@1"

    device: UUID
    at: datetime


class CommandFinished(Event):
    """A command was done, failed or expired."""

    name: ClassVar[str] = "sense.CommandFinished@1"

    command: UUID
    device: UUID
    kind: str
    state: str
    place_path: str
