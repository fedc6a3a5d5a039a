"""Letters that accounts send: plain text in the reader's language, after the transaction."""

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

log = structlog.get_logger(__name__)


def send_letter(letter: str, address: str, language: str, *, path: str, **values: object) -> None:
    """Send a letter of `templates/kernel_access/letters/`: its first line is the subject. A failure is logged, not raised."""
    with override(language):
        text = render_to_string(f"kernel_access/letters/{letter}.txt", {"url": settings.PUBLIC_URL.rstrip("/") + path, **values})
    subject, _, body = text.strip().partition("\n")
    transaction.on_commit(lambda: _send(letter, address, subject, body.strip()))


def _send(letter: str, address: str, subject: str, body: str) -> None:
    try:
        send_mail(subject, body, None, [address])
    except OSError as error:
        log.warning("letter not sent", letter=letter, error=str(error))
