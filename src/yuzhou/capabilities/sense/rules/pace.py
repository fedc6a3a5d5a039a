"""How often one may knock."""

import time
from collections.abc import Callable


class Pace:
    """At most so many in a window of so many seconds, for each name; remembers a bounded number of names."""

    def __init__(self, *, most: int, seconds: float, names: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds, self.names, self.clock = most, seconds, names, clock
        self.seen: dict[str, tuple[float, int]] = {}

    def admits(self, name: str) -> bool:
        """Count one more; whether it is within what is allowed."""
        moment = self.clock()
        since, count = self.seen.pop(name, (moment, 0))
        if moment - since >= self.seconds:
            since, count = moment, 0
        while len(self.seen) >= self.names:
            del self.seen[next(iter(self.seen))]  # who was heard longest ago
        self.seen[name] = (since, count + 1)
        return count < self.most

    def forget(self) -> None:
        """Start afresh."""
        self.seen.clear()
