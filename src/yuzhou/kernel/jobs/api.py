"""The door to the jobs: declare them, queue them, run the worker."""

from yuzhou.kernel.jobs.contracts import FailedJob, Heartbeat, TickerState
from yuzhou.kernel.jobs.queue import defer, run_now
from yuzhou.kernel.jobs.repair import forget_job, retry_job
from yuzhou.kernel.jobs.selectors import get_failed, list_failed, list_tickers, list_workers
from yuzhou.kernel.jobs.specs import TaskSpec, all_specs, task
from yuzhou.kernel.jobs.worker import run_worker

__all__ = [
    "FailedJob",
    "Heartbeat",
    "TaskSpec",
    "TickerState",
    "all_specs",
    "defer",
    "forget_job",
    "get_failed",
    "list_failed",
    "list_tickers",
    "list_workers",
    "retry_job",
    "run_now",
    "run_worker",
    "task",
]
