"""What a person may do about a failed job, and what time does about old ones."""

from datetime import timedelta
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app as django_app

from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import NotFound, declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.jobs.models import JobError, WorkerBeat
from yuzhou.kernel.jobs.selectors import PERMISSION
from yuzhou.kernel.transactions import transaction_required

declare_message("kernel.job-not-failed", gettext_noop("The job {job} is not waiting for repair."))
declare_message("kernel.no-such-job", gettext_noop("No part declares the job {job}."))

KEEP_FAILED = timedelta(days=90)


@transaction_required
def retry_job(*, actor: Actor, job: int) -> None:
    """Let a failed job try once more. Raises PermissionDenied; NotFound if it has not failed."""
    name = _failed(actor, job)
    django_app.job_manager.retry_job_by_id(job, retry_at=now())
    acts.record(actor=actor, act="kernel.jobs:retry", subject=urn("job", job), details={"task": name})


@transaction_required
def forget_job(*, actor: Actor, job: int) -> None:
    """Delete a failed job. Raises PermissionDenied; NotFound if it has not failed."""
    name = _failed(actor, job)
    _delete("id = %s", job)
    acts.record(actor=actor, act="kernel.jobs:forget", subject=urn("job", job), details={"task": name})


def purge_old() -> None:
    """Forget jobs that failed long ago and workers that are long gone, as a job."""
    _delete("scheduled_at < %s OR id IN (SELECT job FROM kernel_jobs_error WHERE at < %s)", *([now() - KEEP_FAILED] * 2))
    WorkerBeat.objects.filter(beat_at__lt=now() - timedelta(days=1)).delete()


def _failed(actor: Actor, job: int) -> str:
    """The name of a failed job, its row locked."""
    actor.require(PERMISSION, place_path=CITY_PATH)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("kernel.job-not-failed", job=job)
    return str(row[0])


def _delete(condition: str, *values: Any) -> None:
    """Delete failed jobs with their notes (procrastinate's triggers remove its own)."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM procrastinate_jobs WHERE status = 'failed' AND ({condition}) RETURNING id", values)
        JobError.objects.filter(job__in=[row[0] for row in cursor.fetchall()]).delete()
