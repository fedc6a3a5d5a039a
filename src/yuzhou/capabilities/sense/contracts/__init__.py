"""What sense hands out and takes in: frozen, free of models."""

from yuzhou.capabilities.sense.contracts import messages as _messages  # declares the sentences
from yuzhou.capabilities.sense.contracts.alarms import Alarm, AlarmAct, AlarmEntry, AlarmState, CloseReason
from yuzhou.capabilities.sense.contracts.commands import Command, CommandField, CommandState, CommandType
from yuzhou.capabilities.sense.contracts.devices import (
    Device,
    DeviceState,
    Directory,
    DirectoryEntry,
    Series,
    SeriesKey,
    SeriesSpec,
)
from yuzhou.capabilities.sense.contracts.pages import Page, QuarantineEntry, RawFrameEntry
from yuzhou.capabilities.sense.contracts.readings import (
    DATA_FLAG_BITS,
    DataFlag,
    Direction,
    IngestResult,
    LatestValue,
    Mark,
    QuarantinedFrame,
    RawFrame,
    ReadingBatch,
    SeriesReadings,
    Source,
    Statistic,
)
from yuzhou.capabilities.sense.contracts.rules import Rule
from yuzhou.capabilities.sense.rules.definition import (
    All,
    AnyOf,
    Bound,
    Condition,
    Definition,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Rate,
)
from yuzhou.kernel.severity import Severity

__all__ = [
    "DATA_FLAG_BITS",
    "Alarm",
    "AlarmAct",
    "AlarmEntry",
    "AlarmState",
    "All",
    "AnyOf",
    "Bound",
    "CloseReason",
    "Command",
    "CommandField",
    "CommandState",
    "CommandType",
    "Condition",
    "DataFlag",
    "Definition",
    "Device",
    "DeviceState",
    "Direction",
    "Directory",
    "DirectoryEntry",
    "Feed",
    "Flagged",
    "Frozen",
    "IngestResult",
    "LatestValue",
    "Level",
    "Limit",
    "Mark",
    "Missing",
    "Page",
    "QuarantineEntry",
    "QuarantinedFrame",
    "Rate",
    "RawFrame",
    "RawFrameEntry",
    "ReadingBatch",
    "Rule",
    "Series",
    "SeriesKey",
    "SeriesReadings",
    "SeriesSpec",
    "Severity",
    "Source",
    "Statistic",
]
del _messages
