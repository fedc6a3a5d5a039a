"""How the jobs stand."""

from datetime import timedelta

from django.db import connection

from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.jobs.contracts import FailedJob, Heartbeat, TickerState
from yuzhou.kernel.jobs.models import TickerRun, WorkerBeat

PERMISSION = "kernel.jobs:repair"
ALIVE = timedelta(seconds=20)

FAILED = """
SELECT job.id, job.task_name, job.args::text, job.attempts,
  (SELECT max(event.at) FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.type = 'failed'),
  coalesce(noted.error, '')
FROM procrastinate_jobs AS job LEFT JOIN kernel_jobs_error AS noted ON noted.job = job.id
WHERE job.status = 'failed' ORDER BY job.id DESC LIMIT %s
"""


def list_failed(*, actor: Actor, limit: int = 200) -> list[FailedJob]:
    """Jobs that failed for good, newest first. Raises PermissionDenied without `kernel.jobs:repair` over the city."""
    import json

    actor.require(PERMISSION, place_path=CITY_PATH)
    with connection.cursor() as cursor:
        cursor.execute(FAILED, [limit])
        rows = cursor.fetchall()
    return [FailedJob(row[0], row[1], json.loads(row[2]), row[3], row[4], row[5]) for row in rows]


def get_failed(*, actor: Actor, job: int) -> FailedJob:
    """One job that failed for good. Raises PermissionDenied; NotFound if it has not failed."""
    for found in list_failed(actor=actor, limit=10_000):
        if found.id == job:
            return found
    raise NotFound("kernel.job-not-failed", job=job)


def list_workers() -> list[Heartbeat]:
    """The worker processes that are alive."""
    beats = WorkerBeat.objects.filter(beat_at__gte=now() - ALIVE).order_by("process")
    return [Heartbeat(beat.process, beat.started_at, beat.beat_at, beat.troubles) for beat in beats]


def list_tickers() -> list[TickerState]:
    """The last run of every ticker."""
    return [TickerState(run.name, run.ran_at, run.error) for run in TickerRun.objects.order_by("name")]
