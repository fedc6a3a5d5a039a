"""Tells open pages what changed; best effort, after the commit."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from yuzhou.capabilities.sense.models import AlarmRecord
from yuzhou.capabilities.sense.services.binding import Reach
from yuzhou.kernel import live

MOST_AT_ONCE = 200  # a page that hears nothing looks again by itself


def tell_of_alarms(alarms: Iterable[AlarmRecord]) -> None:
    """Alarms that rose, changed or were handled."""
    for alarm in list(alarms)[:MOST_AT_ONCE]:
        live.publish(
            "sense.alarm",
            {"alarm": alarm.id, "state": str(alarm.state), "severity": alarm.severity},
            permission="sense.alarm:read",
            place_path=alarm.place_path,
            organisation=alarm.operator_id,
        )


def tell_of_devices(devices: Iterable[UUID], reach: Mapping[UUID, Reach]) -> None:
    """Devices that gave new values."""
    for device in [device for device in devices if device in reach][:MOST_AT_ONCE]:
        at = reach[device]
        live.publish(
            f"sense.device.{device}",
            {"device": device},
            permission="sense.device:read",
            place_path=at.place_path,
            organisation=at.operator,
        )


def tell_of_command(device: UUID, place_path: str) -> None:
    """A command that was asked for or moved on."""
    live.publish(f"sense.command.{device}", {"device": device}, permission="sense.device:read", place_path=place_path)
