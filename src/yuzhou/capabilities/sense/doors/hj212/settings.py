"""The gateway's settings, from the environment that `up` hands down."""

import os
from dataclasses import dataclass, fields

from yuzhou.capabilities.sense.doors.hj212.frames import LONGEST_SEGMENT


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Each may be set as `YUZHOU_HJ212_<NAME>`; the host is `YUZHOU_HOST` where it is not."""

    host: str = "127.0.0.1"
    port: int = 9212
    max_segment: int = LONGEST_SEGMENT
    max_connections: int = 16_000
    batch_readings: int = 100_000
    batch_milliseconds: int = 50
    queue_readings: int = 300_000
    queue_bytes: int = 64 * 1024 * 1024
    connection_frames: int = 256  # of one connection, waiting for the store
    frame_seconds: float = 30  # from the first byte of a frame to its last
    idle_seconds: float = 7200
    stranger_seconds: float = 600  # without a frame of a known device
    answer_seconds: float = 10  # for a logger to answer a request
    retries: int = 3

    @classmethod
    def from_environment(cls) -> "GatewaySettings":
        """Read the environment; raises ValueError for a number that is none."""
        given: dict[str, object] = {"host": os.environ.get("YUZHOU_HOST", cls().host)}
        for field in fields(cls):
            text = os.environ.get(f"YUZHOU_HJ212_{field.name.upper()}")
            if text is not None:
                given[field.name] = {"int": int, "float": float, "str": str}[str(getattr(field.type, "__name__", field.type))](
                    text
                )
        return cls(**given)  # type: ignore[arg-type]  # each was made by its field's own type
