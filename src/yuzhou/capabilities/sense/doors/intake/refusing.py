"""Why a frame may not be taken, and between which moments one may lie."""

import time
from typing import Any

SECOND = 1_000_000
AHEAD = 600 * SECOND
"""How far a device's clock may be ahead of ours."""
BEHIND = 400 * 86_400 * SECOND
"""How old data may be that a device kept: as old as the store takes them."""


class Refusal(Exception):
    """The frame may not be taken: the code for the quarantine without its protocol, and what the device is told."""

    def __init__(self, code: str, answer: Any = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer
        self.params = params


def microseconds_now() -> int:
    """Our clock, as the store counts."""
    return time.time_ns() // 1000
