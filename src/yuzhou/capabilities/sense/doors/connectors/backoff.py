"""When to try again: after pauses that double, each a little different, so that a hundred machines do not come back at once."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Pauses in seconds: `first`, then twice as long each time up to `most`; each shortened by up to a third at random."""

    first: float = 1.0
    most: float = 300.0
    failures: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def failed(self) -> float:
        """Count a failure; returns the pause until the next try."""
        longest = min(self.most, self.first * float(2 ** min(self.failures, 30)))
        self.failures += 1
        return longest * (1 - self.chance.random() / 3)

    def worked(self) -> None:
        """Begin anew with short pauses."""
        self.failures = 0


def first_delay(identity: str, interval: float) -> float:
    """Where within its interval a machine is asked first: the same after each start, and spread over all machines."""
    return random.Random(identity).random() * interval  # noqa: S311 - spreads load, guards nothing
