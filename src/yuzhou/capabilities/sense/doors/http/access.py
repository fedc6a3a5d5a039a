"""Who sends: a device by its secret, or a person's token or a machine that may write for several devices."""

import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.requests import Request
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, DeviceLink
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket
from yuzhou.kernel.access import api as access
from yuzhou.kernel.access.contracts import InvalidCredential
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

WRITE = "sense.reading:write"
KNOWN_SECONDS = 10.0
"""A token is looked up, and its reach asked for, once in this time: so long may it work after it was revoked."""
MOST_KNOWN = 10_000
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="yuzhou"'}


@dataclass(slots=True)
class Writer:
    """Who writes for several devices, and for which, as known until `until`."""

    actor: Actor
    until: float
    reach: dict[UUID, bool] = field(default_factory=dict)


class Doorkeeper:
    """Knows who may come in. Secrets of devices are compared here; tokens are looked up in the errand thread."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._writers: dict[str, Writer] = {}
        self._buckets: dict[UUID, TokenBucket] = {}
        self._failures: dict[tuple[str, str], TokenBucket] = {}

    def device(self, request: Request, identity: str, book: DeviceBook[DeviceLink]) -> DeviceLink:
        """The device that a request comes from. Raises Problem 401, 429."""
        secret, peer = _secret(request), (request.peer, identity)
        link = book.get(identity)
        expected = link.secret if link is not None else b"-"
        is_right = hmac.compare_digest(secret.encode("utf-8", "replace"), expected)
        if link is None or not link.secret or not is_right:
            raise self._failed(peer)
        self._heed(peer)
        _charge(link.bucket, link.entry.frames_per_minute)
        return link

    def writer(self, request: Request) -> Writer:
        """Who writes, looked up in the database: call it in the errand thread. Raises Problem 401, 403, 429."""
        secret, peer = _secret(request), (request.peer, "")
        now = time.monotonic()
        known = self._writers.get(secret)
        if known is None:
            self._heed(peer)  # a token that was good once is not held up by the wrong ones of others behind one address
        if known is None or known.until < now:
            try:
                with acting_as(Actor.system("sense.door")):
                    actor = access.actor_for_token(secret)
            except InvalidCredential:
                self._writers.pop(secret, None)
                raise self._failed(peer) from None
            known = Writer(actor, now + KNOWN_SECONDS)
            if len(self._writers) >= MOST_KNOWN:
                self._writers.clear()
            self._writers[secret] = known
        if not known.actor.can(WRITE):
            raise Problem(403, "kernel.permission-denied", params={"permission": WRITE})
        holder = known.actor.id or UUID(int=0)
        per_minute = self._settings.token_requests_per_minute
        _charge(self._buckets.setdefault(holder, TokenBucket.full(per_minute / 60, per_minute, now)), per_minute)
        return known

    @staticmethod
    def within_reach(writer: Writer, devices: Iterable[UUID]) -> frozenset[UUID]:
        """Those of the devices for which the writer may write: call it in the errand thread."""
        asked = [device for device in devices if device not in writer.reach]
        if asked:
            with acting_as(writer.actor):
                allowed = api.devices_within(actor=writer.actor, permission=WRITE, device_ids=asked)
            writer.reach.update({device: device in allowed for device in asked})
        return frozenset(device for device, may in writer.reach.items() if may)

    def _heed(self, peer: tuple[str, str]) -> None:
        """Refuse where too many wrong secrets came from this address for this device (or, as "", for tokens)."""
        bucket = self._failures.get(peer)
        if bucket is not None and bucket.charge(0, time.monotonic()) > 0:
            raise Problem(429, "http.too-many-failures", headers={"Retry-After": "60"})

    def _failed(self, peer: tuple[str, str]) -> Problem:
        """What a wrong secret gets; it counts."""
        try:
            self._heed(peer)
        except Problem as problem:
            return problem
        if len(self._failures) >= MOST_KNOWN:
            self._failures.clear()
        now, most = time.monotonic(), self._settings.failures_per_minute
        self._failures.setdefault(peer, TokenBucket.full(most / 60, most, now)).charge(1, now)
        return Problem(401, "http.wrong-credential", headers=CHALLENGE)


def _secret(request: Request) -> str:
    if not request.bearer:
        raise Problem(401, "http.no-credential", headers=CHALLENGE)
    return request.bearer


def _charge(bucket: TokenBucket, per_minute: int) -> None:
    """Take a token, or say when there will be one."""
    seconds = bucket.charge(1, time.monotonic())
    if seconds > 0:
        bucket.level += 1  # what is refused costs nothing
        raise Problem(429, "http.rate", params={"most": per_minute}, headers={"Retry-After": str(max(1, round(seconds + 0.5)))})
