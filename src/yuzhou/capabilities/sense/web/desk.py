"""What sense gives to the desk's common pages: tasks and search."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import AlarmState
from yuzhou.capabilities.sense.contracts.wording import word_alarm
from yuzhou.capabilities.sense.web.alarms import alarm_url
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.worklist.api import WorkItem

MOST_TASKS = 200


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


def find_devices(actor: Actor, text: str) -> list[tuple[str, str]]:
    """Devices that a text finds: title and address."""
    if not actor.can("sense.device:read"):
        return []
    found = api.list_devices(actor=actor, text=text, limit=10)
    return [(f"{device.title} ({device.identity})", reverse("sense:device", args=[device.id])) for device in found]


def name_devices(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles of devices within reach, for the audit log."""
    return {one.id: str(one.title) for one in api.name_devices(actor=actor, device_ids=ids)}


def name_alarms(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What alarms within reach are of."""
    return {one.id: f"{one.device_title}: {one.rule_title}" for one in api.name_alarms(actor=actor, alarm_ids=ids)}
