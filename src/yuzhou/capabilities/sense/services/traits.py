"""What ingest needs to know of a series: which values are possible, and whether they are those of a moment."""

import time
from dataclasses import dataclass, field, replace

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, DataFlag, Mark
from yuzhou.capabilities.sense.rules.compiled import Int, Real
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.capabilities.sense.services.rows import Rows

RENEWED_EVERY = 60.0
"""Seconds after which a change of a profile is in force."""
FAR_AHEAD = 600 * 1_000_000
"""A reading that is so far (µs) ahead of its receipt bears a time that cannot be right."""
_TRAITS = """
SELECT s.id, s.property, s.statistic, d.profile FROM sense_series s JOIN sense_device d ON d.id = s.device_id WHERE s.id = ANY(%s)
"""


@dataclass
class Traits:
    """By series id; what is not read yet is read when it is asked for."""

    low: Real = field(default_factory=lambda: np.zeros(0))
    high: Real = field(default_factory=lambda: np.zeros(0))
    instant: Bool = field(default_factory=lambda: np.zeros(0, np.bool_))
    read: Bool = field(default_factory=lambda: np.zeros(0, np.bool_))
    since: float = float("-inf")

    def know(self, series: Int) -> None:
        """Read what is missing of these (known) series."""
        if time.monotonic() - self.since > RENEWED_EVERY:
            self.read[:] = False
            self.since = time.monotonic()
        more = int(series.max()) + 1 - len(self.read) if len(series) else 0
        if more > 0:
            self.low = np.append(self.low, np.full(more, -np.inf))
            self.high = np.append(self.high, np.full(more, np.inf))
            self.instant = np.append(self.instant, np.zeros(more, np.bool_))
            self.read = np.append(self.read, np.zeros(more, np.bool_))
        unread = np.unique(series[~self.read[series]])
        if len(unread):
            self._read(unread)

    def _read(self, series: Int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_TRAITS, [series.tolist()])
            rows = cursor.fetchall()
        profiles = find_profiles(keys={profile for *_, profile in rows if profile})
        self.low[series], self.high[series], self.read[series] = -np.inf, np.inf, True
        for number, name, statistic, profile in rows:
            self.instant[number] = statistic == "rtd"
            spec = profiles[profile].find(name) if profile in profiles and "total" not in statistic else None
            if spec is not None:
                self.low[number] = -np.inf if spec.low is None else spec.low
                self.high[number] = np.inf if spec.high is None else spec.high


_traits = Traits()


def traits_of(series: Int) -> Traits:
    """The traits of at least these (known) series."""
    _traits.know(series)
    return _traits


def forget_traits() -> None:
    """Ask the database again."""
    global _traits
    _traits = Traits()


def mark_impossible(rows: Rows) -> Rows:
    """Rows with values that cannot be (by the profile) marked over range and suspect, with times that cannot be suspect.

    The instrument's own word on a value stays where it has one.
    """
    if not len(rows):
        return rows
    traits = traits_of(rows.series)
    beyond = (rows.value < traits.low[rows.series]) | (rows.value > traits.high[rows.series])
    ahead = rows.at > rows.received + FAR_AHEAD
    if not (beyond.any() or ahead.any()):
        return rows
    over = np.where(beyond & (rows.flag & DATA_FLAG_BITS == DataFlag.NORMAL), DataFlag.OVER_RANGE, 0)
    flag = rows.flag | over.astype(np.uint8) | np.where(beyond | ahead, Mark.SUSPECT, 0).astype(np.uint8)
    return replace(rows, flag=flag)
