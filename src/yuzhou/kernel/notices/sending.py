"""Sending by channels: claims what is due, counts the attempt, sends outside any transaction, notes how it went."""

import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import connection
from django.utils import translation

from yuzhou.kernel import outbound
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import YuzhouError, message_for, word
from yuzhou.kernel.notices import secrets, sms
from yuzhou.kernel.notices.contracts import Channel, Message
from yuzhou.kernel.notices.models import ChannelSetting, NoticeDelivery, NoticeRecord
from yuzhou.kernel.notices.rules import pause_after
from yuzhou.kernel.notices.telling import SYSTEM
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.transactions import acting_as

BATCH = 50
AT_ONCE = 8
LEASE_SECONDS = 120

log = structlog.get_logger(__name__)

CLAIM = """
UPDATE kernel_notices_delivery SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => %s)
WHERE id IN (SELECT id FROM kernel_notices_delivery WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= clock_timestamp()
             ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery with everything that sending needs, so that it needs no database."""

    delivery: int
    attempts: int
    channel: Channel
    message: Message
    email: str
    phone: str
    webhook_url: str
    webhook_secret: str


def deliver_due() -> int:
    """Send what is due; returns how many were tried."""
    tried = 0
    while letters := _claim():
        with ThreadPoolExecutor(AT_ONCE) as pool:
            errors = list(pool.map(_try, letters))
        for letter, error in zip(letters, errors, strict=True):
            _note(letter, error)
        tried += len(letters)
    return tried


def _claim() -> list[Letter]:
    with acting_as(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [LEASE_SECONDS, BATCH])
            ids = [row[0] for row in cursor.fetchall()]
        deliveries = list(NoticeDelivery.objects.filter(id__in=ids).select_related("notice").order_by("id"))
        people = {delivery.user_id for delivery in deliveries}
        users = get_user_model().objects.in_bulk(people)
        ways = ChannelSetting.objects.in_bulk(people)
        return [_letter(one, users[one.user_id], ways.get(one.user_id)) for one in deliveries]


def _letter(delivery: NoticeDelivery, user: Any, setting: ChannelSetting | None) -> Letter:
    with translation.override(user.language):
        message = message_of(delivery.notice)
    return Letter(
        delivery=delivery.id,
        attempts=delivery.attempts,
        channel=Channel(delivery.channel),
        message=message,
        email=user.email,
        phone=user.phone,
        webhook_url=setting.webhook_url if setting else "",
        webhook_secret=secrets.reveal(user.id, bytes(setting.webhook_secret)) if setting else "",
    )


def message_of(record: NoticeRecord) -> Message:
    """A notice in the active language, with its full address."""
    return Message(
        notice=record.id,
        text=word(record.code, record.params),
        url=full_url(record.url),
        code=record.code,
        params=record.params,
        severity=Severity(record.severity),
        subject=record.subject,
        at=record.last_at,
    )


def full_url(url: str) -> str:
    """An address of a page as it is from outside."""
    public: str = settings.PUBLIC_URL
    return public.rstrip("/") + url if url.startswith("/") else url


def _try(letter: Letter) -> str:
    """Send; returns what went wrong, or nothing."""
    try:
        SENDERS[letter.channel](letter)
    except YuzhouError as error:
        return message_for(error)
    except Exception as error:  # whatever a mail server or gateway does is a failed attempt
        return f"{type(error).__name__}: {error}"
    return ""


def _send_email(letter: Letter) -> None:
    if letter.email:
        message = letter.message
        send_mail(message.text[:150].replace("\n", " "), f"{message.text}\n\n{message.url}\n", None, [letter.email])


def _send_sms(letter: Letter) -> None:
    gateway = sms.gateway()
    if gateway and letter.phone:
        gateway.send(letter.phone, letter.message.text)


def _send_webhook(letter: Letter) -> None:
    body = webhook_body(letter.message)
    target = outbound.find_target(letter.webhook_url, outbound.allowed_networks())
    outbound.post(target, body, webhook_headers(body, letter.webhook_secret, int(time.time()), letter.delivery))


def webhook_body(message: Message) -> bytes:
    """What a webhook gets."""
    values = {
        "id": str(message.notice),
        "code": message.code,
        "params": message.params,
        "text": message.text,
        "severity": message.severity.key,
        "subject": message.subject,
        "url": message.url,
        "at": message.at.isoformat(),
    }
    return json.dumps(values, ensure_ascii=False).encode()


def webhook_headers(body: bytes, secret: str, moment: int, delivery: int) -> dict[str, str]:
    """The headers of a call: the signature is HMAC-SHA-256 over `timestamp.body`, in hex; the delivery's number does not
    change when it is repeated."""
    signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Yuzhou",
        "X-Yuzhou-Delivery": str(delivery),
        "X-Yuzhou-Timestamp": str(moment),
        "X-Yuzhou-Signature": f"sha256={signature}",
    }


SENDERS: dict[Channel, Callable[[Letter], None]] = {
    Channel.EMAIL: _send_email,
    Channel.SMS: _send_sms,
    Channel.WEBHOOK: _send_webhook,
}


def _note(letter: Letter, error: str) -> None:
    moment = now()
    pause = pause_after(letter.attempts)
    values: dict[str, object] = {"last_error": error[:2000]}
    if not error:
        values["sent_at"] = moment
    elif pause is None:
        values["failed_at"] = moment
    else:
        values["due_at"] = moment + pause
    if error:
        log.warning("notice not sent", delivery=letter.delivery, channel=letter.channel.value, error=error)
    with acting_as(SYSTEM):
        NoticeDelivery.objects.filter(id=letter.delivery).update(**values)
