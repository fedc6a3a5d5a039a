"""The door to notices: tell people, and let them read, acknowledge and choose their channels."""

from yuzhou.kernel.notices import handlers as _handlers  # declares the sentences of its notices
from yuzhou.kernel.notices.channels import get_channels, list_failed_deliveries, offers_sms, save_channels, send_trial
from yuzhou.kernel.notices.contracts import Channel, Channels, FailedDelivery, Notice
from yuzhou.kernel.notices.escalating import settle
from yuzhou.kernel.notices.inbox import (
    acknowledge,
    count_notices,
    get_notice,
    list_notices,
    mark_all_read,
    mark_read,
    mark_unread,
)
from yuzhou.kernel.notices.telling import notify, notify_users
from yuzhou.kernel.severity import Severity

__all__ = [
    "Channel",
    "Channels",
    "FailedDelivery",
    "Notice",
    "Severity",
    "acknowledge",
    "count_notices",
    "get_channels",
    "get_notice",
    "list_failed_deliveries",
    "list_notices",
    "mark_all_read",
    "mark_read",
    "mark_unread",
    "notify",
    "notify_users",
    "offers_sms",
    "save_channels",
    "send_trial",
    "settle",
]
del _handlers
