"""What the worker does about notices every few seconds, and once a day."""

from datetime import timedelta

from yuzhou.kernel.clock import now
from yuzhou.kernel.notices.escalating import escalate_due
from yuzhou.kernel.notices.models import NoticeRecord
from yuzhou.kernel.notices.sending import deliver_due

KEEP_READ = timedelta(days=180)


def tick() -> None:
    """Escalate, then send."""
    escalate_due()
    deliver_due()


def purge_read() -> None:
    """Delete notices that were read long ago, with their deliveries; a job."""
    NoticeRecord.objects.filter(read_at__lt=now() - KEEP_READ).delete()
