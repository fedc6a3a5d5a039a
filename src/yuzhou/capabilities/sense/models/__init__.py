"""Tables of sense."""

from yuzhou.capabilities.sense.models.alarms import AlarmEntryRecord, AlarmRecord, IngestLedger, RuleRecord, RuleState
from yuzhou.capabilities.sense.models.commands import CommandRecord
from yuzhou.capabilities.sense.models.devices import DeviceRecord, DeviceStatus, DirectoryVersion, Latest, SeriesRecord
from yuzhou.capabilities.sense.models.frames import ArchivedDay, DuePeriod, Quarantine, Replaced

__all__ = [
    "AlarmEntryRecord",
    "AlarmRecord",
    "ArchivedDay",
    "CommandRecord",
    "DeviceRecord",
    "DeviceStatus",
    "DirectoryVersion",
    "DuePeriod",
    "IngestLedger",
    "Latest",
    "Quarantine",
    "Replaced",
    "RuleRecord",
    "RuleState",
    "SeriesRecord",
]
