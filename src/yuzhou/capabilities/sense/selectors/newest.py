"""The newest values of many devices in one statement, around the ORM: pages of a thousand devices are asked for all the time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from yuzhou.capabilities.sense.contracts import LatestValue, Source, Statistic
from yuzhou.kernel.actor import Actor, Scope

READ = "sense.device:read"
FIRST = UUID(int=0)
_STATISTICS = {str(one): one for one in Statistic}

_OF_PAGE = """
WITH page AS MATERIALIZED (
  SELECT d.id FROM sense_device d WHERE {condition} ORDER BY d.id LIMIT %(limit)s
)
SELECT page.id, s.id, s.property, s.statistic, s.unit, l.at, l.value, l.flag, l.source, l.received_at
FROM page LEFT JOIN (sense_series s JOIN sense_latest l ON l.series_id = s.id{properties}) ON s.device_id = page.id
ORDER BY page.id, s.id
"""

Row = tuple[UUID, int, str, str, str, datetime, float, int, int, datetime]


@dataclass(frozen=True, slots=True)
class NewestPage:
    """The newest values of some devices, as the database gives them, in the order of device and series.

    Each: device, series, property, statistic, unit, at, value, flag, source, received at. `after` leads on to the devices
    that follow, None where there are no more.
    """

    rows: list[Row]
    after: UUID | None


def list_newest(
    *,
    actor: Actor,
    device_ids: Iterable[UUID] | None = None,
    place_path: str | None = None,
    profile: str | None = None,
    properties: Iterable[str] = (),
    after: UUID | None = None,
    limit: int = 1000,
) -> NewestPage:
    """The newest values of the devices within reach, a page of devices at a time, in the order of their ids.

    Devices that have no value yet count for the page and bring no row.
    """
    condition, params = reach(actor.scope(READ))
    wanted: list[tuple[str, dict[str, Any]]] = [("d.id > %(after)s", {"after": after or FIRST})]
    if device_ids is not None:
        wanted.append(("d.id = ANY(%(ids)s)", {"ids": list(device_ids)}))
    if place_path is not None:
        place = "(d.place_path = %(place)s OR d.place_path LIKE %(below)s)"
        wanted.append((place, {"place": place_path, "below": _below(place_path)}))
    if profile is not None:
        wanted.append(("d.profile = %(profile)s", {"profile": profile}))
    for text, more in wanted:
        condition += f" AND {text}"
        params |= more
    names = list(properties)
    rows = _fetch(condition, params | {"limit": limit, "names": names}, bool(names))
    devices = sum(1 for place, row in enumerate(rows) if not place or row[0] != rows[place - 1][0])
    return NewestPage([row for row in rows if row[1] is not None], rows[-1][0] if devices == limit else None)


def latest_values(*, actor: Actor, device_ids: Iterable[UUID]) -> list[LatestValue]:
    """The newest value of every series of the devices that has one, in the order of series."""
    ids = list(device_ids)
    rows = list_newest(actor=actor, device_ids=ids, limit=max(1, len(ids))).rows
    found = [_value_of(row) for row in rows]
    found.sort(key=lambda one: one.series_id)
    return found


def _value_of(row: Row) -> LatestValue:
    device, series, prop, statistic, unit, at, value, flag, source, received_at = row
    return LatestValue(
        series_id=series,
        device_id=device,
        property=prop,
        statistic=_STATISTICS[statistic],
        unit=unit,
        at=at.astimezone(UTC),
        value=value,
        flag=flag,
        source=Source(source),
        received_at=received_at,
    )


def reach(scope: Scope) -> tuple[str, dict[str, Any]]:
    """What of `sense_device d` a scope covers, as SQL: nothing where it covers nothing."""
    if scope.everywhere:
        return "true", {}
    parts, params = ["false"], dict[str, Any]()
    if scope.place_paths:
        parts.append("(d.place_path || '.') ^@ ANY(%(within)s)")
        params["within"] = [path + "." for path in scope.place_paths]
    if scope.organisations:
        parts.append("d.operator_id = ANY(%(operators)s)")
        params["operators"] = list(scope.organisations)
    return f"({' OR '.join(parts)})", params


def _below(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + ".%"


def _fetch(condition: str, params: dict[str, Any], narrowed: bool) -> list[Any]:
    """In the binary form: reading times and ids from text takes five times as long as the query itself."""
    properties = " AND s.property = ANY(%(names)s)" if narrowed else ""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_OF_PAGE.format(condition=condition, properties=properties), params, binary=True)
        return cursor.fetchall()
