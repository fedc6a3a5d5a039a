"""The newest positions of devices that say where they are."""

import math
from collections.abc import Iterable
from datetime import UTC
from uuid import UUID

from yuzhou.capabilities.sense.contracts.positions import LATITUDE, LONGITUDE, DevicePosition
from yuzhou.capabilities.sense.contracts.readings import DATA_FLAG_BITS, DataFlag, Mark, Statistic
from yuzhou.capabilities.sense.models import Latest
from yuzhou.capabilities.sense.selectors.devices import device_of, visible_devices
from yuzhou.kernel.actor import Actor

MOST = 20_000
_UNUSABLE = {DataFlag.OVER_RANGE, DataFlag.FAULT, DataFlag.LINK_FAULT}


def list_positions(*, actor: Actor, device_ids: Iterable[UUID] | None = None) -> list[DevicePosition]:
    """The newest positions of visible devices that tell theirs, of all of them or of those named; 20,000 at most."""
    visible = visible_devices(actor)
    if device_ids is not None:
        visible = visible.filter(id__in=list(device_ids))
    rows = Latest.objects.filter(
        series__device__in=visible, series__property__in=(LATITUDE, LONGITUDE), series__statistic=Statistic.RTD
    )
    found: dict[UUID, dict[str, Latest]] = {}
    for row in rows.select_related("series")[: 2 * MOST]:
        found.setdefault(row.series.device_id, {})[row.series.property] = row
    devices = {record.id: device_of(record) for record in visible.filter(id__in=list(found))} if found else {}
    pairs = ((devices[key], pair) for key, pair in found.items() if len(pair) == 2 and key in devices)
    return [
        DevicePosition(device, pair[LATITUDE].at.astimezone(UTC), pair[LATITUDE].value, pair[LONGITUDE].value, _is_sure(pair))
        for device, pair in pairs
        if all(map(_is_usable, pair.values()))
    ]


def _is_usable(row: Latest) -> bool:
    return math.isfinite(row.value) and row.flag & DATA_FLAG_BITS not in _UNUSABLE


def _is_sure(pair: dict[str, Latest]) -> bool:
    return pair[LATITUDE].at == pair[LONGITUDE].at and not any(row.flag & Mark.SUSPECT for row in pair.values())
