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
from yuzhou.capabilities.sense.rules.stops import Stops, count_from
from yuzhou.capabilities.sense.rules.ticking import scheduled_instances, share_leaves, tick
from yuzhou.capabilities.sense.rules.windows import STEPS
from yuzhou.capabilities.sense.selectors.columns import read_both
from yuzhou.capabilities.sense.services.binding import BoundRule
from yuzhou.capabilities.sense.services.latecomers import Latecomers, join, none
from yuzhou.capabilities.sense.services.raising import Step, step_of
from yuzhou.capabilities.sense.services.watching import read_stops
from yuzhou.capabilities.sense.services.working_days import Calendar

CLOCK = 10_000_000  # µs: how often the clock looks
SLICE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Late:
    """When readings came that are late."""

    moment: int


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
        stops, latecomers, waiting = read_stops(self.end), Latecomers.of(compiled, series), none()
        begin = self.start
        while begin < self.end:
            until = min(begin + SLICE, self.end)
            columns, late = self._read(series[series >= 0], begin, until)
            self.readings += int(np.isin(columns.series, watched).sum())
            columns, waiting = _by_then(join(waiting, columns), until if until < self.end else None)
            latecomers.learn(late)
            first, last = microseconds(begin, 0), microseconds(until, 0)
            ticks = self._ticks(compiled, state.leaf["heard"], columns, stops, first, last)
            steps: list[Step] = []
            for found in _events(columns, ticks, latecomers.moments(first, last)):
                if isinstance(found, _Late):
                    latecomers.enter(state, found.moment)
                    continue
                if isinstance(found, int):
                    count_from(compiled, state, stops.upto(found))
                    change, transitions = tick(compiled, state, found)
                    rows = None
                else:
                    rows = found.take(found.at > latecomers.judged[found.series])
                    change, transitions = evaluate(compiled, state, rows)
                    latecomers.note(rows)
                apply_change(state, change)
                steps += self._steps(compiled, transitions, change, rows)
            yield steps
            latecomers.forget(last)
            begin = until

    def _steps(self, compiled: Compiled, transitions: Transitions, change: Change, rows: Columns | None) -> list[Step]:
        return [
            step_of(self.bound[int(transitions.instance[i])], compiled, transitions, i, change, rows)
            for i in range(len(transitions))
        ]

    def _read(self, series: Int, begin: datetime, until: datetime) -> tuple[Columns, Columns]:
        """What was judged when it came, of that which is ahead of our clock as of its receipt; and what came late.

        What was corrected is judged as it stands now, in its time.
        """
        found = read_both(series.tolist(), begin, until)
        flag = found["flag"].astype(np.uint8)
        at, received = found["at"], found["received_at"]
        corrected = (flag & int(Mark.CORRECTED)) > 0
        received = np.where(corrected, at, received)  # what it took the place of came in its time
        columns = Columns(found["series_id"].astype(np.int64), np.minimum(at, received), found["value"], flag, received)
        late = ((flag & int(Mark.LATE)) > 0) & ~corrected
        fresh = columns.take(~late)
        fresh = fresh.take(np.lexsort((fresh.at, fresh.series)))
        return fresh.take(_last_of_moment(fresh.series, fresh.at)), columns.take(late)

    def _ticks(self, compiled: Compiled, heard: Int, columns: Columns, stops: Stops, first: int, last: int) -> Int:
        """The moments of the slice at which the clock alone may change something."""
        waits = np.unique(np.concatenate([[0], compiled.level_hold, compiled.level_clear]))
        found = [stops.since]
        valid = columns.valid()
        for leaf in np.nonzero(compiled.leaf_kind == Kind.MISSING)[0]:
            mine = (columns.series == compiled.leaf_series[leaf]) & (valid | (compiled.leaf_extra[leaf] == 0))
            again = stops.mattering(compiled.leaf_number[leaf])
            signs = np.concatenate([columns.received[mine], again[(again >= first) & (again < last)]])
            told = np.concatenate([[heard[leaf]], np.sort(signs), [last]])
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
        return ticks[(ticks >= first) & (ticks < last) & ~stops.covers(ticks)]


def _last_of_moment(series: Int, at: Int) -> Bool:
    """Of several readings of a series that count as of one moment (all but one are ahead of the clock) the last."""
    last = np.ones(len(at), np.bool_)
    last[:-1] = (at[1:] > at[:-1]) | (series[1:] != series[:-1])
    return last


def _by_then(columns: Columns, until: datetime | None) -> tuple[Columns, Columns]:
    """What came before a moment, and what comes later (`None`: all came)."""
    if until is None:
        return columns, none()
    came = columns.received < microseconds(until, 0)
    return columns.take(came), columns.take(~came)


def _hour_ends(schedules: set[Schedule], first: int, last: int) -> Int:
    """When the hours of schedules, and the days on which they count, end."""
    days = np.arange((first + CITY_OFFSET) // DAY, (last + CITY_OFFSET) // DAY + 2) * DAY - CITY_OFFSET
    minutes = {0} | {end for schedule in schedules for _, end in schedule.hours}
    return np.unique(np.concatenate([days + minute * 60_000_000 for minute in minutes]))


def _events(columns: Columns, ticks: Int, late: Int) -> Iterator[Columns | int | _Late]:
    """Readings in batches by receipt, the clock between them, and late ones before those that come with or after them."""
    edges = np.concatenate([2 * ticks + 1, 2 * late - 1])
    is_tick = np.repeat([True, False], [len(ticks), len(late)])
    by_time = np.argsort(edges, kind="stable")
    edges, is_tick = edges[by_time], is_tick[by_time]
    place = np.searchsorted(edges, 2 * columns.received)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(edges) + 2))
    for number in range(len(edges) + 1):
        rows = order[starts[number] : starts[number + 1]]
        if len(rows):
            yield columns.take(rows)
        if number < len(edges):
            yield int(edges[number]) // 2 if is_tick[number] else _Late((int(edges[number]) + 1) // 2)
