"""Tables of sense."""

from yuzhou.capabilities.sense.models.alarms import AlarmEntryRecord, AlarmRecord, IngestLedger, RuleRecord, RuleState
from yuzhou.capabilities.sense.models.commands import (
    CommandBatchRecord,
    CommandLockRecord,
    CommandRecord,
    CommandStepRecord,
    InterlockRecord,
)
from yuzhou.capabilities.sense.models.connections import ConnectionRecord, ErrandRecord
from yuzhou.capabilities.sense.models.deliveries import DeliveryRecord
from yuzhou.capabilities.sense.models.devices import (
    DeviceClockRecord,
    DeviceRecord,
    DeviceStatus,
    DirectoryVersion,
    Latest,
    SeriesRecord,
)
from yuzhou.capabilities.sense.models.entities import (
    ContextRecord,
    EntityInstanceRecord,
    EntityModelRecord,
    EntityRecord,
    EntitySource,
    EntityTombstone,
    MeasurementRecord,
)
from yuzhou.capabilities.sense.models.frames import ArchivedDay, DuePeriod, Quarantine, Replaced, TouchedDay
from yuzhou.capabilities.sense.models.onboarding import (
    DeviceBatchRecord,
    DeviceImportRecord,
    ProvisionKeyRecord,
    ProvisionRequestRecord,
)
from yuzhou.capabilities.sense.models.profiles import ProfileRecord, ProfileVersionRecord
from yuzhou.capabilities.sense.models.retention import LegalHoldRecord, RetentionRecord
from yuzhou.capabilities.sense.models.rules import RuleOverrideRecord, RuleTrialRecord, RuleVersionRecord
from yuzhou.capabilities.sense.models.subscriptions import ChangeRecord, NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.models.watch import WatchRecord

__all__ = [
    "AlarmEntryRecord",
    "AlarmRecord",
    "ArchivedDay",
    "ChangeRecord",
    "CommandBatchRecord",
    "CommandLockRecord",
    "CommandRecord",
    "CommandStepRecord",
    "ConnectionRecord",
    "ContextRecord",
    "DeliveryRecord",
    "DeviceBatchRecord",
    "DeviceClockRecord",
    "DeviceImportRecord",
    "DeviceRecord",
    "DeviceStatus",
    "DirectoryVersion",
    "DuePeriod",
    "EntityInstanceRecord",
    "EntityModelRecord",
    "EntityRecord",
    "EntitySource",
    "EntityTombstone",
    "ErrandRecord",
    "IngestLedger",
    "InterlockRecord",
    "Latest",
    "LegalHoldRecord",
    "MeasurementRecord",
    "NotificationRecord",
    "ProfileRecord",
    "ProfileVersionRecord",
    "ProvisionKeyRecord",
    "ProvisionRequestRecord",
    "Quarantine",
    "Replaced",
    "RetentionRecord",
    "RuleOverrideRecord",
    "RuleRecord",
    "RuleState",
    "RuleTrialRecord",
    "RuleVersionRecord",
    "SeriesRecord",
    "SubscriptionRecord",
    "TouchedDay",
    "WatchRecord",
]
