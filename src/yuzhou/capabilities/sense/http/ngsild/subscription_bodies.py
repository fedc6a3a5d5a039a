"""A subscription as it is answered (clauses 5.2.12 to 5.2.15)."""

from datetime import datetime
from typing import Any

from yuzhou.capabilities.sense.contracts.subscriptions import Subscription
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.subscription import DEFAULT_TRIGGERS, show
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment, write_moment


def subscription_body(found: Subscription, context: Context, *, sys_attrs: bool = False) -> dict[str, Any]:
    """The subscription in the words of a context, with what became of its notifications."""
    body = {"id": found.urn, "type": "Subscription", **show(found.document, context), "status": str(found.status)}
    if "timeInterval" not in body:
        body.setdefault("notificationTrigger", list(DEFAULT_TRIGGERS))
    if found.expires_at is not None:
        body["expiresAt"] = _moment(found.expires_at)
    body["notification"] = {**body["notification"], **_counters(found)}
    if sys_attrs:
        body |= {"createdAt": _moment(found.created_at), "modifiedAt": _moment(found.modified_at)}
    return body


def _counters(found: Subscription) -> dict[str, Any]:
    times = {
        "lastNotification": found.last_notification,
        "lastSuccess": found.last_success,
        "lastFailure": found.last_failure,
    }
    counted: dict[str, Any] = {"timesSent": found.times_sent, "timesFailed": found.times_failed}
    counted |= {name: _moment(moment) for name, moment in times.items() if moment is not None}
    return counted | ({"status": str(found.delivery)} if found.delivery is not None else {})


def _moment(moment: datetime) -> str:
    return show_moment(write_moment(moment))
