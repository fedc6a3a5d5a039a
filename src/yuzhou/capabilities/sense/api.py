"""The only door to sense for domains, doors and pages. All take keywords; writes need a transaction (`acting_as`)."""

from yuzhou.capabilities.sense.selectors.alarms import (
    alarm_history,
    answered_alarms,
    get_alarm,
    list_alarms,
    name_alarms,
    newest_alarms,
)
from yuzhou.capabilities.sense.selectors.commandable import choose_commandable, count_commandable, name_devices
from yuzhou.capabilities.sense.selectors.commands import (
    command_history,
    get_command,
    get_command_batch,
    last_commands,
    list_commands,
    list_interlocks,
    list_locks,
)
from yuzhou.capabilities.sense.selectors.connections import get_connection_note, get_errand
from yuzhou.capabilities.sense.selectors.devices import (
    count_devices,
    devices_within,
    find_series,
    get_device,
    list_devices,
    list_series,
    search_devices,
    walk_devices,
)
from yuzhou.capabilities.sense.selectors.entities.find import find_entities, find_tenant, get_entity
from yuzhou.capabilities.sense.selectors.entities.history import get_evolution, read_evolutions
from yuzhou.capabilities.sense.selectors.entities.types import get_attribute, get_type, list_attributes, list_types
from yuzhou.capabilities.sense.selectors.exports import export_history
from yuzhou.capabilities.sense.selectors.frames import list_quarantine, list_raw_frames, walk_quarantine, walk_raw_frames
from yuzhou.capabilities.sense.selectors.history import get_clock, read_history, read_summaries, thin_history
from yuzhou.capabilities.sense.selectors.imports import get_import, read_credentials
from yuzhou.capabilities.sense.selectors.newest import latest_values, list_newest
from yuzhou.capabilities.sense.selectors.onboarding import (
    get_provision_request,
    list_provision_keys,
    list_provision_requests,
    provision_key_hashes,
)
from yuzhou.capabilities.sense.selectors.positions import list_positions
from yuzhou.capabilities.sense.selectors.profiles import find_profiles, get_profile, list_profiles, profile_versions
from yuzhou.capabilities.sense.selectors.readings import read_series
from yuzhou.capabilities.sense.selectors.rules import (
    find_devices,
    find_rules,
    get_rule,
    list_rules,
    rule_overrides,
    rule_versions,
)
from yuzhou.capabilities.sense.selectors.subscriptions import (
    count_subscriptions,
    get_subscription,
    list_subscriptions,
    list_waiting,
)
from yuzhou.capabilities.sense.selectors.trials import get_trial
from yuzhou.capabilities.sense.services.aggregates import close_periods
from yuzhou.capabilities.sense.services.alarms import acknowledge_alarm, close_alarm, comment_alarm, open_attachment
from yuzhou.capabilities.sense.services.approving import (
    approve_provisioning,
    forget_provisioning,
    make_provision_key,
    refuse_provisioning,
    revoke_provision_key,
)
from yuzhou.capabilities.sense.services.command_acts import (
    approve_command,
    cancel_batch,
    cancel_command,
    check_command,
    reject_command,
    request_commands,
    retry_command,
)
from yuzhou.capabilities.sense.services.command_door import (
    claim_commands,
    list_open_commands,
    mark_command_accepted,
    mark_command_finished,
    mark_command_sent,
)
from yuzhou.capabilities.sense.services.command_types import command_types, declare_command_types
from yuzhou.capabilities.sense.services.commands import request_command
from yuzhou.capabilities.sense.services.connections import claim_errands, note_connections, report_errand, request_errand
from yuzhou.capabilities.sense.services.deliveries import find_deliveries, forget_deliveries, keep_deliveries
from yuzhou.capabilities.sense.services.device_batches import choose_devices, get_device_batch, start_device_batch
from yuzhou.capabilities.sense.services.devices import ensure_series, register_device, update_device
from yuzhou.capabilities.sense.services.directory import directory_version, load_directory
from yuzhou.capabilities.sense.services.entities.batch import batch_create, batch_delete, batch_merge, batch_update, batch_upsert
from yuzhou.capabilities.sense.services.entities.contexts import (
    add_context,
    context_for,
    delete_context,
    get_context,
    list_contexts,
)
from yuzhou.capabilities.sense.services.entities.instances import (
    append_instances,
    delete_attribute_history,
    delete_evolution,
    delete_instance,
    modify_instance,
    upsert_evolution,
)
from yuzhou.capabilities.sense.services.entities.purge import purge_entities
from yuzhou.capabilities.sense.services.entities.writing import (
    append_attributes,
    create_entity,
    delete_attribute,
    delete_entity,
    merge_entity,
    partial_update_attribute,
    replace_attribute,
    replace_entity,
    update_attributes,
)
from yuzhou.capabilities.sense.services.importing import check_devices, forget_credentials, start_import
from yuzhou.capabilities.sense.services.ingest import ingest
from yuzhou.capabilities.sense.services.interlocks import define_interlock, withdraw_interlock
from yuzhou.capabilities.sense.services.keeping import list_holds, list_retention, place_hold, release_hold, set_retention
from yuzhou.capabilities.sense.services.lock_outs import lock_device, release_device
from yuzhou.capabilities.sense.services.new_secrets import confirm_new_secret, keep_new_secret, settle_secret
from yuzhou.capabilities.sense.services.onboarding import onboard_device, rotate_secret
from yuzhou.capabilities.sense.services.presence import mark_devices, tell_offline
from yuzhou.capabilities.sense.services.profiles import define_profile, retire_profile
from yuzhou.capabilities.sense.services.proposing import propose_device
from yuzhou.capabilities.sense.services.provisioning import request_provisioning
from yuzhou.capabilities.sense.services.rules import define_rule, override_rule, switch_rule
from yuzhou.capabilities.sense.services.subscriptions.define import (
    create_subscription,
    delete_subscription,
    pause_subscription,
    update_subscription,
)
from yuzhou.capabilities.sense.services.subscriptions.delivering import (
    claim_delivery,
    drop_overdue,
    note_delivery,
    renew_deliveries,
)
from yuzhou.capabilities.sense.services.subscriptions.endpoints import target_of
from yuzhou.capabilities.sense.services.subscriptions.intervals import make_periodic
from yuzhou.capabilities.sense.services.subscriptions.listening import Listeners
from yuzhou.capabilities.sense.services.subscriptions.matching import make_notifications
from yuzhou.capabilities.sense.services.trials import cancel_trial, try_rule

