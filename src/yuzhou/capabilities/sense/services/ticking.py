"""What the passing of time brings about: missing data, silent devices, expired commands, hours that are over."""

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.compiled import Int, Kind, microseconds
from yuzhou.capabilities.sense.rules.stops import Stops, count_from
from yuzhou.capabilities.sense.rules.ticking import scheduled_instances, share_leaves, tick
from yuzhou.capabilities.sense.services.aggregates import close_periods
from yuzhou.capabilities.sense.services.commands import expire_commands
from yuzhou.capabilities.sense.services.engine import Engine, engine, forget_engine, process_lock
from yuzhou.capabilities.sense.services.judging import refresh_windows
from yuzhou.capabilities.sense.services.presence import find_silent
from yuzhou.capabilities.sense.services.raising import AlarmIds, apply_transitions, withdraw_orphans
from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.capabilities.sense.services.rows import moment as moment_of
from yuzhou.capabilities.sense.services.staging import forget_staging
from yuzhou.capabilities.sense.services.watching import note_watch, read_stops
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

CLOCK = Actor.system("sense.clock")


def watch_clock() -> AlarmIds:
    """Find what went missing: data that no longer comes, devices that fell silent, commands without an answer."""
    with acting_as(CLOCK):
        note_watch()
        find_silent()
        expire_commands()
    return find_missing(microseconds(now(), 0))


def find_missing(moment: int) -> AlarmIds:
    """Raise the alarms of data that is missing at this moment (µs). Opens its own transaction, as the database owner."""
    with process_lock:
        try:
            return _find_missing(engine(), moment)
        except BaseException:
            forget_engine()
            forget_staging()
            raise


def _find_missing(running: Engine, moment: int) -> AlarmIds:
    with acting_as(CLOCK):
        if running.lock():
            withdraw_orphans(running)
        heard = _heard(running)
        stops = read_stops(moment_of(moment))
        overdue, lacking = _overdue(running, moment, heard, stops), _lacking(running, moment, heard, stops)
        running.refresh(np.unique(np.concatenate([overdue, lacking, _scheduled(running)])))
        refresh_windows(running, lacking)
        count_from(running.compiled, running.state, stops)
        change, transitions = tick(running.compiled, running.state, moment)
        running.save(change)
        alarms = apply_transitions(running, transitions, change, None)
        if len(change.touched):
            running.unlock()
    if len(change.touched):
        none = np.zeros(0, np.int64)
        running.commit(change, none, none, (none, none))
    return alarms


def _heard(running: Engine) -> Int:
    """By series id when the series that may be missing last gave a reading (µs)."""
    compiled = running.compiled
    leaves = np.append(np.nonzero(compiled.leaf_kind == Kind.MISSING)[0], share_leaves(compiled))
    heard = np.full(len(running.series_device), 0)
    if len(leaves):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT series_id, (extract(epoch FROM received_at) * 1000000)::int8 FROM sense_latest WHERE series_id = ANY(%s)",
                [np.unique(compiled.leaf_series[leaves]).tolist()],
            )
            rows = np.asarray(cursor.fetchall(), np.int64).reshape(-1, 2)
        rows = rows[running.known(rows[:, 0])]
        heard[rows[:, 0]] = rows[:, 1]
    return heard


def _overdue(running: Engine, moment: int, heard: Int, stops: Stops) -> Int:
    """Instances that may miss something now: their series were last heard of too long ago, stops of our own apart."""
    compiled = running.compiled
    leaves = np.nonzero(compiled.leaf_kind == Kind.MISSING)[0]
    running.hear(leaves, heard)
    allowed = compiled.leaf_number[leaves]
    overdue = moment - np.maximum(heard[compiled.leaf_series[leaves]], stops.floor(allowed)) >= allowed
    waits_for_valid = compiled.leaf_extra[leaves] != 0  # the newest values do not tell when the last valid one came
    return np.unique(compiled.leaf_instance[leaves[overdue | waits_for_valid]])


def _lacking(running: Engine, moment: int, heard: Int, stops: Stops) -> Int:
    """Instances that ask which part of the readings is missing, where two that were due did not come."""
    compiled = running.compiled
    leaves = share_leaves(compiled)
    since = np.maximum(heard[compiled.leaf_series[leaves]], stops.floor(compiled.leaf_number[leaves]))
    lacking = moment - since >= 2 * compiled.leaf_extra[leaves]
    return np.unique(compiled.leaf_instance[leaves[lacking]])


def _scheduled(running: Engine) -> Int:
    """Instances with hours that stand, here or by the word of another process: their hours may be over."""
    instances = scheduled_instances(running.compiled)
    if not len(instances):
        return instances
    numbers = {running.bound[i].number: int(i) for i in instances}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sense_rule_state WHERE severity > 0 AND id = ANY(%s)", [list(numbers)])
        standing = [numbers[number] for (number,) in cursor.fetchall()]
    level = running.state.level
    holding = np.unique(running.compiled.level_instance[level["holds"] | level["active"]])
    return np.unique(np.append(np.intersect1d(instances, holding), np.asarray(standing, np.int64)))


def close_hours() -> int:
    """Sum up the hours and days that are over."""
    return close_periods()


def keep_house() -> None:
    """Partitions ahead, old days to Parquet."""
    keep_partitions()
