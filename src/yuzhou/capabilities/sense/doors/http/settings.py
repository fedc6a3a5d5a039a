"""Settings of the HTTP door."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings

DOOR = "httpdoor"


@dataclass(frozen=True, slots=True)
class HttpSettings(IntakeSettings):
    """Each may be set as `YUZHOU_HTTPDOOR_<NAME>`; the host is `YUZHOU_HOST` where it is not."""

    port: int = 9280
    batch_milliseconds: int = 10
    body_bytes: int = 16 * 1024 * 1024  # on the wire
    content_bytes: int = 64 * 1024 * 1024  # unpacked
    upload_seconds: float = 60.0  # for a body to arrive
    commit_seconds: float = 30.0  # for what was taken in to be durable
    poll_seconds: float = 55.0  # the longest that a device may wait for commands
    token_requests_per_minute: int = 6000
    failures_per_minute: int = 60  # wrong credentials, by address
