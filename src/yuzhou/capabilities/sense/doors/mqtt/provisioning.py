"""Devices that ask over MQTT to be let in (自注册).

Such a device connects under the name that it wants, with its provisioning key as the password. It may then say one thing, on
`yuzhou/<identity>/provision/<client identifier>`, and hear one thing, on `…/answer`, and nothing else.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ProvisionState
from yuzhou.capabilities.sense.doors.intake.provisioning import read_asking
from yuzhou.capabilities.sense.doors.mqtt.stream import Message
from yuzhou.capabilities.sense.doors.mqtt.topics import OwnTopic, subject_of
from yuzhou.capabilities.sense.doors.payloads.refusals import Refused
from yuzhou.capabilities.sense.rules.identities import digest
from yuzhou.kernel.errors import word

log = logging.getLogger(__name__)
PROTOCOL = "mqtt"
LARGEST = 8_192
MOST_WAITING = 100
MOST_REMEMBERED = 10_000
FULL_PAUSE = 60


class ProvisionDesk:
    """Knows the keys, and answers those who ask. Lives on the event loop; sense is asked in the errand thread."""

    def __init__(self, run: Callable[..., Awaitable[Any]], publish: Callable[[str, bytes], Awaitable[None]]) -> None:
        self._run = run
        self._publish = publish
        self._hashes: frozenset[str] = frozenset()
        self._hosts: dict[str, str] = {}
        self._waiting = 0

    # --- who may ask ----------------------------------------------------------------------------------------------------

    async def renew(self) -> None:
        """Take on which keys there are."""
        self._hashes = await self._run(lambda: api.provision_key_hashes(protocol=PROTOCOL))

    def knows(self, key: str) -> bool:
        """Whether this is a key under which devices may ask."""
        return bool(key) and digest(key) in self._hashes

    def let_in(self, client_id: str, host: str) -> None:
        """Remember from where a client asks."""
        while len(self._hosts) >= MOST_REMEMBERED:
            del self._hosts[next(iter(self._hosts))]
        self._hosts[client_id] = host

    # --- what they are told ---------------------------------------------------------------------------------------------

    def take(self, topic: OwnTopic, message: Message) -> Awaitable[None]:
        """What is to be awaited so that the question is answered; raises Refused for what is none."""
        asking = read_asking(_document(message.content), identity=topic.identity)
        if asking is None:
            raise Refused("mqtt.provision")
        return self._answer(topic, asking.bound(PROTOCOL, self._hosts.get(topic.command, topic.identity)[:64]))

    async def _answer(self, topic: OwnTopic, ask: Callable[[], ProvisionState]) -> None:
        if self._waiting >= MOST_WAITING:
            said = {"status": "refused", "code": "sense.provision-often", "retry_after": FULL_PAUSE}
        else:
            self._waiting += 1
            try:
                said = _shown(await self._run(ask))
            except Exception as error:  # the device hears nothing, and asks again
                log.warning("a device that asks to be let in gets no answer: %s: %s", type(error).__name__, error)
                return
            finally:
                self._waiting -= 1
        subject = subject_of(f"yuzhou/{topic.identity}/provision/{topic.command}/answer")
        await self._publish(subject, json.dumps(said, ensure_ascii=False).encode())

    async def refuse(self, topic: OwnTopic) -> None:
        """Tell a client that what it said is no question."""
        said = {"status": "refused", "code": "mqtt.provision", "detail": word("mqtt.provision", {})}
        subject = subject_of(f"yuzhou/{topic.identity}/provision/{topic.command}/answer")
        await self._publish(subject, json.dumps(said, ensure_ascii=False).encode())


def _document(content: bytes) -> Any:
    try:
        return json.loads(content) if len(content) <= LARGEST else None
    except (ValueError, RecursionError):
        return None


def _shown(state: ProvisionState) -> dict[str, Any]:
    said: dict[str, Any] = {"status": str(state.status), "identity": state.identity, "profile": state.profile}
    if state.code:
        said |= {"code": state.code, "detail": word(state.code, dict(state.params))}
    if state.secret:
        return said | {"secret": state.secret}
    return said | {"retry_after": state.retry_after_seconds}
