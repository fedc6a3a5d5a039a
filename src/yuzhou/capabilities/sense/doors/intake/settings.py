"""Settings of doors, from the environment that `up` hands down."""

import os
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """What every door may set. Of the door `hj212` each is `YUZHOU_HJ212_<NAME>`; the host is `YUZHOU_HOST` where it is not."""

    host: str = "127.0.0.1"
    port: int = 0
    max_connections: int = 16_000
    batch_readings: int = 100_000
    batch_milliseconds: int = 50
    queue_readings: int = 300_000
    queue_bytes: int = 64 * 1024 * 1024
    connection_frames: int = 256  # of one connection, waiting for the store
    frame_seconds: float = 30  # from the first byte of a frame to its last
    idle_seconds: float = 7200
    stranger_seconds: float = 600  # without a frame of a known device
    answer_seconds: float = 10  # for a device to answer a request
    retries: int = 3

    @classmethod
    def from_environment(cls, door: str) -> Self:
        """Read the environment by the types that are declared, so that 30.0 seconds may become 1.5; raises ValueError."""
        defaults = cls()
        given: dict[str, Any] = {"host": os.environ.get("YUZHOU_HOST", defaults.host)}
        for field in fields(cls):
            text = os.environ.get(f"YUZHOU_{door.upper()}_{field.name.upper()}")
            if text is not None:
                read = float if field.type is float else type(getattr(defaults, field.name))
                given[field.name] = read(text)
        return cls(**given)
