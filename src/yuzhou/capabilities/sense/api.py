"""The only door to sense for domains, doors and pages. All take keywords; writes need a transaction (`acting_as`)."""

from yuzhou.capabilities.sense.selectors.alarms import alarm_history, get_alarm, list_alarms
from yuzhou.capabilities.sense.selectors.commands import list_commands
from yuzhou.capabilities.sense.selectors.devices import find_series, get_device, latest_values, list_devices, list_series
from yuzhou.capabilities.sense.selectors.frames import list_quarantine, list_raw_frames
from yuzhou.capabilities.sense.selectors.readings import read_series
from yuzhou.capabilities.sense.selectors.rules import list_rules
from yuzhou.capabilities.sense.services.aggregates import close_periods
from yuzhou.capabilities.sense.services.alarms import acknowledge_alarm, close_alarm, comment_alarm
from yuzhou.capabilities.sense.services.commands import (
    claim_commands,
    command_types,
    declare_command_types,
    mark_command_accepted,
    mark_command_finished,
    mark_command_sent,
    request_command,
)
from yuzhou.capabilities.sense.services.devices import (
    directory_version,
    ensure_series,
    load_directory,
    register_device,
    update_device,
)
from yuzhou.capabilities.sense.services.ingest import ingest
from yuzhou.capabilities.sense.services.presence import mark_devices
from yuzhou.capabilities.sense.services.rules import define_rule

__all__ = [
    "acknowledge_alarm",
    "alarm_history",
    "claim_commands",
    "close_alarm",
    "close_periods",
    "command_types",
    "comment_alarm",
    "declare_command_types",
    "define_rule",
    "directory_version",
    "ensure_series",
    "find_series",
    "get_alarm",
    "get_device",
    "ingest",
    "latest_values",
    "list_alarms",
    "list_commands",
    "list_devices",
    "list_quarantine",
    "list_raw_frames",
    "list_rules",
    "list_series",
    "load_directory",
    "mark_command_accepted",
    "mark_command_finished",
    "mark_command_sent",
    "mark_devices",
    "read_series",
    "register_device",
    "request_command",
    "update_device",
]
