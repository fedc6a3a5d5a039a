"""The only door to sense for domains, doors and pages. All take keywords; writes need a transaction (`acting_as`)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import (
    Alarm,
    AlarmEntry,
    AlarmState,
    CloseReason,
    Command,
    CommandType,
    Definition,
    Device,
    DeviceState,
    Directory,
    IngestResult,
    LatestValue,
    Page,
    QuarantinedFrame,
    QuarantineEntry,
    RawFrame,
    RawFrameEntry,
    ReadingBatch,
    Rule,
    Series,
    SeriesKey,
    SeriesReadings,
    SeriesSpec,
    Severity,
)
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text

# --- doors ------------------------------------------------------------------------------------------------------------


def ingest(
    batch: ReadingBatch,
    *,
    raw_frames: Sequence[RawFrame] = (),
    quarantined: Sequence[QuarantinedFrame] = (),
    seen: Mapping[UUID, datetime] | None = None,
) -> IngestResult:
    """Take in readings, frames and refusals: all durable when it returns. Opens its own transaction, as the database owner.

    `seen`: devices that were heard without readings (heartbeats). Unknown series never fail the batch.
    """
    raise NotImplementedError


def load_directory(*, protocol: str) -> Directory:
    """Every enabled device of the protocol with its secret and series. Opens its own transaction, as the database owner."""
    raise NotImplementedError


def directory_version(*, protocol: str) -> int:
    """The version that `load_directory` would give now; cheap, to be asked every second or so."""
    raise NotImplementedError


def ensure_series(*, device_id: UUID, specs: Iterable[SeriesSpec]) -> dict[SeriesKey, int]:
    """Make the series that are missing; returns the ids of all that were named. Idempotent; needs a transaction."""
    raise NotImplementedError


def mark_devices(*, online: Mapping[UUID, datetime], offline: Iterable[UUID] = ()) -> None:
    """Note which devices have a link and which lost it; needs a transaction."""
    raise NotImplementedError


def claim_commands(*, protocol: str, device_ids: Iterable[UUID], limit: int = 100) -> list[Command]:
    """Take the requested commands of connected devices, oldest first; each is given out once (`sending`). Own transaction."""
    raise NotImplementedError


def mark_command_sent(*, command_id: UUID, reference: str, at: datetime) -> None:
    """The door wrote it to the device; `reference` is its key of the exchange (QN). Own transaction."""
    raise NotImplementedError


def mark_command_accepted(*, command_id: UUID, answer_code: str, at: datetime) -> None:
    """The device took it on (QnRtn = 1). Own transaction."""
    raise NotImplementedError


def mark_command_finished(
    *, command_id: UUID, done: bool, answer_code: str, at: datetime, answer: Mapping[str, Any] | None = None
) -> None:
    """The device did it (ExeRtn = 1) or did not; also where it refused, or the door could not send it. Own transaction."""
    raise NotImplementedError


def declare_command_types(*, protocol: str, types: Sequence[CommandType]) -> None:
    """A door says, when Django is ready, what it can send down."""
    raise NotImplementedError


# --- devices ----------------------------------------------------------------------------------------------------------


def register_device(
    *,
    actor: Actor,
    protocol: str,
    identity: str,
    secret: str,
    title: Text,
    profile: str,
    place_path: str,
    site_id: UUID | None = None,
    operator_id: UUID | None = None,
    series: Iterable[SeriesSpec] = (),
    silent_after_seconds: int = 600,
    frames_per_minute: int = 600,
    simulated: bool = False,
    notes: str = "",
) -> Device:
    """Enter a device with its series. Needs `sense.device:register` at its place.

    Raises Conflict `sense.identity-taken` where the protocol has that identity already.
    """
    raise NotImplementedError


def update_device(*, actor: Actor, device_id: UUID, **changes: Any) -> Device:
    """Change any of: secret, title, profile, place_path, site_id, operator_id, silent_after_seconds, frames_per_minute,
    enabled, notes. Needs `sense.device:register` at the place where it is and where it goes."""
    raise NotImplementedError


def list_devices(
    *,
    actor: Actor,
    place_path: str | None = None,
    site_ids: Iterable[UUID] | None = None,
    operator_id: UUID | None = None,
    state: DeviceState | None = None,
    text: str = "",
    order: str = "identity",
    offset: int = 0,
    limit: int = 100,
) -> Page[Device]:
    """Devices within the actor's `sense.device:read`."""
    raise NotImplementedError


def get_device(*, actor: Actor, device_id: UUID) -> Device:
    """One device; raises NotFound `sense.device-unknown` where the actor may not see it."""
    raise NotImplementedError


