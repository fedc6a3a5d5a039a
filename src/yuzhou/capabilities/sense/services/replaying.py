"""Judges the past as it would have been judged live: the same evaluation, readings in the order of their receipt, the clock
between them. Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from yuzhou.capabilities.sense.contracts import Mark
from yuzhou.capabilities.sense.rules.compiled import Compiled, Int, Kind, microseconds
from yuzhou.capabilities.sense.rules.compiling import compile_rules
from yuzhou.capabilities.sense.rules.definition import Schedule
from yuzhou.capabilities.sense.rules.evaluate import Transitions, evaluate, positions
from yuzhou.capabilities.sense.rules.periods import CITY_OFFSET, DAY
from yuzhou.capabilities.sense.rules.segments import Bool
from yuzhou.capabilities.sense.rules.signals import Columns
from yuzhou.capabilities.sense.rules.state import Change, apply_change, initial_state
from yuzhou.capabilities.sense.rules.ticking import scheduled_instances, share_leaves, tick
from yuzhou.capabilities.sense.rules.windows import STEPS
from yuzhou.capabilities.sense.selectors.columns import read_both
from yuzhou.capabilities.sense.services.binding import BoundRule
from yuzhou.capabilities.sense.services.raising import Step, step_of
from yuzhou.capabilities.sense.services.working_days import Calendar

CLOCK = 10_000_000  # µs: how often the clock looks
SLICE = timedelta(days=1)


@dataclass(slots=True)
class Replay:
    """Some bound rules over a span of the past; `readings` counts what was judged."""

    bound: list[BoundRule]
    start: datetime
    end: datetime
    readings: int = 0

    def run(self) -> Iterator[list[Step]]:
        """What would have happened, slice by slice in the order of time."""
        compiled = compile_rules((one.instance for one in self.bound), Calendar())
        state = initial_state(compiled, microseconds(self.start, 0))
        series = np.unique(np.concatenate([compiled.leaf_series, compiled.group_series]))
        watched = np.unique(compiled.leaf_series)
        begin = self.start
        while begin < self.end:
            until = min(begin + SLICE, self.end)
            columns = self._read(series[series >= 0], begin, until)
            self.readings += int(np.isin(columns.series, watched).sum())
            ticks = self._ticks(compiled, state.leaf["heard"], columns, begin, until)
            steps: list[Step] = []
            for found in _events(columns, ticks):
                if isinstance(found, int):
                    change, transitions = tick(compiled, state, found)
                    rows = None
                else:
                    change, transitions = evaluate(compiled, state, found)
                    rows = found
                apply_change(state, change)
                steps += self._steps(compiled, transitions, change, rows)
            yield steps
            begin = until

    def _steps(self, compiled: Compiled, transitions: Transitions, change: Change, rows: Columns | None) -> list[Step]:
        return [
            step_of(self.bound[int(transitions.instance[i])], compiled, transitions, i, change, rows)
            for i in range(len(transitions))
        ]

    def _read(self, series: Int, begin: datetime, until: datetime) -> Columns:
        """What was judged when it came: no late readings; those ahead of our clock as of their receipt."""
        found = read_both(series.tolist(), begin, until)
        flag = found["flag"].astype(np.uint8)
        at, received = found["at"], found["received_at"]
        received = np.where(flag & int(Mark.CORRECTED), at, received)  # what it took the place of came in its time
        columns = Columns(found["series_id"].astype(np.int64), np.minimum(at, received), found["value"], flag, received)
        return columns.take(((flag & int(Mark.LATE)) == 0) & _rising(columns.series, columns.at))

    def _ticks(self, compiled: Compiled, heard: Int, columns: Columns, begin: datetime, until: datetime) -> Int:
        """The moments of the slice at which the clock alone may change something."""
        first, last = microseconds(begin, 0), microseconds(until, 0)
        waits = np.unique(np.concatenate([[0], compiled.level_hold, compiled.level_clear]))
        found = [np.zeros(0, np.int64)]
        valid = columns.valid()
        for leaf in np.nonzero(compiled.leaf_kind == Kind.MISSING)[0]:
            mine = (columns.series == compiled.leaf_series[leaf]) & (valid | (compiled.leaf_extra[leaf] == 0))
            told = np.concatenate([[heard[leaf]], np.sort(columns.received[mine]), [last]])
            gap = np.diff(told) >= compiled.leaf_number[leaf]
            silent = told[:-1][gap] + int(compiled.leaf_number[leaf])
            found.append((silent[:, None] + waits).reshape(-1))
        for leaf in share_leaves(compiled):
            told = np.concatenate([[first], np.sort(columns.received[columns.series == compiled.leaf_series[leaf]]), [last]])
            step = int(compiled.leaf_number[leaf]) // STEPS
            for start, end in pairwise(told.tolist()):
                if end - start >= 2 * compiled.leaf_extra[leaf]:
                    found.append(np.arange(start, end, max(step, CLOCK)))
        if len(scheduled_instances(compiled)):
            ends = _hour_ends({one for shape in compiled.shapes for _, held in positions(shape) for one in held}, first, last)
            found.append((ends[:, None] + waits).reshape(-1))
        ticks = np.unique(-(-np.concatenate(found) // CLOCK) * CLOCK)
        return ticks[(ticks >= first) & (ticks < last)]


def _rising(series: Int, at: Int) -> Bool:
    """Rows that are newer than the one before of their series (several ahead of the clock count as of one moment)."""
    newer = np.ones(len(at), np.bool_)
    newer[1:] = (at[1:] > at[:-1]) | (series[1:] != series[:-1])
    return newer


def _hour_ends(schedules: set[Schedule], first: int, last: int) -> Int:
    """When the hours of schedules, and the days on which they count, end."""
    days = np.arange((first + CITY_OFFSET) // DAY, (last + CITY_OFFSET) // DAY + 2) * DAY - CITY_OFFSET
    minutes = {0} | {end for schedule in schedules for _, end in schedule.hours}
    return np.unique(np.concatenate([days + minute * 60_000_000 for minute in minutes]))


def _events(columns: Columns, ticks: Int) -> Iterator[Columns | int]:
    """Readings in batches by receipt, and the clock between them."""
    place = np.searchsorted(ticks, columns.received)
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(len(ticks) + 2))
    for number in range(len(ticks) + 1):
        rows = order[edges[number] : edges[number + 1]]
        if len(rows):
            yield columns.take(rows)
        if number < len(ticks):
            yield int(ticks[number])
