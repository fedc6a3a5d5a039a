"""How much a logger may send: a bucket of tokens that may go into debt, so that nothing is dropped but the reading waits."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Refills at `rate` tokens per second up to `burst`. `now` is a monotonic clock in seconds."""

    rate: float
    burst: float
    level: float = 0.0
    since: float = 0.0

    @classmethod
    def full(cls, rate: float, burst: float, now: float) -> "TokenBucket":
        """A bucket with all its tokens."""
        return cls(rate, burst, burst, now)

    def charge(self, tokens: float, now: float) -> float:
        """Take tokens, into debt if need be; returns the seconds until the debt is paid, 0 if there is none."""
        self.level = min(self.burst, self.level + (now - self.since) * self.rate) - tokens
        self.since = now
        return 0.0 if self.level >= 0 else -self.level / self.rate
