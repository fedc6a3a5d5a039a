"""The gateway's settings."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.hj212.frames import LONGEST_SEGMENT
from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class GatewaySettings(IntakeSettings):
    """Each may be set as `YUZHOU_HJ212_<NAME>`; the host is `YUZHOU_HOST` where it is not."""

    port: int = 9212
    max_segment: int = LONGEST_SEGMENT
