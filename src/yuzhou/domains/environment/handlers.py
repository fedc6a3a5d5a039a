"""What the environment does when sense tells of an outlet: it tells the people who answer for it."""

from datetime import timedelta
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.events import AlarmAcknowledged, AlarmCleared, AlarmClosed, AlarmRaised
from yuzhou.domains.environment.contracts import ALARM_RAISED as RAISED
from yuzhou.domains.environment.permissions import READ
from yuzhou.domains.environment.rules.alarms import kind_of
from yuzhou.domains.environment.selectors.outlets import find_outlet_by_device
from yuzhou.domains.environment.web.tables import alarm_path
from yuzhou.kernel import live
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.events.api import ReceivedEvent
from yuzhou.kernel.ids import urn
from yuzhou.kernel.notices.api import Severity, notify, settle

SYSTEM = Actor.system("environment")
ACT = "sense.alarm:acknowledge"
UNANSWERED = timedelta(hours=2)
LIVE = "environment"


def tell_of_alarm(event: ReceivedEvent) -> None:
    """Tell the officers of the place, and the firm, of an alarm that still stands; upwards if nobody takes it on.

    Idempotent: what is said again of the same alarm only counts. Alarms of reissued data that are over already tell nobody.
    """
    raised = event.read(AlarmRaised)
    if kind_of(raised.rule) is None:
        return
    _refresh(raised.place_path, raised.operator)
    alarm = sense.get_alarm(actor=SYSTEM, alarm_id=raised.alarm)
    outlet = find_outlet_by_device(actor=SYSTEM, device_id=raised.device)
    if outlet is None or not alarm.is_open:
        return
    title = alarm.rule_title
    notify(
        permission=ACT,
        place_path=raised.place_path,
        code=RAISED,
        params={"outlet": outlet.name, "rule_zh": title.zh, "rule_en": title.en},
        url=alarm_path(raised.alarm),
        severity=Severity(raised.severity),
        subject=urn("alarm", raised.alarm),
        escalate_after=UNANSWERED,
    )
    if raised.operator is not None:
        notify(
            permission="sense.alarm:comment",
            organisation=raised.operator,
            code=RAISED,
            params={"outlet": outlet.name, "rule_zh": title.zh, "rule_en": title.en},
            url=alarm_path(raised.alarm),
            severity=Severity(raised.severity),
            subject=urn("alarm", raised.alarm),
        )


def settle_acknowledged(event: ReceivedEvent) -> None:
    """Someone took the alarm on: it goes no further up."""
    settle(subject=urn("alarm", event.read(AlarmAcknowledged).alarm), code=RAISED)


def settle_closed(event: ReceivedEvent) -> None:
    """The alarm is done with."""
    closed = event.read(AlarmClosed)
    settle(subject=urn("alarm", closed.alarm), code=RAISED)
    _refresh(closed.place_path, closed.operator)


def settle_cleared(event: ReceivedEvent) -> None:
    """The cause is gone: maps and lists change, and nobody higher up need know."""
    cleared = event.read(AlarmCleared)
    if kind_of(cleared.rule) is not None:
        settle(subject=urn("alarm", cleared.alarm), code=RAISED)
        _refresh(cleared.place_path, cleared.operator)


def _refresh(place_path: str, operator: UUID | None) -> None:
    """Let open maps look again."""
    live.publish(LIVE, {}, permission=READ, place_path=place_path, organisation=operator)
