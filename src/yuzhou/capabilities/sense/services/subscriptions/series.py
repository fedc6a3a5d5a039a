"""Which series are watched, so that a batch of readings costs nothing where none is."""

from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts.subscriptions import Happened
from yuzhou.capabilities.sense.rules.compiled import LONG_AGO, Int
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.services.subscriptions.noticing import current_interest, wake

UNKNOWN, IGNORED, WATCHED = 0, 1, 2
_ENTITIES = """
SELECT s.id, e.urn, e.types, s.attribute
FROM sense_series s JOIN sense_entity e ON e.source_id = s.device_id AND e.source IN (0, 1) WHERE s.id = ANY(%s)
"""
_NOTE = """
INSERT INTO sense_change (urn, device_id, event, attributes, place_path, at)
SELECT '', s.device_id, %(updated)s, jsonb_agg(jsonb_build_array(s.attribute,
  CASE WHEN n.is_first THEN %(created)s ELSE %(updated)s END,
  CASE WHEN s.statistic = 'rtd' THEN '' ELSE 'urn:ngsi-ld:Dataset:' || s.statistic END,
  {before})), '', now()
FROM unnest(%(series)s::int[], %(first)s::bool[]) AS n(id, is_first) JOIN sense_series s ON s.id = n.id {join}
GROUP BY s.device_id
"""
_BEFORE = "CASE WHEN l.value = 'NaN' THEN NULL ELSE jsonb_build_object('type', 'Property', 'value', l.value) END"
_LATEST = "LEFT JOIN sense_latest l ON l.series_id = s.id"


class WatchedSeries:
    """This process's knowledge of which series are watched, as of a version of the subscriptions and one of the devices."""

    def __init__(self) -> None:
        self._as_of = (-1, -1)
        self._known: NDArray[np.int8] = np.zeros(0, np.int8)

    def forget(self) -> None:
        """Look everything up anew: after a rollback, or a restored backup."""
        self._as_of = (-1, -1)

    def note(self, series: Int, newest: Callable[[Int], Int], subscriptions: int, devices: int) -> None:
        """Note new readings of series (each once), before they are the newest; `newest` gives the times of those before."""
        if not len(series) or not subscriptions:
            return
        interest = current_interest(subscriptions)
        if interest.is_empty:
            return
        if self._as_of != (subscriptions, devices):
            self._as_of, self._known = (subscriptions, devices), np.zeros(0, np.int8)
        watched = series[self._which(series) == WATCHED]
        if len(watched):
            _store(watched, newest(watched) == LONG_AGO, interest.shows_changes)

    def _which(self, series: Int) -> NDArray[np.int8]:
        size = int(series.max()) + 1
        if size > len(self._known):
            self._known = np.append(self._known, np.zeros(size - len(self._known), np.int8))
        unknown = series[self._known[series] == UNKNOWN]
        if len(unknown):
            self._known[unknown] = IGNORED
            self._known[self._look_up(unknown)] = WATCHED
        return self._known[series]

    def _look_up(self, series: Int) -> list[int]:
        interest = current_interest(self._as_of[0])
        with connection.cursor() as cursor:
            cursor.execute(_ENTITIES, [series.tolist()])
            rows: list[tuple[int, str, list[str], str]] = cursor.fetchall()
        return [number for number, urn, types, name in rows if interest.wants(urn, types, Happened.UPDATED, _either(name))]


def _either(name: str) -> list[tuple[str, Happened]]:
    return [(name, Happened.UPDATED), (name, Happened.CREATED)]


def _store(series: Int, first: Bool, with_before: bool) -> None:
    sql = _NOTE.format(before=_BEFORE if with_before else "NULL", join=_LATEST if with_before else "")
    given: dict[str, Any] = {"series": series.tolist(), "first": first.tolist()}
    with connection.cursor() as cursor:
        cursor.execute(sql, given | {"created": int(Happened.CREATED), "updated": int(Happened.UPDATED)})
    wake()


watched_series = WatchedSeries()
