"""What forbids a command: interlocks of its type, its profile and its device, and lock-outs (`lock_outs.py`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from yuzhou.capabilities.sense.contracts import (
    CommandGroup,
    CommandState,
    CommandType,
    Interlock,
    StandingInterlock,
    interlock_of,
    json_of_interlock,
)
from yuzhou.capabilities.sense.models import CommandLockRecord, CommandRecord, DeviceRecord, InterlockRecord
from yuzhou.capabilities.sense.rules.interlocks import ChangeLimit, OnlyIf, Past, Pause, Refused, Seen, Situation, judge
from yuzhou.capabilities.sense.selectors.commands import standing_of
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.seen import property_title, what_is_seen
from yuzhou.capabilities.sense.services.command_types import command_types
from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import CITY, now
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as, transaction_required

DEFINE = "sense.interlock:define"
LOOKER = Actor.system("sense.interlocks")
LONGEST_MEMORY = timedelta(days=31)
UNDER_WAY = (CommandState.SENDING, CommandState.SENT, CommandState.ACCEPTED)
WENT_DOWN = (*UNDER_WAY, CommandState.DONE, CommandState.FAILED, CommandState.EXPIRED)
TITLES = {
    "value": Text("数值限制", "Limit of the value"),
    "change": Text("变化限制", "Limit of the change"),
    "pause": Text("最小间隔", "Minimum pause"),
    "condition": Text("联锁条件", "Condition"),
    "exclusive": Text("互斥", "Mutual exclusion"),
    "two-persons": Text("双人确认", "Two persons"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a command may not go: a code with parameters, worded at display; `interlock` None: a lock-out, or disabled."""

    code: str
    params: Mapping[str, Any]
    interlock: Interlock | None = None


def standing_interlocks(device: DeviceRecord, kind: CommandType) -> list[StandingInterlock]:
    """All that stand before a command: its type's own, the profile's, the device's. Before a
    reading one only those that name it."""
    found = [StandingInterlock(one, kind.name) for one in kind.interlocks]
    aims = Q(command=kind.name) if kind.group is CommandGroup.READ else Q(command__in=("", kind.name))
    where = Q(device=device) | (Q(profile=device.profile) if device.profile else Q(pk__in=()))
    records = InterlockRecord.objects.filter(aims & where, withdrawn_at=None).order_by("defined_at", "id")
    return found + [standing_of(record) for record in records]


def find_reasons(
    device: DeviceRecord,
    kind: CommandType,
    params: Mapping[str, Any],
    *,
    command_id: UUID | None = None,
    queued_too: bool = True,
    standing: Sequence[StandingInterlock] | None = None,
) -> list[Reason]:
    """Everything that forbids a command now. Looks beyond what the actor may see: an interlock may ask another device.

    `queued_too`: commands that wait for their door count as under way too, as they do when a command is asked for.
    """
    with acting_as(LOOKER):
        moment = now()
        if not device.enabled:
            return [Reason("sense.interlock.disabled", {})]
        standing = standing_interlocks(device, kind) if standing is None else standing
        locked = [] if kind.group is CommandGroup.READ else reasons_of_locks(device, moment)
        interlocks = [one.interlock for one in standing]
        past = _past(device, command_id, moment, interlocks, queued_too=queued_too)
        values: dict[Interlock, tuple[Seen, ...]] = {
            one: what_is_seen(device, one) for one in interlocks if isinstance(one, OnlyIf | ChangeLimit)
        }
        situation = Situation(kind.name, params, moment, past, values)
        titles = {one.interlock: one for one in reversed(standing)}
        return locked + [_reason(device, kind, titles[refused.interlock], refused) for refused in judge(interlocks, situation)]


def reasons_of_locks(device: DeviceRecord, moment: datetime) -> list[Reason]:
    """The lock-outs in force, as reasons."""
    records = CommandLockRecord.objects.filter(device=device, released_at=None, until__gt=moment).order_by("locked_at")
    return [
        Reason(
            "sense.interlock.locked",
            {"by": one.locked_by, "until": f"{one.until.astimezone(CITY):%Y-%m-%d %H:%M}", "text": one.reason},
        )
        for one in records
    ]


