"""What the platform itself has to tell its administrators."""

from yuzhou.kernel.actor import CITY_PATH
from yuzhou.kernel.errors import declare_message, gettext_noop
from yuzhou.kernel.events.api import ReceivedEvent
from yuzhou.kernel.notices.telling import notify
from yuzhou.kernel.severity import Severity

declare_message(
    "kernel.delivery-died", gettext_noop("The event {event} could not be delivered to {subscriber} and holds back its subject.")
)
declare_message("kernel.job-failed", gettext_noop("The job {task} failed for good."))


def tell_of_dead_delivery(event: ReceivedEvent) -> None:
    """Tell those who repair deliveries. Said again it only counts."""
    notify(
        permission="kernel.events:repair",
        place_path=CITY_PATH,
        code="kernel.delivery-died",
        params={"event": event.payload["event_name"], "subscriber": event.payload["subscriber"]},
        url="/desk/admin/events/",
        severity=Severity.CRITICAL,
        subject=event.subject,
    )


def tell_of_failed_job(event: ReceivedEvent) -> None:
    """Tell those who repair jobs. Said again it only counts."""
    notify(
        permission="kernel.jobs:repair",
        place_path=CITY_PATH,
        code="kernel.job-failed",
        params={"task": event.payload["task"]},
        url="/desk/admin/jobs/",
        severity=Severity.MAJOR,
        subject=event.subject,
    )
