"""Requests that were refused as a whole, kept among the refused frames: so many a minute, and never with the secret."""

import time
from datetime import UTC, datetime
from uuid import UUID

from yuzhou.capabilities.sense.contracts import QuarantinedFrame
from yuzhou.capabilities.sense.doors.http.delivery import Delivery
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.requests import Request
from yuzhou.capabilities.sense.doors.intake.batcher import Batcher
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket

PER_MINUTE = 6
"""Of each device, and of all that name a device which there is not."""
KEPT_CONTENT = 8192
OF_CREDENTIALS = ("http.wrong-credential", "http.no-credential")
OF_CONTENT = ("payload.", "http.media-type", "http.encoding", "http.key")
ELSEWHERE = ("http.key-reused",)
MASK = b"***"


class RefusedRequests:
    """Puts them into the quarantine. Guessing secrets cannot flood it: what comes too often is answered, but not kept."""

    def __init__(self, protocol: str, batcher: Batcher) -> None:
        self._protocol, self._batcher = protocol, batcher
        self._buckets: dict[UUID | None, TokenBucket] = {}

    def keep(self, problem: Problem, request: Request, identity: str, link: DeviceLink | None, content: bytes = b"") -> None:
        """Keep a refusal that is about the credential or the content; of a stranger nothing but the claim."""
        wanted = problem.code in OF_CREDENTIALS or (problem.code.startswith(OF_CONTENT) and problem.code not in ELSEWHERE)
        if not wanted or self._batcher.is_full or not self._has_room(link.entry.device_id if link else None):
            return
        frame = QuarantinedFrame(
            protocol=self._protocol,
            code=problem.code,
            content=_without_secrets(content, request, link)[:KEPT_CONTENT],
            received_at=datetime.now(UTC),
            peer=request.peer[:64],
            identity=identity.replace("\0", "")[:128],
            device_id=link.entry.device_id if link else None,
            params=problem.params,
        )
        self._batcher.add(Delivery(None, len(frame.content), quarantined=frame))

    def _has_room(self, device: UUID | None) -> bool:
        now = time.monotonic()
        bucket = self._buckets.setdefault(device, TokenBucket.full(PER_MINUTE / 60, PER_MINUTE, now))
        if bucket.charge(1, now) > 0:
            bucket.level += 1
            return False
        return True


def _without_secrets(content: bytes, request: Request, link: DeviceLink | None) -> bytes:
    """The content with a mask wherever a device wrote its secret, or what it showed as one, into the body."""
    for secret in (link.secret if link else b"", request.bearer.encode("utf-8", "replace")):
        content = content.replace(secret, MASK) if secret else content
    return content
