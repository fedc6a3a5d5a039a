"""Who listens, to what, and what each may hear."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from yuzhou.kernel.actor import Actor

WAITING = 256


@dataclass(frozen=True)
class Message:
    """Something that changed, and who may know."""

    subject: str
    content: str
    permission: str = ""
    place_path: str | None = None
    organisation: UUID | None = None

    @classmethod
    def read(cls, subject: str, content: bytes, headers: Mapping[str, str] | None) -> "Message":
        """From the bus's own form."""
        given = headers or {}
        organisation = given.get("organisation", "")
        return cls(
            subject,
            json.dumps({"subject": subject, "payload": json.loads(content)}, ensure_ascii=False),
            given.get("permission", ""),
            given.get("place") or None,
            UUID(organisation) if organisation else None,
        )

    def may_be_heard_by(self, actor: Actor) -> bool:
        """Whether the actor holds the message's permission where the thing is."""
        if not self.permission:
            return True
        return actor.can(self.permission, place_path=self.place_path, organisation=self.organisation)


@dataclass(eq=False)
class Listener:
    """One open page: the subjects that it asked for (each with all below it), and what waits to be sent."""

    actor: Actor
    subjects: tuple[str, ...] = ()
    waiting: "asyncio.Queue[str]" = field(default_factory=lambda: asyncio.Queue(WAITING))
    has_lost: bool = False

    def wants(self, message: Message) -> bool:
        """Whether the page asked for it and may hear it."""
        is_asked = not self.subjects or any(
            message.subject == subject or message.subject.startswith(subject + ".") for subject in self.subjects
        )
        return is_asked and message.may_be_heard_by(self.actor)

    def offer(self, message: Message) -> None:
        """Put it in line; a page too slow to read loses messages, and is told to look again."""
        try:
            self.waiting.put_nowait(message.content)
        except asyncio.QueueFull:
            self.has_lost = True


class Listeners:
    """All open pages of this process."""

    def __init__(self, largest: int = 2000, largest_of_one: int = 30) -> None:
        self.largest, self.largest_of_one = largest, largest_of_one
        self._all: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, listener: Listener) -> bool:
        """Let it listen; False when there are too many, in all or of one person."""
        actor = listener.actor.id
        of_one = sum(1 for other in self._all if actor is not None and other.actor.id == actor)
        if len(self._all) >= self.largest or of_one >= self.largest_of_one:
            return False
        self._all.add(listener)
        return True

    def remove(self, listener: Listener) -> None:
        """Forget it."""
        self._all.discard(listener)

    def spread(self, message: Message) -> None:
        """Offer a message to all who want it."""
        for listener in self._all:
            if listener.wants(message):
                listener.offer(message)
