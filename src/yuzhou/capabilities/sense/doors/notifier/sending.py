"""Sends the notifications of one subscription, in their order, until one fails."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.subscriptions import ClaimedDelivery, DeliveryOutcome, ReadyNotification
from yuzhou.capabilities.sense.doors.notifier import metrics
from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings
from yuzhou.capabilities.sense.doors.notifier.transports import HttpTransport, MqttTransport, Transport
from yuzhou.capabilities.sense.rules.ngsild.endpoint import is_mqtt
from yuzhou.capabilities.sense.rules.ngsild.notification import body_of, headers_of
from yuzhou.kernel.errors import Invalid, message_for

NOTE_SECONDS = 0.25  # how long what was delivered waits to be noted, at most
log = structlog.get_logger(__name__)


def send_for(claimed: ClaimedDelivery, settings: NotifierSettings, stopping: Callable[[], bool] = lambda: False) -> None:
    """Send what is ready, and note it; lets go of the subscription at the end."""
    sender = _Sender(claimed, settings)
    try:
        for notification in claimed.notifications:
            if stopping() or not sender.send(notification):
                break
    finally:
        sender.close()


def deliver_due(settings: NotifierSettings) -> int:
    """Send all that is due, for tests and commands; returns for how many subscriptions something was tried."""
    tried = 0
    while (claimed := api.claim_delivery()) is not None:
        send_for(claimed, settings)
        tried += 1
    return tried


class _Sender:
    """One turn for one subscription."""

    def __init__(self, claimed: ClaimedDelivery, settings: NotifierSettings) -> None:
        self._claimed, self._settings = claimed, settings
        self._transport: Transport | None = None
        self._delivered: list[tuple[int, int]] = []
        self._attempted = 0
        self._failure = ""
        self._noted = time.monotonic()

    def send(self, notification: ReadyNotification) -> bool:
        """Send one; returns whether to go on."""
        if notification.data:
            self._attempted += 1
            try:
                self._attempt(notification)
            except OSError as error:
                self._failure = str(error) or type(error).__name__
            except Invalid as error:
                self._failure = message_for(error)
        kind = "failed" if self._failure else "delivered" if notification.data else "withheld"
        metrics.NOTIFICATIONS.labels(kind).inc()
        if self._failure:
            return False
        self._delivered.append((notification.id, notification.revision))
        if time.monotonic() - self._noted > NOTE_SECONDS:
            self._note(release=False)
        return True

    def close(self) -> None:
        """Note the rest, and let go."""
        if self._transport is not None:
            self._transport.close()
        self._note(release=True)

    def _attempt(self, notification: ReadyNotification) -> None:
        claimed = self._claimed
        if self._transport is None:
            self._transport = self._open()
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = body_of(
            urn=notification.urn,
            subscription=claimed.urn,
            at=moment,
            data=notification.data,
            accept=claimed.accept,
            context=claimed.context,
        )
        headers = _pairs(claimed.endpoint.get("receiverInfo", ()))
        headers |= headers_of(accept=claimed.accept, context=claimed.context, tenant=claimed.tenant)
        with metrics.SECONDS.time():
            self._transport.send(body, headers)

    def _open(self) -> Transport:
        endpoint, settings = self._claimed.endpoint, self._settings
        seconds = min(endpoint.get("timeout", settings.answer_seconds * 1000) / 1000, settings.longest_answer_seconds)
        target = api.target_of(endpoint["uri"])
        if is_mqtt(endpoint["uri"]):
            return MqttTransport(target, seconds, _pairs(endpoint.get("notifierInfo", ())))
        return HttpTransport(target, seconds)

    def _note(self, *, release: bool) -> None:
        outcome = DeliveryOutcome(
            delivered=self._delivered,
            attempted=self._attempted,
            failure=self._failure,
            first_pause=max(1.0, self._claimed.endpoint.get("cooldown", 0) / 1000),
            longest_pause=self._settings.longest_pause,
        )
        api.note_delivery(self._claimed, outcome, release=release)
        self._delivered, self._attempted, self._noted = [], 0, time.monotonic()


def _pairs(given: Any) -> dict[str, str]:
    pairs: Mapping[str, str] = {one["key"]: one["value"] for one in given}
    return dict(pairs)
