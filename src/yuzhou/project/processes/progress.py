"""What the person who starts the platform reads: one line for each step, Chinese first, with the seconds since the start."""

import json
import sys
import time
from typing import Any

from yuzhou.kernel.text import Text


class Progress:
    """Prints steps and keeps them for the starting page."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.steps: list[tuple[float, Text]] = []

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def say(self, zh: str, en: str) -> None:
        """Print one step."""
        self.steps.append((self.seconds, Text(zh, en)))
        print(f"[{self.seconds:6.1f} s] {zh} · {en}", flush=True)

    def lines(self) -> list[str]:
        """The steps so far, as text."""
        return [f"{seconds:.1f} s  {step.zh} · {step.en}" for seconds, step in self.steps]


def report(kind: str, **values: Any) -> None:
    """From a one-shot child to the supervisor: one JSON line on standard output."""
    sys.stdout.write(json.dumps({"report": kind, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
