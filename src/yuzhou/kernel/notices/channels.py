"""How a person wants to be told."""

from datetime import time

from yuzhou.kernel import acts, outbound
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.notices import secrets, sms
from yuzhou.kernel.notices.contracts import Channel, Channels, FailedDelivery
from yuzhou.kernel.notices.inbox import person
from yuzhou.kernel.notices.models import ChannelSetting, NoticeDelivery
from yuzhou.kernel.notices.telling import notify_users
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.transactions import transaction_required

declare_message("kernel.quiet-hours-half", gettext_noop("Quiet hours need both their beginning and their end."))
declare_message("kernel.webhook-missing", gettext_noop("Name the address that is to be called."))
declare_message("kernel.notice-trial", gettext_noop("This is a trial notice that you asked for."))


def get_channels(*, actor: Actor) -> Channels:
    """The actor's own settings."""
    record = ChannelSetting.objects.filter(user_id=person(actor)).first() or ChannelSetting(user_id=person(actor))
    return Channels(
        email_from=_severity(record.email_from),
        webhook_from=_severity(record.webhook_from),
        webhook_url=record.webhook_url,
        has_webhook_secret=bool(record.webhook_secret),
        sms_from=_severity(record.sms_from),
        quiet_from=record.quiet_from,
        quiet_to=record.quiet_to,
    )


@transaction_required
def save_channels(
    *,
    actor: Actor,
    email_from: Severity | None,
    webhook_from: Severity | None,
    webhook_url: str,
    sms_from: Severity | None,
    quiet_from: time | None,
    quiet_to: time | None,
) -> str | None:
    """Change the actor's own settings; returns a new signing secret if the webhook's address changed, to be shown once.

    Raises Invalid for an address that leads into a private network, or half-given quiet hours.
    """
    if (quiet_from is None) != (quiet_to is None):
        raise Invalid("kernel.quiet-hours-half", field="quiet_to")
    if webhook_from is not None and not webhook_url:
        raise Invalid("kernel.webhook-missing", field="webhook_url")
    record = ChannelSetting.objects.filter(user_id=person(actor)).first() or ChannelSetting(user_id=person(actor))
    secret = _new_secret(record, webhook_url)
    record.email_from, record.webhook_from, record.sms_from = email_from, webhook_from, sms_from
    record.quiet_from, record.quiet_to = quiet_from, quiet_to
    record.save()
    acts.record(actor=actor, act="kernel.notices:configure", subject=urn("user", person(actor)))
    return secret


def _new_secret(record: ChannelSetting, url: str) -> str | None:
    """Take a new address after checking it, with a secret of its own."""
    if url == record.webhook_url:
        return None
    if url:
        outbound.find_target(url, outbound.allowed_networks())
    record.webhook_url = url
    secret = secrets.make() if url else ""
    record.webhook_secret = secrets.close(record.user_id, secret)
    return secret or None


@transaction_required
def send_trial(*, actor: Actor) -> None:
    """Send the actor a critical notice by every channel that takes such."""
    user = person(actor)
    subject = urn("user", user)
    notify_users(users=[user], code="kernel.notice-trial", subject=subject, severity=Severity.CRITICAL, url="/desk/notices/")


def list_failed_deliveries(*, actor: Actor, limit: int = 20) -> list[FailedDelivery]:
    """The actor's notices that could not be sent, newest first."""
    found = NoticeDelivery.objects.filter(user_id=person(actor), failed_at__isnull=False).order_by("-id")[:limit]
    return [FailedDelivery(d.notice_id, Channel(d.channel), d.attempts, d.last_error, d.failed_at) for d in found if d.failed_at]


def offers_sms() -> bool:
    """Whether the city has a gateway for text messages."""
    return sms.gateway() is not None


def _severity(value: int | None) -> Severity | None:
    return None if value is None else Severity(value)
