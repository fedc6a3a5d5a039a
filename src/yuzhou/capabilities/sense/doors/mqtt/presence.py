"""Who is connected, by the bus's own word. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TAKEN_OVER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A client's connection: its number at a server, its client identifier, since when (µs)."""

    server: str
    number: int
    client_id: str
    since: int


class Presence:
    """Connections by user (a device may hold several), and which user holds a client identifier."""

    def __init__(self) -> None:
        self.is_known = False  # the bus does tell
        self.users: dict[str, dict[tuple[str, int], Connected]] = {}
        self.clients: dict[str, str] = {}

    def came(self, news: Mapping[str, Any]) -> str:
        """A client connected; returns its user."""
        user = str(news.get("user") or news.get("authorized_user") or "")
        number = int(news.get("id") or news.get("cid") or 0)
        client_id = str(news.get("client_id") or news.get("mqtt_client") or "")
        one = Connected(str(news.get("server", "")), number, client_id, _microseconds(str(news.get("start") or "")))
        self.users.setdefault(user, {})[one.server, one.number] = one
        self.clients[client_id] = user
        return user

    def went(self, news: Mapping[str, Any]) -> str:
        """A client's connection ended; returns its user if it has no other."""
        user, key = str(news.get("user") or ""), (str(news.get("server", "")), int(news.get("id") or 0))
        held = self.users.get(user, {})
        one = held.pop(key, None)
        if one is not None and not any(other.client_id == one.client_id for other in held.values()):
            self.clients.pop(one.client_id, None)
        if held:
            return ""
        self.users.pop(user, None)
        return user if one is not None else ""

    def survey(self, connections: Iterable[Mapping[str, Any]]) -> set[str]:
        """Take on who is connected; returns the users that are no longer."""
        before = set(self.users)
        self.users, self.clients, self.is_known = {}, {}, True
        for one in connections:
            self.came(one)
        return before - set(self.users)

    def connections(self, user: str) -> list[Connected]:
        """The connections of a user."""
        return list(self.users.get(user, {}).values())

    def was_taken_over(self, user: str, at: int) -> bool:
        """Whether a last will of this moment (µs) is that of a connection in whose place another stands already."""
        return any(abs(at - one.since) < TAKEN_OVER_SECONDS * 1e6 for one in self.connections(user))


def _microseconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp() * 1e6)
    except ValueError:
        return 0
