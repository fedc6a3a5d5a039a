"""Jobs that failed, the workers and the tickers."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuzhou.kernel.jobs import api
from yuzhou.ui.administration.acting import actor_of, ask_then, for_people
from yuzhou.ui.flow.answering import act_and_return
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Confirm, Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Table

REPAIR = "kernel.jobs:repair"


@for_people(REPAIR)
def list_jobs(request: HttpRequest) -> HttpResponse:
    """Failures, then who works."""
    context = {"failed": _failed(request), "workers": _workers(request), "tickers": _tickers(request)}
    return render_page(request, "ui/flow/jobs.html", context, title=_("Jobs"))


def _failed(request: HttpRequest) -> Table:
    columns = [
        Column("task", _("Job"), url=lambda job: reverse("flow-job", args=[job.id])),
        Column("failed_at", _("Failed"), kind="time"),
        Column("attempts", _("Attempts"), kind="number"),
        Column("last_line", _("What went wrong"), value=lambda job: _last_line(job.error), wide=True),
    ]
    empty = Empty(
        _("No job has failed"), _("Jobs that fail for good appear here until you let them try once more or forget them.")
    )
    rows = api.list_failed(actor=actor_of(request))
    return Table(request, columns, rows, caption=_("Failed jobs"), csv_name="failed-jobs", empty=empty)


def _last_line(error: str) -> str:
    lines = error.strip().splitlines()
    return lines[-1] if lines else ""


def _workers(request: HttpRequest) -> Table:
    columns = [
        Column("process", _("Process")),
        Column("started_at", _("Since"), kind="time"),
        Column("beat_at", _("Last sign of life"), kind="time", seconds=True),
        Column("troubles", _("Troubles"), value=lambda beat: "; ".join(f"{k}: {v}" for k, v in beat.troubles.items()), wide=True),
    ]
    empty = Empty(_("No worker is alive"), _("Events, jobs and notices wait until a worker runs."), icon="plug-connected-x")
    return Table(request, columns, api.list_workers(), name="workers", caption=_("Workers"), search=False, empty=empty)


def _tickers(request: HttpRequest) -> Table:
    columns = [
        Column("name", _("Name")),
        Column("ran_at", _("Last noted run"), kind="time", seconds=True),
        Column("error", _("What went wrong"), value=lambda ticker: _last_line(ticker.error), wide=True),
    ]
    return Table(request, columns, api.list_tickers(), name="tickers", caption=_("Tickers"), search=False)


@for_people(REPAIR)
def show_job(request: HttpRequest, job: int) -> HttpResponse:
    """One failed job with its error."""
    failed = api.get_failed(actor=actor_of(request), job=job)
    context = {"job": failed, "facts": Facts(_facts(failed))}
    crumbs = [Crumb(_("Jobs"), reverse("flow-jobs")), Crumb(failed.task)]
    return render_page(request, "ui/flow/job.html", context, title=failed.task, crumbs=crumbs)


def _facts(failed: api.FailedJob) -> list[Fact]:
    return [
        Fact(_("Number"), failed.id),
        Fact(_("Failed"), failed.failed_at),
        Fact(_("Attempts"), failed.attempts),
        Fact(_("Arguments"), json.dumps(failed.arguments, ensure_ascii=False), code=True),
    ]


@for_people(REPAIR)
@require_POST
def retry(request: HttpRequest, job: int) -> HttpResponse:
    """Let it try once more."""
    act = lambda: api.retry_job(actor=actor_of(request), job=job)  # noqa: E731  # an act to be tried
    return act_and_return(request, act, _("The job tries once more."), reverse("flow-jobs"))


@for_people(REPAIR)
def forget(request: HttpRequest, job: int) -> HttpResponse:
    """Ask, then delete it."""
    failed = api.get_failed(actor=actor_of(request), job=job)
    text = _("Its work stays undone, and this record of the failure goes.")
    confirm = Confirm(_("Forget this job?"), text, _("Forget"), reverse("flow-jobs"), _facts(failed))
    return ask_then(request, confirm, lambda: api.forget_job(actor=actor_of(request), job=job), _("The job is forgotten."))
