"""Which devices are there: heard from, silent, gone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.contracts import DeviceState
from yuzhou.capabilities.sense.events import DeviceOffline, DeviceReturned, DeviceSilent
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.news import tell_of_devices
from yuzhou.capabilities.sense.services.watching import MATTERS, STOPS
from yuzhou.kernel.clock import now
from yuzhou.kernel.events.api import emit_many
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

SELDOM = timedelta(seconds=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)

_HEARD = """
UPDATE sense_device_status s SET state = 'online', last_seen = greatest(s.last_seen, heard.at)
FROM (SELECT old.device_id, old.state, heard.at
      FROM unnest(%s::uuid[], %s::timestamptz[]) AS heard (id, at) JOIN sense_device_status old ON old.device_id = heard.id
      WHERE old.state <> 'online' OR old.last_seen IS NULL OR old.last_seen < heard.at - interval '5 seconds'
      ORDER BY old.device_id FOR UPDATE OF old) AS heard
WHERE s.device_id = heard.device_id
RETURNING s.device_id, heard.state
"""
_SILENT = f"""
WITH stop AS MATERIALIZED ({STOPS})
UPDATE sense_device_status s SET state = 'silent' FROM sense_device d
WHERE d.id = s.device_id AND d.enabled AND s.state <> 'silent' AND s.last_seen < %s - d.silent_after_seconds * interval '1 second'
  AND NOT EXISTS (SELECT 1 FROM stop WHERE {MATTERS} AND stop.since >= %s - d.silent_after_seconds * interval '1 second')
RETURNING d.id, d.identity, d.place_path, d.site_id, d.operator_id, s.last_seen
"""


def note(running: Engine, series: Int, received_at: datetime, heard: Mapping[UUID, datetime]) -> None:
    """Devices of these series, and those heard without readings, are online; within five seconds nothing is written again."""
    moments = dict.fromkeys(_devices_of(running, series), received_at) if len(series) else {}
    for device, at in heard.items():
        moments[device] = max(at, moments.get(device, at))
    moments = {device: at for device, at in moments.items() if at - running.heard.get(device, LONG_AGO) >= SELDOM}
    mark_online(moments)
    running.heard |= moments
    tell_of_devices(moments, running.reach)


@transaction_required
def mark_online(heard: Mapping[UUID, datetime]) -> None:
    """Note when devices were last heard."""
    if not heard:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, [list(heard), list(heard.values())])
        returned = [device for device, before in cursor.fetchall() if before == DeviceState.SILENT]
    emit_many([DeviceReturned(subject=urn("device", device), device=device, at=heard[device]) for device in returned])


@transaction_required
def mark_devices(*, online: Mapping[UUID, datetime], offline: Iterable[UUID] = ()) -> None:
    """Note which devices have a link and which lost it; needs a transaction."""
    mark_online(online)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sense_device_status SET state = 'offline' WHERE device_id = ANY(%s) AND state = 'online'", [list(offline)]
        )


_OFFLINE = """
UPDATE sense_device_status s SET state = 'offline' FROM sense_device d
WHERE d.id = s.device_id AND d.enabled AND d.id = %s AND s.state IN ('online', 'offline')
RETURNING d.identity, d.place_path, d.site_id, d.operator_id
"""


@transaction_required
def tell_offline(*, device_id: UUID, at: datetime, cause: str) -> None:
    """A device's link ended, by its last will or without a word: it is offline at once, which is told."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFLINE, [device_id])
        for identity, place_path, site, operator in cursor.fetchall():
            told = {"identity": identity, "place_path": place_path, "site": site, "operator": operator, "cause": cause}
            emit_many([DeviceOffline(subject=urn("device", device_id), device=device_id, at=at, **told)])


@transaction_required
def find_silent() -> int:
    """Devices that were not heard for longer than they should become silent, which is told once; returns how many.

    After a stop of the platform itself all of them get their time anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, [now()] * 3)
        rows = cursor.fetchall()
    emit_many(
        [
            DeviceSilent(
                subject=urn("device", device),
                device=device,
                identity=identity,
                place_path=place_path,
                site=site,
                operator=operator,
                last_seen=last_seen,
            )
            for device, identity, place_path, site, operator, last_seen in rows
        ]
    )
    return len(rows)


def _devices_of(found: Engine, series: Int) -> list[UUID]:
    """The devices of series, each once."""
    return [found.devices[i] for i in np.unique(found.series_device[series])]