__all__ = [
    "Listeners",
    "acknowledge_alarm",
    "add_context",
    "alarm_history",
    "answered_alarms",
    "append_attributes",
    "append_instances",
    "approve_command",
    "approve_provisioning",
    "batch_create",
    "batch_delete",
    "batch_merge",
    "batch_update",
    "batch_upsert",
    "cancel_batch",
    "cancel_command",
    "cancel_trial",
    "check_command",
    "check_devices",
    "choose_commandable",
    "choose_devices",
    "claim_commands",
    "claim_delivery",
    "claim_errands",
    "close_alarm",
    "close_periods",
    "command_history",
    "command_types",
    "comment_alarm",
    "confirm_new_secret",
    "context_for",
    "count_commandable",
    "count_devices",
    "count_subscriptions",
    "create_entity",
    "create_subscription",
    "declare_command_types",
    "define_interlock",
    "define_profile",
    "define_rule",
    "delete_attribute",
    "delete_attribute_history",
    "delete_context",
    "delete_entity",
    "delete_evolution",
    "delete_instance",
    "delete_subscription",
    "devices_within",
    "directory_version",
    "drop_overdue",
    "ensure_series",
    "export_history",
    "find_deliveries",
    "find_devices",
    "find_entities",
    "find_profiles",
    "find_rules",
    "find_series",
    "find_tenant",
    "forget_credentials",
    "forget_deliveries",
    "forget_provisioning",
    "get_alarm",
    "get_attribute",
    "get_clock",
    "get_command",
    "get_command_batch",
    "get_connection_note",
    "get_context",
    "get_device",
    "get_device_batch",
    "get_entity",
    "get_errand",
    "get_evolution",
    "get_import",
    "get_profile",
    "get_provision_request",
    "get_rule",
    "get_subscription",
    "get_trial",
    "get_type",
    "ingest",
    "keep_deliveries",
    "keep_new_secret",
    "last_commands",
    "latest_values",
    "list_alarms",
    "list_attributes",
    "list_commands",
    "list_contexts",
    "list_devices",
    "list_holds",
    "list_interlocks",
    "list_locks",
    "list_newest",
    "list_open_commands",
    "list_positions",
    "list_profiles",
    "list_provision_keys",
    "list_provision_requests",
    "list_quarantine",
    "list_raw_frames",
    "list_retention",
    "list_rules",
    "list_series",
    "list_subscriptions",
    "list_types",
    "list_waiting",
    "load_directory",
    "lock_device",
    "make_notifications",
    "make_periodic",
    "make_provision_key",
    "mark_command_accepted",
    "mark_command_finished",
    "mark_command_sent",
    "mark_devices",
    "merge_entity",
    "modify_instance",
    "name_alarms",
    "name_devices",
    "newest_alarms",
    "note_connections",
    "note_delivery",
    "onboard_device",
    "open_attachment",
    "override_rule",
    "partial_update_attribute",
    "pause_subscription",
    "place_hold",
    "profile_versions",
    "propose_device",
    "provision_key_hashes",
    "purge_entities",
    "read_credentials",
    "read_evolutions",
    "read_history",
    "read_series",
    "read_summaries",
    "refuse_provisioning",
    "register_device",
    "reject_command",
    "release_device",
    "release_hold",
    "renew_deliveries",
    "replace_attribute",
    "replace_entity",
    "report_errand",
    "request_command",
    "request_commands",
    "request_errand",
    "request_provisioning",
    "retire_profile",
    "retry_command",
    "revoke_provision_key",
    "rotate_secret",
    "rule_overrides",
    "rule_versions",
    "search_devices",
    "set_retention",
    "settle_secret",
    "start_device_batch",
    "start_import",
    "switch_rule",
    "target_of",
    "tell_offline",
    "thin_history",
    "try_rule",
    "update_attributes",
    "update_device",
    "update_subscription",
    "upsert_evolution",
    "walk_devices",
    "walk_quarantine",
    "walk_raw_frames",
    "withdraw_interlock",
]