def _past(
    device: DeviceRecord, command_id: UUID | None, moment: datetime, interlocks: Sequence[Interlock], *, queued_too: bool
) -> list[Past]:
    """Commands that went down, or may have; those that never left are no matter. One that waits for its door or for approval is
    told as of now."""
    memory = max((one.seconds for one in interlocks if isinstance(one, Pause | ChangeLimit)), default=0.0)
    since = moment - min(timedelta(seconds=memory), LONGEST_MEMORY)
    waiting = (CommandState.REQUESTED,) if queued_too else ()
    records = CommandRecord.objects.filter(device=device).exclude(id__in=[command_id] if command_id else [])
    records = records.filter(
        Q(state__in=(*UNDER_WAY, *waiting))
        | Q(state__in=WENT_DOWN, claimed_at__gte=since)
        | Q(state__in=WENT_DOWN, sent_at__gte=since)
    )
    rows = records.values_list("name", "params", "state", "sent_at", "claimed_at")
    under_way = {*UNDER_WAY, *waiting}
    return [
        Past(name, params, sent or claimed or moment, CommandState(state) in under_way)
        for name, params, state, sent, claimed in rows
    ]


def _reason(device: DeviceRecord, kind: CommandType, standing: StandingInterlock, refused: Refused) -> Reason:
    """A refusal with names for its codes, in both languages."""
    params = {name: _plain(value) for name, value in refused.params.items()}
    params |= _both("title", standing.title if standing.title.zh else TITLES[standing.interlock.kind])
    if "field" in params:
        field = next((one for one in kind.fields if one.name == params["field"]), None)
        params |= _both("field", field.title) if field else {}
    if "property" in params:
        params |= _both("property", property_title(device, standing.interlock))
    if "command" in params:
        types = command_types(protocol=device.protocol, profile=device.profile)
        other = next((one for one in types if one.name == params["command"]), None)
        params |= _both("command", other.title) if other else {}
    return Reason(refused.code, params, refused.interlock)


def _plain(value: Any) -> Any:
    """A number as people write it: 60, not 60.0."""
    if not isinstance(value, float) or value - value != 0:
        return value
    return int(value) if value == int(value) else float(f"{value:.6g}")


def _both(name: str, text: Text) -> dict[str, str]:
    return {f"{name}_zh": text.zh, f"{name}_en": text.en or text.zh}


@transaction_required
def define_interlock(
    *,
    actor: Actor,
    interlock: Mapping[str, Any] | Interlock,
    command: str = "",
    device_id: UUID | None = None,
    profile: str = "",
    title: Text | None = None,
) -> StandingInterlock:
    """Put an interlock before a command (or before all that change something) of a device, or of all devices of a profile.

    Needs `sense.interlock:define` at the device, for a profile in the whole city. Raises Invalid for what cannot be meant.
    """
    made = interlock_of(interlock) if isinstance(interlock, Mapping) else interlock_of(json_of_interlock(interlock))
    if (device_id is None) == (not profile):
        raise Invalid("sense.interlock-aimless")
    device = _device(actor, device_id) if device_id else None
    actor.require(DEFINE, place_path=device.place_path if device else CITY_PATH)
    record = InterlockRecord.objects.create(
        device=device,
        profile=profile,
        command=command,
        title_zh=title.zh if title else "",
        title_en=title.en if title else "",
        definition=json_of_interlock(made),
        defined_at=now(),
        defined_by=actor.name,
    )
    details = {"interlock": record.definition, "command": command, "profile": profile}
    acts.record(
        actor=actor, act=DEFINE, subject=urn("device", device.id) if device else urn("interlock", record.id), details=details
    )
    return standing_of(record)


@transaction_required
def withdraw_interlock(*, actor: Actor, interlock_id: UUID) -> None:
    """Take an interlock away; what it was stays on record. Idempotent. Needs `sense.interlock:define` where it stands."""
    record = InterlockRecord.objects.select_for_update(of=("self",)).select_related("device").filter(id=interlock_id).first()
    if record is None:
        raise NotFound("sense.interlock-unknown")
    if record.device_id:
        _device(actor, record.device_id)
    actor.require(DEFINE, place_path=record.device.place_path if record.device else CITY_PATH)
    if record.withdrawn_at is None:
        record.withdrawn_at, record.withdrawn_by = now(), actor.name
        record.save(update_fields=["withdrawn_at", "withdrawn_by"])
        subject = urn("device", record.device_id) if record.device_id else urn("interlock", record.id)
        acts.record(actor=actor, act=DEFINE, subject=subject, details={"withdrawn": record.definition, "command": record.command})


def _device(actor: Actor, device_id: UUID) -> DeviceRecord:
    device = visible_devices(actor).filter(id=device_id).first()
    if device is None:
        raise NotFound("sense.device-unknown")
    return device
