"""Notices and the ways to a person, as others see them."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.kernel.errors import word
from yuzhou.kernel.severity import Severity


class Channel(StrEnum):
    """A way to a person beside the inbox, which always gets everything."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person is told. `repeats` counts how often it was said again before it was read."""

    id: UUID
    code: str
    params: dict[str, Any]
    url: str
    severity: Severity
    subject: str
    created_at: datetime
    last_at: datetime
    repeats: int
    is_escalated: bool
    read_at: datetime | None
    acknowledged_at: datetime | None

    @property
    def text(self) -> str:
        """The sentence in the active language."""
        return word(self.code, self.params)

    @property
    def at(self) -> datetime:
        """When it was last said."""
        return self.last_at


@dataclass(frozen=True, slots=True)
class Channels:
    """How a person wants to be told. Each channel takes notices from a severity on, or none.

    Between `quiet_from` and `quiet_to`, in city time, only critical notices leave the inbox; the rest follow at its end.
    """

    email_from: Severity | None = Severity.WARNING
    webhook_from: Severity | None = None
    webhook_url: str = ""
    has_webhook_secret: bool = False
    sms_from: Severity | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A notice that could not be sent by a channel."""

    notice: UUID
    channel: Channel
    attempts: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A notice on its way: worded in the person's language, with its full address."""

    notice: UUID
    text: str
    url: str
    code: str
    params: dict[str, Any]
    severity: Severity
    subject: str
    at: datetime
