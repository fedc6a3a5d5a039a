"""What the worker has to say of jobs."""

from typing import ClassVar

from yuzhou.kernel.events.api import Event


class JobFailed(Event):
    """A job failed in its last attempt."""

    name: ClassVar[str] = "kernel.JobFailed@1"

    job: int
    task: str
    error: str
