"""What the gateway remembers of a logger beyond what every door does."""

import hmac
from datetime import UTC, datetime, timedelta

from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink

OLD_HOLDS = timedelta(minutes=10)
"""A logger that still uses its old password so long after it was sent a new one never took the new one on."""


class LoggerLink(DeviceLink):
    """A logger by its MN: how it spoke last, how many requests to it are under way, and the passwords that it may have.

    While a change of password is not settled (1072), both are good; the one that it shows first for certain stays.
    """

    __slots__ = ("_masks", "asked", "new_secret", "settling", "st", "version")

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        super().__init__(entry, now)
        self.asked = 0
        self.st = ""
        self.version = 1

    def take_on(self, entry: DirectoryEntry) -> None:
        """The passwords as they stand in frames."""
        super().take_on(entry)
        self.new_secret = entry.new_secret.encode()
        self.settling = False
        self._set_masks()

    def expect(self, secret: str) -> None:
        """It is about to be sent a new password."""
        self.new_secret = secret.encode()
        self._set_masks()

    def _set_masks(self) -> None:
        """The longer first: one password may begin like the other."""
        self._masks = sorted((b"PW=" + one for one in (self.secret, self.new_secret) if one), key=len, reverse=True)

    def forget_new(self) -> None:
        """It refused the new password."""
        self.new_secret = b""

    @property
    def password(self) -> str:
        """The one that requests to it bear."""
        return (self.new_secret if self.new_secret and self.entry.new_secret_confirmed else self.secret).decode()

    def knows(self, given: bytes) -> bool:
        """Whether this is its password, or one of the two that it may have."""
        own = hmac.compare_digest(given, self.secret)
        return hmac.compare_digest(given, self.new_secret) or own if self.new_secret else own

    def proves(self, given: bytes) -> bool:
        """Whether the use of this password settles which one it has; true once."""
        if not self.new_secret or self.settling:
            return False
        since = self.entry.new_secret_since
        self.settling = given == self.new_secret or (since is not None and datetime.now(UTC) - since > OLD_HOLDS)
        return self.settling

    def hide_password(self, frame: bytes) -> bytes:
        """The frame without its password."""
        for mask in self._masks:
            if mask in frame:
                return frame.replace(mask, b"PW=******", 1)
        return frame
