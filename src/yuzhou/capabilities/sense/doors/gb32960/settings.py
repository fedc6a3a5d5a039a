"""The door's settings, from the environment that `up` hands down."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class VehicleSettings(IntakeSettings):
    """Each may be set as `YUZHOU_GB32960_<NAME>`."""

    port: int = 32_960
    max_data: int = 16_384
