"""What the environment gives to the desk's common pages: tasks of firms, and search."""

from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import Alarm, AlarmAct
from yuzhou.domains.environment.permissions import READ
from yuzhou.domains.environment.rules.alarms import kind_of
from yuzhou.domains.environment.selectors.outlets import list_outlets
from yuzhou.domains.environment.selectors.standing import OPEN
from yuzhou.domains.environment.web.tables import alarm_url
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.worklist.api import WorkItem

ANSWER = "sense.alarm:comment"
MOST_TASKS = 50
MOST_FOUND = 10


def alarms_to_answer(actor: Actor) -> list[WorkItem]:
    """Open alarms of the firm's own outlets that it has not answered yet."""
    if not actor.scope(ANSWER).organisations:
        return []
    alarms = sense.list_alarms(actor=actor, states=OPEN, limit=MOST_TASKS)
    return [_task(alarm) for alarm in alarms if kind_of(alarm.rule_key) and not _is_answered(actor, alarm)]


def _is_answered(actor: Actor, alarm: Alarm) -> bool:
    return any(entry.act is AlarmAct.ANSWERED for entry in sense.alarm_history(actor=actor, alarm_id=alarm.id))


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
