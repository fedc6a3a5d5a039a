"""The door's settings, from the environment that `up` hands down."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class TerminalSettings(IntakeSettings):
    """Each may be set as `YUZHOU_JT808_<NAME>`."""

    port: int = 8808
    max_frame: int = 4096
