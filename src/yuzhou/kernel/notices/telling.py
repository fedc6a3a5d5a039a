"""Telling people: who is meant, one notice for each, and the channels that each wants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from yuzhou.kernel.access.api import users_with
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.notices.contracts import Channel
from yuzhou.kernel.notices.models import ChannelSetting, Escalation, NoticeDelivery, NoticeRecord
from yuzhou.kernel.notices.rules import after_quiet, upwards
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("notices")

TELL = """
INSERT INTO kernel_notices_notice
  (id, user_id, code, params, url, severity, subject, created_at, last_at, repeats, is_escalated)
SELECT id, user_id, %(code)s, %(params)s, %(url)s, %(severity)s, %(subject)s, %(now)s, %(now)s, 0, %(escalated)s
FROM unnest(%(ids)s::uuid[], %(users)s::uuid[]) AS fresh (id, user_id)
ON CONFLICT (user_id, subject, code) WHERE read_at IS NULL DO UPDATE
  SET repeats = kernel_notices_notice.repeats + 1, last_at = excluded.last_at, params = excluded.params, url = excluded.url,
      is_escalated = kernel_notices_notice.is_escalated OR excluded.is_escalated,
      severity = greatest(kernel_notices_notice.severity, excluded.severity)
RETURNING user_id, id
"""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said."""

    code: str
    params: Mapping[str, Any]
    url: str
    severity: Severity
    subject: str
    is_escalated: bool = False


def notify(
    *,
    permission: str,
    code: str,
    subject: str,
    params: Mapping[str, Any] | None = None,
    url: str = "",
    severity: Severity | int = Severity.NOTICE,
    place_path: str | None = None,
    organisation: UUID | None = None,
    escalate_after: timedelta | None = None,
) -> int:
    """Tell those who hold a permission: at the place, else at the nearest one above it; and those of an organisation.

    `code` and `params` are worded for each reader by `errors.declare_message`; `subject` is a URN. What is said again about the
    same subject before it was read only counts. With `escalate_after`, the holders of the next place above are told too
    unless someone acknowledges in time, and so on up to the city. Returns how many people are told.
    """
    saying = Saying(code, params or {}, url, Severity(int(severity)), subject)
    with acting_as(SYSTEM):
        people = {recipient.user_id for recipient in users_with(permission, organisation=organisation)} if organisation else set()
        tier, higher = nearest_tier(permission, place_path) if place_path else (set(), None)
        if higher and escalate_after:
            _escalate_later(saying, permission, higher, escalate_after)
        return tell(people | tier, saying)


def notify_users(
    *,
    users: Iterable[UUID],
    code: str,
    subject: str,
    params: Mapping[str, Any] | None = None,
    url: str = "",
    severity: Severity | int = Severity.NOTICE,
) -> int:
    """Tell certain people; returns how many."""
    with acting_as(SYSTEM):
        return tell(set(users), Saying(code, params or {}, url, Severity(int(severity)), subject))


def nearest_tier(permission: str, path: str) -> tuple[set[UUID], str | None]:
    """Who holds the permission at the place or else the nearest above, but not further up; and the place above that."""
    above_too = {place: {one.user_id for one in users_with(permission, place_path=place)} for place in upwards(path)}
    for place, people in above_too.items():
        higher = place.rpartition(".")[0] or None
        tier = people - above_too[higher] if higher else people
        if tier:
            return tier, higher
    return set(), None


def tell(people: set[UUID], saying: Saying) -> int:
    """Put a notice into each inbox and on its way by each channel, if it is new or graver than before."""
    moment = now()
    users = sorted(people)
    values: dict[str, Any] = {
        "code": saying.code,
        "params": Jsonb(dict(saying.params)),
        "url": saying.url,
        "severity": int(saying.severity),
        "subject": saying.subject,
        "escalated": saying.is_escalated,
        "now": moment,
        "ids": [uuid7() for _ in users],
        "users": users,
    }
    unread = NoticeRecord.objects.filter(user__in=users, subject=saying.subject, code=saying.code, read_at__isnull=True)
    known = dict(unread.values_list("user_id", "severity"))
    with connection.cursor() as cursor:
        cursor.execute(TELL, values)
        told: dict[UUID, UUID] = dict(cursor.fetchall())
    fresh = {user: notice for user, notice in told.items() if known.get(user, 0) < saying.severity}
    _send_later(fresh, saying.severity, moment)
    return len(users)


def _send_later(fresh: Mapping[UUID, UUID], severity: Severity, moment: datetime) -> None:
    known = {setting.user_id: setting for setting in ChannelSetting.objects.filter(user__in=fresh)}
    deliveries = []
    for user, notice in fresh.items():
        setting = known.get(user) or ChannelSetting(user_id=user)
        is_urgent = severity is Severity.CRITICAL
        due = moment if is_urgent else after_quiet(moment, setting.quiet_from, setting.quiet_to)
        for channel in channels_for(setting, severity):
            deliveries.append(NoticeDelivery(notice_id=notice, user_id=user, channel=channel, due_at=due))
    NoticeDelivery.objects.bulk_create(deliveries)


def channels_for(setting: ChannelSetting, severity: Severity) -> list[Channel]:
    """The channels that a person wants for a severity."""
    wanted = {
        Channel.EMAIL: setting.email_from,
        Channel.WEBHOOK: setting.webhook_from if setting.webhook_url else None,
        Channel.SMS: setting.sms_from,
    }
    return [channel for channel, least in wanted.items() if least is not None and severity >= least]


def _escalate_later(saying: Saying, permission: str, higher: str, after: timedelta) -> None:
    """Note what to do if nobody acknowledges; what is noted already keeps its time."""
    values = {
        "permission": permission,
        "next_path": higher,
        "minutes": max(1, round(after.total_seconds() / 60)),
        "due_at": now() + after,
        "params": dict(saying.params),
        "url": saying.url,
        "severity": saying.severity,
    }
    Escalation.objects.get_or_create(subject=saying.subject, code=saying.code, defaults=values)
