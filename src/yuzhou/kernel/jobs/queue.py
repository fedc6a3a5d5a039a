"""Putting jobs in the queue, and the procrastinate application that runs them."""

import inspect
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import croniter
import procrastinate
from django.db import Error, close_old_connections, transaction
from procrastinate import periodic
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import CITY, now
from yuzhou.kernel.events.api import emit
from yuzhou.kernel.ids import urn
from yuzhou.kernel.jobs.events import JobFailed
from yuzhou.kernel.jobs.models import JobError
from yuzhou.kernel.jobs.specs import TaskSpec, all_specs, spec_of
from yuzhou.kernel.transactions import acting_as

QUEUE = "default"
SCHEDULED = "timestamp"  # the argument in which procrastinate passes a periodic job's time
CATCH_UP_SECONDS = 24 * 3600.0  # a periodic job missed while the worker was away still runs within a day


def defer(name: str, *, at: datetime | None = None, once: str | None = None, **arguments: Any) -> int | None:
    """Queue a job with the running transaction; returns its number, or None where `once` names one that already waits.

    `at` delays it; the arguments are JSON values. Raises YuzhouError for a name that no part declares.
    """
    spec_of(name)
    task = django_app.configure_task(name, queue=QUEUE, schedule_at=at, queueing_lock=once, allow_unknown=True)
    try:
        with transaction.atomic():
            return task.defer(**arguments)
    except AlreadyEnqueued:
        return None


def run_now(name: str, **arguments: Any) -> Any:
    """Run a job in this process, as the worker would; for tests and commands."""
    return _run(spec_of(name), arguments)


def _run(spec: TaskSpec, arguments: dict[str, Any]) -> Any:
    if not spec.atomic:
        return spec.function(**arguments)
    with acting_as(Actor.system(spec.part)):
        return spec.function(**arguments)


def _work(context: procrastinate.JobContext, *, spec: TaskSpec, arguments: dict[str, Any]) -> None:
    """The body of a job in a thread of the worker."""
    scheduled = arguments.pop(SCHEDULED, None)
    if scheduled is not None and "scheduled_for" in inspect.signature(spec.function).parameters:
        arguments["scheduled_for"] = datetime.fromtimestamp(scheduled, CITY)
    close_old_connections()
    try:
        _run(spec, arguments)
    except Exception:
        is_last = context.job.attempts + 1 >= spec.attempts
        note_error(context.job.id or 0, spec.name, traceback.format_exc(limit=-6)[-4000:], is_last=is_last)
        raise
    finally:
        close_old_connections()


def note_error(job: int, task: str, error: str, *, is_last: bool) -> None:
    """Keep a job's error for the page of failures, and publish its last; what went wrong may be the database itself."""
    with suppress(Error), transaction.atomic():
        JobError.objects.update_or_create(job=job, defaults={"at": now(), "error": error})
        if is_last:
            emit(JobFailed(subject=urn("job", job), job=job, task=task, error=error[-500:]))


def _body(spec: TaskSpec) -> Callable[..., None]:
    def body(context: procrastinate.JobContext, **arguments: Any) -> None:
        _work(context, spec=spec, arguments=arguments)

    return body


def _retry(attempts: int) -> procrastinate.RetryStrategy | bool:
    """Pauses of 4, 16, 64, 256 … seconds."""
    return procrastinate.RetryStrategy(max_attempts=attempts - 1, exponential_wait=4) if attempts > 1 else False


class CityPeriodic(periodic.PeriodicTask):
    """A periodic job whose cron line is in the city's time; procrastinate's own is in UTC."""

    @property
    def croniter(self) -> croniter.croniter:
        return croniter.croniter(self.cron, start_time=datetime.now(CITY))


def worker_app() -> procrastinate.App:
    """An application with an own connection pool and every job and periodic job of the installed parts."""
    connector = DjangoConnector().get_worker_connector()
    app = procrastinate.App(connector=connector, periodic_defaults={"max_delay": CATCH_UP_SECONDS})
    for spec in all_specs().values():
        app.task(name=spec.name, queue=QUEUE, retry=_retry(spec.attempts), pass_context=True)(_body(spec))
    for _, job in registry.every("jobs"):
        key = (job.name, "")
        app.periodic_registry.periodic_tasks[key] = CityPeriodic(
            task=app.tasks[job.name], cron=job.cron, periodic_id="", configure_kwargs={}
        )
    return app
