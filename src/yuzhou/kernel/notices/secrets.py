"""The secrets that sign calls to people's webhooks, encrypted with the city's key."""

from secrets import token_urlsafe
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel.keys.api import current_version_prefix, decrypt, encrypt
from yuzhou.kernel.notices.models import ChannelSetting

PURPOSE = "kernel.notices.webhook"


def make() -> str:
    """A new secret."""
    return token_urlsafe(32)


def close(user: UUID, secret: str) -> bytes:
    """The secret as it is stored."""
    return encrypt(PURPOSE, secret.encode(), bound_to=str(user)) if secret else b""


def reveal(user: UUID, closed: bytes) -> str:
    """The secret as it signs."""
    return decrypt(PURPOSE, closed, bound_to=str(user)).decode() if closed else ""


def reencrypt() -> int:
    """Close with the current key what an older one closed; returns how many."""
    count = 0
    for record in _older().select_for_update():
        record.webhook_secret = close(record.user_id, reveal(record.user_id, bytes(record.webhook_secret)))
        record.save(update_fields=["webhook_secret"])
        count += 1
    return count


def outstanding() -> int:
    """How many secrets an older key closed."""
    return _older().count()


def _older() -> QuerySet[ChannelSetting]:
    prefix = current_version_prefix()
    closed = ChannelSetting.objects.exclude(webhook_secret=b"")
    return closed.extra(where=["substring(webhook_secret for %s) <> %s"], params=[len(prefix), prefix])
