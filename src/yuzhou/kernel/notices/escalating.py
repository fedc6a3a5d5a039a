"""Going up a tier when nobody acknowledges."""

from datetime import timedelta

from yuzhou.kernel.clock import now
from yuzhou.kernel.notices.models import Escalation, NoticeRecord
from yuzhou.kernel.notices.telling import SYSTEM, Saying, nearest_tier, tell
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.transactions import acting_as, transaction_required


def escalate_due() -> int:
    """Tell the next tier of everything that nobody acknowledged in time; returns how many times it did."""
    done = 0
    while _escalate_one():
        done += 1
    return done


def _escalate_one() -> bool:
    with acting_as(SYSTEM):
        due = Escalation.objects.select_for_update(skip_locked=True).filter(due_at__lte=now()).order_by("due_at").first()
        if due is None:
            return False
        tier, higher = nearest_tier(due.permission, due.next_path)
        tell(tier, Saying(due.code, due.params, due.url, Severity(due.severity), due.subject, is_escalated=True))
        if higher is None:
            due.delete()
        else:
            due.next_path, due.due_at = higher, now() + timedelta(minutes=due.minutes)
            due.save(update_fields=["next_path", "due_at"])
    return True


@transaction_required
def settle(*, subject: str, code: str | None = None) -> None:
    """The matter is in hand: nothing about the subject (of the code, if named) goes further up, and it counts as read."""
    with acting_as(SYSTEM):
        stop(subject, code)
        told = NoticeRecord.objects.filter(subject=subject, read_at__isnull=True)
        (told.filter(code=code) if code else told).update(read_at=now())


def stop(subject: str, code: str | None) -> None:
    """Forget what would go further up."""
    planned = Escalation.objects.filter(subject=subject)
    (planned.filter(code=code) if code else planned).delete()