def list_series(*, actor: Actor, device_ids: Iterable[UUID]) -> list[Series]:
    """The series of devices, in order of device, property, statistic."""
    raise NotImplementedError


# --- readings ---------------------------------------------------------------------------------------------------------


def read_series(
    *, actor: Actor, series_ids: Sequence[int], start: datetime, end: datetime, resolution_seconds: int = 0, limit: int = 200_000
) -> dict[int, SeriesReadings]:
    """Readings with start ≤ at < end, hot and Parquet as one; thinned to buckets where `resolution_seconds` is given.

    Series that the actor may not see are left out.
    """
    raise NotImplementedError


def latest_values(*, actor: Actor, device_ids: Iterable[UUID]) -> list[LatestValue]:
    """The newest value of every series of the devices that has one."""
    raise NotImplementedError


def list_raw_frames(*, actor: Actor, device_id: UUID, offset: int = 0, limit: int = 100) -> Page[RawFrameEntry]:
    """The frames of a device, newest first."""
    raise NotImplementedError


def list_quarantine(
    *, actor: Actor, device_id: UUID | None = None, code: str = "", text: str = "", offset: int = 0, limit: int = 100
) -> Page[QuarantineEntry]:
    """Refused frames, newest first. Those of no known device are seen by who may read devices everywhere in the city."""
    raise NotImplementedError


# --- rules and alarms -------------------------------------------------------------------------------------------------


def define_rule(
    *,
    actor: Actor,
    key: str,
    title: Text,
    definition: Definition,
    device_id: UUID | None = None,
    profile: str = "",
    enabled: bool = True,
) -> Rule:
    """Enter or replace the rule of this key; aims at one device or at all of a profile. Idempotent.

    Its open alarms stay, and clear by the new definition. Needs `sense.rule:define` at the device's place; for a profile,
    in the whole city.
    """
    raise NotImplementedError


def list_rules(*, actor: Actor, device_id: UUID | None = None) -> list[Rule]:
    """Rules within `sense.device:read`; with a device, those that bear on it."""
    raise NotImplementedError


def list_alarms(
    *,
    actor: Actor,
    states: Iterable[AlarmState] = (),
    min_severity: Severity | None = None,
    place_path: str | None = None,
    device_ids: Iterable[UUID] | None = None,
    site_ids: Iterable[UUID] | None = None,
    raised_from: datetime | None = None,
    raised_to: datetime | None = None,
    text: str = "",
    order: str = "-raised_at",
    offset: int = 0,
    limit: int = 100,
) -> Page[Alarm]:
    """Alarms within `sense.alarm:read`."""
    raise NotImplementedError


def get_alarm(*, actor: Actor, alarm_id: UUID) -> Alarm:
    """One alarm; raises NotFound `sense.alarm-unknown`."""
    raise NotImplementedError


def alarm_history(*, actor: Actor, alarm_id: UUID) -> list[AlarmEntry]:
    """Everything that happened to an alarm, oldest first."""
    raise NotImplementedError


def acknowledge_alarm(*, actor: Actor, alarm_id: UUID, text: str = "") -> Alarm:
    """Take an alarm on. Needs `sense.alarm:acknowledge`; again by anyone changes nothing."""
    raise NotImplementedError


def comment_alarm(*, actor: Actor, alarm_id: UUID, text: str) -> Alarm:
    """Add a comment; by the firm of the outlet it counts as its answer. Needs `sense.alarm:comment`."""
    raise NotImplementedError


def close_alarm(*, actor: Actor, alarm_id: UUID, reason: CloseReason, text: str = "") -> Alarm:
    """Close an alarm, whether its cause is gone or not; a cause that stands raises no new one until it has gone and come back.

    Needs `sense.alarm:close`. Raises Conflict `sense.alarm-closed`.
    """
    raise NotImplementedError


# --- commands ---------------------------------------------------------------------------------------------------------


def command_types(*, protocol: str) -> tuple[CommandType, ...]:
    """What may be sent down to devices of a protocol."""
    raise NotImplementedError


def request_command(*, actor: Actor, device_id: UUID, name: str, params: Mapping[str, Any]) -> Command:
    """Ask for a command to be sent. Needs `sense.command:request` at the device. Raises Invalid for unknown names and values."""
    raise NotImplementedError


def list_commands(*, actor: Actor, device_id: UUID, offset: int = 0, limit: int = 50) -> Page[Command]:
    """The commands of a device, newest first."""
    raise NotImplementedError
