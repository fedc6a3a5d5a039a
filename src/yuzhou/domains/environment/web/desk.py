"""What the environment gives to the desk's common pages: tasks of firms, and search."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Alarm, AlarmState
from yuzhou.domains.environment.permissions import READ
from yuzhou.domains.environment.rules.alarms import kind_of
from yuzhou.domains.environment.selectors.outlets import list_outlets
from yuzhou.domains.environment.web.tables import alarm_url
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.worklist.api import WorkItem

ANSWER = "sense.alarm:comment"
MOST_TASKS, MOST_LOOKED_AT = 50, 1000
UNCLOSED = (AlarmState.RAISED, AlarmState.ACKNOWLEDGED, AlarmState.CLEARED)
MOST_FOUND = 10


def alarms_to_answer(actor: Actor) -> list[WorkItem]:
    """Alarms of the firm's own outlets that nobody closed and that it has not answered yet, also where the cause is gone."""
    if not actor.scope(ANSWER).organisations:
        return []
    alarms = [alarm for alarm in sense.list_alarms(actor=actor, states=UNCLOSED, limit=MOST_LOOKED_AT) if kind_of(alarm.rule_key)]
    answered = sense.answered_alarms(actor=actor, alarm_ids=[alarm.id for alarm in alarms])
    return [_task(alarm) for alarm in alarms if alarm.id not in answered][:MOST_TASKS]


def _task(alarm: Alarm) -> WorkItem:
    return WorkItem(
        key=f"answer-{alarm.id}",
        title=_("Answer the alarm: {outlet}, {rule}").format(outlet=alarm.device_title, rule=alarm.rule_title),
        url=alarm_url(alarm),
        since=alarm.raised_at,
        part="environment",
        severity=Severity(int(alarm.severity)),
        subject=urn("alarm", alarm.id),
    )


def find_outlets(actor: Actor, text: str) -> list[tuple[str, str]]:
    """Outlets that a text finds by name, firm, MN or permit: title and address."""
    if not actor.can(READ):
        return []
    found = list_outlets(actor=actor, text=text)[:MOST_FOUND]
    return [(f"{outlet.name} ({outlet.mn})", reverse("environment:outlet", args=[outlet.id])) for outlet in found]


def name_outlets(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of outlets within reach, for the audit log and for devices that stand there."""
    return {outlet.id: outlet.name for outlet in list_outlets(actor=actor, ids=list(ids))}
