"""Declaring, queueing and running jobs."""

import asyncio
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from django.db import connection, transaction

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import CITY, now
from yuzhou.kernel.errors import NotFound, PermissionDenied, YuzhouError
from yuzhou.kernel.jobs.api import defer, forget_job, list_failed, retry_job, run_now, task
from yuzhou.kernel.jobs.queue import QUEUE, worker_app
from yuzhou.kernel.transactions import acting_as, current_actor

ADMINISTRATOR = Actor.system("administrator")


@pytest.fixture(autouse=True)
def no_audit() -> None:
    before = acts.set_sink(lambda **act: None)
    yield
    acts.set_sink(before)


def work() -> None:
    """Run what is queued, as the worker does, until nothing is left."""

    async def run() -> None:
        app = worker_app()
        async with app.open_async():
            await app.run_worker_async(queues=[QUEUE], wait=False, install_signal_handlers=False, delete_jobs="successful")

    asyncio.run(run())


def queued() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return [row for row in cursor.fetchall() if row[0] != "testing.daily"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_job_goes_with_its_transaction_and_runs_as_its_part(part: ModuleType) -> None:
    actors = []

    @task("testing.note")
    def note(*, text: str) -> None:
        part.calls.append(text)
        actors.append((current_actor(), connection.in_atomic_block))

    with transaction.atomic():
        defer("testing.note", text="lost")
        transaction.set_rollback(True)
    with transaction.atomic():
        defer("testing.note", text="kept")
    work()
    assert [call for call in part.calls if call] == ["kept"]
    assert actors == [(Actor.system("testing"), True)]
    assert queued() == []


@pytest.mark.django_db
def test_the_web_may_queue_a_job_once_and_only_a_declared_one(part: ModuleType) -> None:
    with acting_as(Actor.public()):
        assert defer("testing.daily", once="only")
        assert defer("testing.daily", once="only") is None
        with pytest.raises(YuzhouError, match="no-such-job"):
            defer("testing.unheard")


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_job_that_fails_for_good_is_seen_and_may_try_again_or_be_forgotten(part: ModuleType) -> None:
    @task("testing.fail", attempts=1)
    def fail() -> None:
        raise ValueError("no paper")

    defer("testing.fail")
    work()
    (failed,) = list_failed(actor=ADMINISTRATOR)
    assert (failed.task, failed.arguments, failed.attempts) == ("testing.fail", {}, 1)
    assert "no paper" in failed.error
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, payload->>'task' FROM kernel_events_event")
        assert cursor.fetchall() == [("kernel.JobFailed@1", "testing.fail")]
    assert failed.failed_at
    with pytest.raises(PermissionDenied):
        list_failed(actor=Actor.public())

    with transaction.atomic():
        retry_job(actor=ADMINISTRATOR, job=failed.id)
    assert queued() == [("testing.fail", "todo")]
    work()
    with transaction.atomic():
        forget_job(actor=ADMINISTRATOR, job=failed.id)
    assert queued() == []
    with pytest.raises(NotFound), transaction.atomic():
        forget_job(actor=ADMINISTRATOR, job=failed.id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_failed_attempt_is_repeated_after_a_pause(part: ModuleType) -> None:
    @task("testing.fail", attempts=3)
    def fail() -> None:
        raise ValueError("no paper")

    defer("testing.fail")
    work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts, scheduled_at FROM procrastinate_jobs WHERE task_name = 'testing.fail'")
        ((status, attempts, at),) = cursor.fetchall()
    assert (status, attempts) == ("todo", 1)
    assert timedelta(seconds=2) < at - now() < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_periodic_jobs_keep_the_citys_time_and_learn_when_they_were_due(part: ModuleType) -> None:
    app = worker_app()
    (periodic,) = app.periodic_registry.periodic_tasks.values()
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=CITY).timestamp()
    due = datetime.fromtimestamp(periodic.croniter.get_next(ret_type=float, start_time=noon), CITY)
    assert (due.day, due.hour, due.minute) == (2, 0, 10)

    moments = []

    def run(*, scheduled_for: datetime) -> None:
        moments.append(scheduled_for)

    part.run = run
    defer("testing.daily", timestamp=int(due.timestamp()))
    work()
    assert due in moments  # the worker may add the one that is really due now


@pytest.mark.django_db
def test_a_job_can_run_in_this_process(part: ModuleType) -> None:
    run_now("testing.daily")
    assert part.calls == [{}]


def test_two_jobs_cannot_share_a_name(part: ModuleType) -> None:
    task("testing.one")(run_now)
    with pytest.raises(ValueError, match="two jobs"):
        task("testing.one")(work)
