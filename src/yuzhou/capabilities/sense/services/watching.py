"""When the platform's clock ran: the stretches in which it looked, and the stops between them."""

from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.compiled import microseconds
from yuzhou.capabilities.sense.rules.stops import PART, Stops
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import transaction_required

LONGEST_PAUSE = timedelta(minutes=1)
"""Between two looks of the clock, which looks every ten seconds; a longer one is a stop."""
KEPT = timedelta(days=800)

_GO_ON = """
UPDATE sense_watch SET until = %(now)s
WHERE since = (SELECT max(since) FROM sense_watch WHERE since <= %(now)s) AND until >= %(lately)s
"""
_BEGIN = """
WITH old AS (DELETE FROM sense_watch WHERE since > %(now)s OR until < %(oldest)s)
INSERT INTO sense_watch (since, until) VALUES (%(now)s, %(now)s) ON CONFLICT (since) DO NOTHING
"""
STOPS = """
SELECT since, coalesce(since - lag(until) OVER (ORDER BY since), interval '100 years') AS length
FROM sense_watch WHERE since <= %s
"""
"""When the clock began to run again, and after how long; what was before it ran first is one long stop."""
MATTERS = f"stop.length * {PART} >= d.silent_after_seconds * interval '1 second'"


@transaction_required
def note_watch() -> None:
    """The clock looks now."""
    at = now()
    given = {"now": at, "lately": at - LONGEST_PAUSE, "oldest": at - KEPT}
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON, given)
        if not cursor.rowcount:
            cursor.execute(_BEGIN, given)


def read_stops(moment: datetime) -> Stops:
    """The stops that were over at a moment."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT since, extract(epoch FROM length) * 1000000 FROM ({STOPS}) AS stop", [moment])
        rows = cursor.fetchall()
    since = np.asarray([microseconds(at, 0) for at, _ in rows], np.int64)
    return Stops(since, np.asarray([int(length) for _, length in rows], np.int64))


def read_stops_until_now() -> Stops:
    """The same with the stop that is just over, where the clock has not looked yet."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(until) FROM sense_watch WHERE since <= %s", [moment])
        (until,) = cursor.fetchone()
    stops = read_stops(moment)
    if until is None or moment - until <= LONGEST_PAUSE:
        return stops
    ended = microseconds(moment, 0)
    return Stops(np.append(stops.since, ended), np.append(stops.length, ended - microseconds(until, 0)))
