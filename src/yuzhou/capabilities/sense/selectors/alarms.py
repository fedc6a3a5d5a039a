"""Alarms within the actor's reach."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from yuzhou.capabilities.sense.contracts import (
    Alarm,
    AlarmAct,
    AlarmEntry,
    AlarmState,
    CloseReason,
    Page,
    Severity,
    Statistic,
)
from yuzhou.capabilities.sense.models import AlarmEntryRecord, AlarmRecord
from yuzhou.capabilities.sense.selectors.paging import page_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.text import Text

READ = "sense.alarm:read"
ORDERS = ("raised_at", "severity", "state", "place_path", "device__title_zh", "cleared_at")


def visible_alarms(actor: Actor, permission: str = READ) -> QuerySet[AlarmRecord]:
    """Alarms within the actor's reach."""
    alarms = AlarmRecord.objects.select_related("rule", "device", "series")
    return scoped(alarms, actor.scope(permission), place="place_path", organisation="operator_id")


def alarm_of(record: AlarmRecord) -> Alarm:
    """As people see it."""
    series, device = record.series, record.device
    return Alarm(
        id=record.id,
        rule_key=record.rule.key,
        rule_title=Text(record.rule.title_zh, record.rule.title_en or record.rule.title_zh),
        device_id=device.id,
        device_title=Text(device.title_zh, device.title_en or device.title_zh),
        series_id=series.id,
        property=series.property,
        property_title=Text(series.title_zh or series.property, series.title_en or series.title_zh or series.property),
        statistic=Statistic(series.statistic),
        unit=series.unit,
        severity=Severity(record.severity),
        peak_severity=Severity(record.peak_severity),
        state=AlarmState(record.state),
        code=record.code,
        params=record.params,
        raised_at=record.raised_at,
        cleared_at=record.cleared_at,
        acknowledged_at=record.acknowledged_at,
        closed_at=record.closed_at,
        close_reason=CloseReason(record.close_reason) if record.close_reason else None,
        place_path=record.place_path,
        site_id=record.site_id,
        operator_id=record.operator_id,
        simulated=device.simulated,
    )


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
    conditions = Q()
    if states := list(states):
        conditions &= Q(state__in=states)
    if min_severity is not None:
        conditions &= Q(severity__gte=min_severity)
    if place_path is not None:
        conditions &= within_place("place_path", place_path)
    if device_ids is not None:
        conditions &= Q(device_id__in=list(device_ids))
    if site_ids is not None:
        conditions &= Q(site_id__in=list(site_ids))
    if raised_from is not None:
        conditions &= Q(raised_at__gte=raised_from)
    if raised_to is not None:
        conditions &= Q(raised_at__lt=raised_to)
    if text:
        conditions &= _mentions(text)
    alarms = visible_alarms(actor).filter(conditions)
    column = order if order.lstrip("-") in ORDERS else "-raised_at"
    return page_of(alarms.order_by(column, "-id"), alarm_of, offset=offset, limit=limit)


def newest_alarms(
    *, actor: Actor, device_ids: Iterable[UUID] = (), rule_ids: Iterable[UUID] = (), limit: int = 10
) -> list[Alarm]:
    """The newest alarms within reach of some devices or of some rules, not counted."""
    wanted = Q(device_id__in=list(device_ids)) | Q(rule_id__in=list(rule_ids))
    return [alarm_of(record) for record in visible_alarms(actor).filter(wanted).order_by("-raised_at", "-id")[:limit]]


def _mentions(text: str) -> Q:
    columns = ("device__identity", "device__title_zh", "device__title_en", "rule__title_zh", "rule__title_en", "series__property")
    found = Q()
    for column in (*columns, "series__title_zh", "series__title_en"):
        found |= Q(**{f"{column}__icontains": text})
    return found


def get_alarm(*, actor: Actor, alarm_id: UUID) -> Alarm:
    """One alarm; raises NotFound `sense.alarm-unknown`."""
    record = visible_alarms(actor).filter(id=alarm_id).first()
    if record is None:
        raise NotFound("sense.alarm-unknown")
    return alarm_of(record)


def alarm_history(*, actor: Actor, alarm_id: UUID) -> list[AlarmEntry]:
    """Everything that happened to an alarm, oldest first."""
    alarm = get_alarm(actor=actor, alarm_id=alarm_id)
    return [
        AlarmEntry(
            at=entry.at,
            act=AlarmAct(entry.act),
            severity=Severity(entry.severity),
            actor_name=entry.actor_name,
            text=entry.text,
            code=entry.code,
            params=entry.params,
        )
        for entry in AlarmEntryRecord.objects.filter(alarm_id=alarm.id).order_by("id")
    ]


def answered_alarms(*, actor: Actor, alarm_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the alarms within reach that their firm has answered."""
    entries = AlarmEntryRecord.objects.filter(alarm_id__in=list(alarm_ids), act=AlarmAct.ANSWERED)
    visible = scoped(entries, actor.scope(READ), place="alarm__place_path", organisation="alarm__operator_id")
    return set(visible.values_list("alarm_id", flat=True))


def name_alarms(*, actor: Actor, alarm_ids: Iterable[UUID]) -> list[Alarm]:
    """Those of the alarms that the actor may see."""
    return [alarm_of(record) for record in visible_alarms(actor).filter(id__in=list(alarm_ids))]
