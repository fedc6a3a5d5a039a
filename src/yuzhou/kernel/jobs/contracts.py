"""Jobs as their callers and their page see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed for good."""

    id: int
    task: str
    arguments: dict[str, Any]
    attempts: int
    failed_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life of one worker process: its name (`host:pid`), when it started, when it last beat."""

    process: str
    started_at: datetime
    beat_at: datetime
    troubles: dict[str, str]


@dataclass(frozen=True, slots=True)
class TickerState:
    """When a ticker last ran, and with what error, if any."""

    name: str
    ran_at: datetime
    error: str
