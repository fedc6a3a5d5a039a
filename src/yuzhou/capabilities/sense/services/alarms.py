"""What people do with alarms."""

from collections.abc import Sequence
from typing import Any, BinaryIO
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Alarm, AlarmAct, AlarmState, Attachment, CloseReason
from yuzhou.capabilities.sense.events import AlarmAcknowledged, AlarmClosed
from yuzhou.capabilities.sense.models import AlarmEntryRecord, AlarmRecord
from yuzhou.capabilities.sense.selectors.alarms import READ, alarm_of, visible_alarms
from yuzhou.capabilities.sense.services.news import tell_of_alarms
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.events.api import emit
from yuzhou.kernel.files.api import MIB, FileRef, open_file, save_file
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

ACKNOWLEDGE = "sense.alarm:acknowledge"
COMMENT = "sense.alarm:comment"
CLOSE = "sense.alarm:close"
MOST_FILES, MOST_BYTES = 5, 10 * MIB


@transaction_required
def acknowledge_alarm(*, actor: Actor, alarm_id: UUID, text: str = "") -> Alarm:
    """Take an alarm on. Needs `sense.alarm:acknowledge`; again by anyone changes nothing.

    Raises Conflict `sense.alarm-closed`.
    """
    record = _locked(actor, alarm_id, ACKNOWLEDGE)
    if record.state == AlarmState.CLOSED:
        raise Conflict("sense.alarm-closed")
    if record.acknowledged_at is not None:
        return alarm_of(record)
    record.acknowledged_at = now()
    if record.state == AlarmState.RAISED:
        record.state = AlarmState.ACKNOWLEDGED
    record.save(update_fields=["acknowledged_at", "state"])
    _enter(actor, record, AlarmAct.ACKNOWLEDGED, ACKNOWLEDGE, text)
    emit(AlarmAcknowledged(subject=urn("alarm", record.id), alarm=record.id, **_reach(record)))
    return alarm_of(record)


@transaction_required
def comment_alarm(*, actor: Actor, alarm_id: UUID, text: str, request_key: str = "", files: Sequence[Attachment] = ()) -> Alarm:
    """Add a comment; by the firm of the outlet it counts as its answer. Needs `sense.alarm:comment`.

    Of several with the same `request_key` only the first is added. Up to five documents or pictures of 10 MB go with it; who may
    see the alarm may read them. Raises Invalid, TooMany for what is no such file.
    """
    record = _locked(actor, alarm_id, COMMENT)
    if not text.strip():
        raise Invalid("sense.comment-empty", field="text")
    if request_key and record.entries.filter(request_key=request_key).exists():
        return alarm_of(record)
    if len(files) > MOST_FILES:
        raise Invalid("sense.too-many-files", field="attachments", most=MOST_FILES)
    kept = [_keep(actor, record, one) for one in files]
    act = AlarmAct.ANSWERED if _is_firm(actor, record) else AlarmAct.COMMENTED
    _enter(actor, record, act, COMMENT, text, request_key=request_key, **({"files": kept} if kept else {}))
    return alarm_of(record)


def _keep(actor: Actor, record: AlarmRecord, attachment: Attachment) -> str:
    """Keep a file that whoever may see the alarm may read."""
    saved = save_file(
        actor=actor,
        name=attachment.name,
        content=attachment.content,
        media_type=attachment.media_type,
        permission=READ,
        place_path=record.place_path,
        organisation=record.operator_id,
        limit=MOST_BYTES,
    )
    return str(saved.id)


@transaction_required
def open_attachment(*, actor: Actor, alarm_id: UUID, file_id: UUID) -> tuple[FileRef, BinaryIO]:
    """A file that went with a comment on an alarm, to be closed by the caller. Raises NotFound for any other."""
    record = visible_alarms(actor).filter(id=alarm_id).first()
    if record is None or not record.entries.filter(params__files__contains=[str(file_id)]).exists():
        raise NotFound("sense.alarm-unknown")
    return open_file(actor=actor, file=file_id)


@transaction_required
def close_alarm(*, actor: Actor, alarm_id: UUID, reason: CloseReason, text: str = "") -> Alarm:
    """Close an alarm, whether its cause is gone or not; a cause that stands raises no new one until it has gone and come back.

    Needs `sense.alarm:close`. Raises Conflict `sense.alarm-closed`.
    """
    record = _locked(actor, alarm_id, CLOSE)
    if record.state == AlarmState.CLOSED:
        raise Conflict("sense.alarm-closed")
    record.state, record.closed_at, record.close_reason = AlarmState.CLOSED, now(), reason
    record.save(update_fields=["state", "closed_at", "close_reason"])
    _enter(actor, record, AlarmAct.CLOSED, CLOSE, text, reason=reason.value)
    emit(AlarmClosed(subject=urn("alarm", record.id), alarm=record.id, reason=reason.value, **_reach(record)))
    return alarm_of(record)


def _locked(actor: Actor, alarm_id: UUID, permission: str) -> AlarmRecord:
    """The alarm, held until the transaction ends; its place and its firm decide who may act."""
    record = visible_alarms(actor).select_for_update(of=("self",)).filter(id=alarm_id).first()
    if record is None:
        raise NotFound("sense.alarm-unknown")
    actor.require(permission, place_path=record.place_path, organisation=record.operator_id)
    return record


def _is_firm(actor: Actor, record: AlarmRecord) -> bool:
    return record.operator_id is not None and actor.organisation == record.operator_id


def _enter(
    actor: Actor, record: AlarmRecord, act: AlarmAct, permission: str, text: str, *, request_key: str = "", **params: Any
) -> None:
    AlarmEntryRecord.objects.create(
        alarm=record,
        at=now(),
        act=act,
        severity=record.severity,
        actor_id=actor.id,
        actor_name=actor.name,
        text=text.strip(),
        params=params,
        request_key=request_key,
    )
    acts.record(actor=actor, act=permission, subject=urn("alarm", record.id), details=params)
    tell_of_alarms([record])


def _reach(record: AlarmRecord) -> dict[str, object]:
    return {"place_path": record.place_path, "site": record.site_id, "operator": record.operator_id}
