"""What rules do besides raising alarms: they ask for commands (联动), once for each alarm, never in a loop."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from yuzhou.capabilities.sense.contracts import AlarmAct, AlarmState, CommandCause, CommandState
from yuzhou.capabilities.sense.models import AlarmEntryRecord, AlarmRecord, CommandRecord
from yuzhou.capabilities.sense.rules.definition import Then, feeds
from yuzhou.capabilities.sense.rules.notation import read_definition
from yuzhou.capabilities.sense.rules.periods import period_length
from yuzhou.capabilities.sense.services.commands import request_command
from yuzhou.capabilities.sense.services.news import tell_of_alarms
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.transactions import transaction_required

RULES = Actor.system("sense.rules")
MOST_AN_HOUR = 12
"""How many commands rules may ask of one device in an hour, so that rules that set each other off come to rest."""


@transaction_required
def act_on_alarm(*, alarm_id: UUID) -> int:
    """Ask for the commands of an alarm's rule that its severity calls for; returns how many were asked for.

    Idempotent: each command of a rule is asked for once for each alarm. What was not asked for, and why, stands in the
    alarm's history too.
    """
    alarm = AlarmRecord.objects.select_for_update(of=("self",)).select_related("rule").filter(id=alarm_id).first()
    if alarm is None or not alarm.standing or alarm.state == AlarmState.CLOSED or not alarm.rule.enabled:
        return 0
    then = read_definition(alarm.rule.definition).then
    wanted = [(number, one) for number, one in enumerate(then) if alarm.severity >= one.severity]
    done = set(alarm.entries.filter(act=AlarmAct.COMMANDED).values_list("request_key", flat=True))
    codes = [_act(alarm, one, _key(number)) for number, one in wanted if _key(number) not in done]
    if codes:
        tell_of_alarms([alarm])
    return codes.count("sense.then.asked")


def _key(number: int) -> str:
    return f"then:{number}"


def _act(alarm: AlarmRecord, then: Then, key: str) -> str:
    """Ask for one command, unless rules asked too often; returns what became of it."""
    target = then.device or alarm.device_id
    code, params = _too_old(alarm, then) or _hindrance(alarm, then, target) or _request(alarm, then, target, key)
    AlarmEntryRecord.objects.create(
        alarm=alarm,
        at=now(),
        act=AlarmAct.COMMANDED,
        severity=alarm.severity,
        code=code,
        params={"command": then.command, "device": str(target), **params},
        request_key=key,
    )
    return code


def _too_old(alarm: AlarmRecord, then: Then) -> tuple[str, dict[str, object]] | None:
    """What was measured long ago, and came only now, moves no machine. A mean is of its period, and holds until the next."""
    steps = alarm.entries.filter(act__in=(AlarmAct.RAISED, AlarmAct.SEVERITY_CHANGED))
    at = steps.order_by("-id").values_list("at", flat=True).first() or alarm.raised_at
    period = max(period_length(feed.statistic) for feed in feeds(read_definition(alarm.rule.definition)))
    age = (now() - at).total_seconds()
    if age <= period + max(period, then.fresh_seconds):
        return None
    return "sense.then.stale", {"seconds": round(age)}


def _hindrance(alarm: AlarmRecord, then: Then, target: UUID) -> tuple[str, dict[str, object]] | None:
    by_rules = CommandRecord.objects.filter(~Q(rule_key=""), ~Q(state=CommandState.REFUSED), device_id=target)
    paused = by_rules.filter(
        rule_key=alarm.rule.key, name=then.command, requested_at__gt=now() - timedelta(seconds=then.dead_seconds)
    )
    if paused.exists():
        return "sense.then.paused", {"seconds": then.dead_seconds}
    count = by_rules.filter(requested_at__gt=now() - timedelta(hours=1)).count()
    return ("sense.then.too-often", {"count": count}) if count >= MOST_AN_HOUR else None


def _request(alarm: AlarmRecord, then: Then, target: UUID, key: str) -> tuple[str, dict[str, object]]:
    try:
        with transaction.atomic():
            command = request_command(
                actor=RULES,
                device_id=target,
                name=then.command,
                params=dict(then.params),
                request_key=f"{alarm.id}:{key}",
                cause=CommandCause(rule_key=alarm.rule.key, alarm_id=alarm.id),
                keep_refused=True,
            )
    except YuzhouError as error:
        return "sense.then.failed", {"problem": message_for(error)}
    refused = command.state is CommandState.REFUSED
    return "sense.then.refused" if refused else "sense.then.asked", {"id": str(command.id)}
