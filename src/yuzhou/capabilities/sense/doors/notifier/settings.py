"""What the notifier may be told by its environment."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class NotifierSettings(IntakeSettings):
    """Each is `YUZHOU_NOTIFIER_<NAME>`."""

    senders: int = 8  # subscriptions that are sent for at once
    answer_seconds: float = 10  # for a receiver that names no timeout of its own
    longest_answer_seconds: float = 60  # whatever timeout is named
    longest_pause: float = 300  # between two tries at a receiver that does not answer
    retention_hours: float = 24  # how long is kept what nobody takes
    most_waiting: int = 10_000  # notifications of one subscription
