"""Which names of jobs exist, and the functions behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from yuzhou.kernel import registry
from yuzhou.kernel.errors import YuzhouError

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A job's name and how it runs; `atomic` puts the whole function in one transaction as its part."""

    name: str
    function: Callable[..., Any]
    attempts: int = DEFAULT_ATTEMPTS
    atomic: bool = True

    @property
    def part(self) -> str:
        """The part that a job belongs to: its name up to the first dot."""
        return self.name.partition(".")[0]


_tasks: dict[str, TaskSpec] = {}


def task(name: str, *, attempts: int = DEFAULT_ATTEMPTS, atomic: bool = True) -> Callable[[F], F]:
    """Make a function a job that `defer(name, …)` starts. The function stays callable; its arguments are JSON values.

    It runs as the system actor of its part; a failed attempt is repeated, so it must be idempotent. Put it in the module
    `tasks` of a Django app, which is imported at start.
    """

    def declare(function: F) -> F:
        known = _tasks.get(name)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"two jobs are named {name}")
        _tasks[name] = TaskSpec(name, function, attempts, atomic)
        return function

    return declare


def periodic_specs() -> dict[str, TaskSpec]:
    """The declared periodic jobs; a function may ask for its scheduled time by a parameter `scheduled_for`."""
    return {job.name: TaskSpec(job.name, registry.resolve(job.run)) for _, job in registry.every("jobs")}


def all_specs() -> dict[str, TaskSpec]:
    """Every job that can run."""
    return {**periodic_specs(), **_tasks}


def spec_of(name: str) -> TaskSpec:
    """The job of a name; raises YuzhouError where there is none."""
    found = _tasks.get(name) or periodic_specs().get(name)
    if found is None:
        raise YuzhouError("kernel.no-such-job", job=name)
    return found
