"""What sense gives to the desk's common pages: tasks and search."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import AlarmState
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.capabilities.sense.web.alarms import alarm_url
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.worklist.api import WorkItem
from yuzhou.ui.display import show_time

MOST_TASKS = 200
MOST_DEVICES, MOST_OTHERS = 8, 4  # of one search: the desk shows twenty of each provider


def waiting_alarms(actor: Actor) -> list[WorkItem]:
    """Alarms that nobody took on yet, for those who may."""
    if not actor.can("sense.alarm:acknowledge"):
        return []
    alarms = list(api.list_alarms(actor=actor, states=[AlarmState.RAISED], limit=MOST_TASKS))
    names = place_names(alarm.place_path for alarm in alarms)
    return [
        WorkItem(
            key=str(alarm.id),
            title=f"{alarm.device_title}: {word_alarm(alarm) or alarm.rule_title}",
            url=alarm_url(alarm),
            since=alarm.raised_at,
            part="sense",
            severity=alarm.severity,
            subject=urn("alarm", alarm.id),
            place=names[alarm.place_path],
        )
        for alarm in alarms
    ]


def search(actor: Actor, text: str) -> list[tuple[str, str]]:
    """What a text finds: devices, kinds of devices, rules, and the newest alarms of those devices and rules."""
    if not actor.can("sense.device:read"):
        return []
    devices = api.search_devices(actor=actor, text=text, limit=MOST_DEVICES)
    rules = list(api.find_rules(actor=actor, text=text, limit=MOST_OTHERS))
    found = [(f"{one.title} ({one.identity})", reverse("sense:device", args=[one.id])) for one in devices]
    found += [
        (_("Device profile: %(title)s") % {"title": one.title}, reverse("sense:profile", args=[one.key]))
        for one in api.list_profiles(text=text, limit=MOST_OTHERS)
    ]
    found += [(_("Alarm rule: %(title)s") % {"title": one.title}, reverse("sense:rule", args=[one.id])) for one in rules]
    return found + _newest_alarms(actor, [one.id for one in devices], [one.id for one in rules])


def _newest_alarms(actor: Actor, devices: list[UUID], rules: list[UUID]) -> list[tuple[str, str]]:
    if not actor.can("sense.alarm:read") or not (devices or rules):
        return []
    return [
        (
            _("Alarm of %(at)s: %(device)s, %(rule)s")
            % {"at": show_time(one.raised_at), "device": one.device_title, "rule": one.rule_title},
            alarm_url(one),
        )
        for one in api.newest_alarms(actor=actor, device_ids=devices, rule_ids=rules, limit=MOST_OTHERS)
    ]


def name_devices(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles of devices within reach, for the audit log."""
    return {one.id: str(one.title) for one in api.name_devices(actor=actor, device_ids=ids)}


def name_alarms(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What alarms within reach are of."""
    return {one.id: f"{one.device_title}: {one.rule_title}" for one in api.name_alarms(actor=actor, alarm_ids=ids)}
