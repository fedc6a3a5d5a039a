"""What devices tried under names that are not their own, as the embedded bus writes it into its log."""

import re
from dataclasses import dataclass
from pathlib import Path

from yuzhou.capabilities.sense.doors.mqtt.topics import topic_of

_LINE = re.compile(r'\[ERR\] (\S+) - mid:\d+ - "(.*)" - (Publish|Subscription) Violation - Subject "([^"]*)"')
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One attempt: from where, by which client identifier, `publish` or `subscription`, on which topic."""

    peer: str
    client_id: str
    kind: str
    topic: str


class ViolationLog:
    """Reads what was added to the log since the last time; begins at its end, and anew where it was cut."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = path.stat().st_size if path.exists() else 0

    def read(self) -> list[Violation]:
        """New violations, oldest first; nothing where there is no such log."""
        try:
            size = self._path.stat().st_size
            self._at = self._at if self._at <= size else 0
            with self._path.open("rb") as log:
                log.seek(self._at)
                content = log.read(MOST_BYTES)
        except OSError:
            return []
        whole = content.rfind(b"\n") + 1
        self._at += whole
        found = _LINE.findall(content[:whole].decode("utf-8", "replace"))
        return [Violation(peer, client, kind.lower(), topic_of(subject)) for peer, client, kind, subject in found]
