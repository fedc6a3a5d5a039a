"""Who may come in: answers the bus when it asks about a client (NATS authorization callout).

A device's user name is its identity and its password is its secret; an edge node of Sparkplug is called `group/node`. It is
let in with leave to publish and to listen under its own name, and nowhere else. Who shows a provisioning key is let in to ask
for a name, and for nothing else. Pure but for the clock of the tokens.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.mqtt.topics import (
    is_identity,
    is_level,
    provision_subject,
    publish_subjects,
    subscribe_subjects,
)
from yuzhou.kernel.nkeys import AccountKey, claims_of

MOST_SUBSCRIPTIONS = 64
APPLICANT = "provision"


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that asks to come in."""

    user: str
    password: str
    client_id: str
    host: str
    kind: str  # "mqtt", "nats", "websocket"
    nkey: str
    server: str

    @property
    def shown(self) -> bytes:
        """What may be kept of it: no password."""
        return f"CONNECT user={self.user!r} client={self.client_id!r} from {self.host}".encode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the bus is told, and why: `code` is empty where the caller may come in."""

    caller: Caller
    answer: str
    code: str = ""
    link: DeviceLink | None = None
    asks_only: bool = False


def read_request(token: bytes) -> Caller:
    """What the bus asks. Raises ValueError for what is no such question."""
    try:
        asked: dict[str, Any] = claims_of(token)["nats"]
        client, options = asked["client_info"], asked["connect_opts"]
        return Caller(
            user=str(options.get("user") or ""),
            password=str(options.get("pass") or ""),
            client_id=str(client.get("mqtt_id") or ""),
            host=str(client.get("host") or ""),
            kind=str(client.get("type") or "nats"),
            nkey=str(asked["user_nkey"]),
            server=str(asked["server_id"]["id"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is no question of the bus") from error


class Gate:
    """Decides. `find` knows the devices, `in_use` whose client identifiers are connected, `held_for` who must wait,
    `is_key` under which keys devices may ask for themselves."""

    def __init__(
        self,
        key: AccountKey,
        account: str,
        find: Callable[[str], DeviceLink | None],
        in_use: Mapping[str, str],
        held_for: Callable[[DeviceLink], float],
        max_payload: int,
        is_key: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._key = key
        self._account = account
        self._find = find
        self._in_use = in_use
        self._held_for = held_for
        self._max_payload = max_payload
        self._is_key = is_key

    def decide(self, token: bytes) -> Verdict:
        """The answer to a question of the bus. Raises ValueError for what is none."""
        caller = read_request(token)
        link = self._find(caller.user) if is_identity(caller.user) else None
        asks_only = self._asks_only(caller, link)
        code = self._objection_to_asking(caller) if asks_only else self._objection(caller, link)
        content: dict[str, Any] = {"error": code} if code else {"jwt": self._leave(caller, asks_only=asks_only)}
        claims = {
            "aud": caller.server,
            "sub": caller.nkey,
            "nats": {**content, "type": "authorization_response", "version": 2},
        }
        return Verdict(caller, self._key.sign(claims), code, link, asks_only)

    def _asks_only(self, caller: Caller, link: DeviceLink | None) -> bool:
        """Whether a caller shows a key for asking, not the secret of the device that it names."""
        if caller.kind != "mqtt" or not is_level(caller.user) or (link is not None and _is_secret(link, caller.password)):
            return False
        return self._is_key(caller.password)

    def _objection_to_asking(self, caller: Caller) -> str:
        """It is heard and answered by its client identifier, so nobody else may have that one."""
        is_free = is_level(caller.client_id) and caller.client_id not in self._in_use
        return "" if is_free and self._find(caller.client_id) is None else "client-taken"

    def _objection(self, caller: Caller, link: DeviceLink | None) -> str:
        if caller.kind != "mqtt":
            return "not-mqtt"
        if link is None:
            return "unknown-device"
        if not _is_secret(link, caller.password):
            return "wrong-password"
        owner = self._in_use.get(caller.client_id, caller.user)
        if owner not in (caller.user, applicant(caller.user)) or (
            caller.client_id != caller.user and self._is_name_of_another(caller)
        ):
            return "client-taken"
        return "too-many-frames" if self._held_for(link) > 0 else ""

    def _is_name_of_another(self, caller: Caller) -> bool:
        """A session belongs to its client identifier: nobody may take up one under another device's name."""
        return is_identity(caller.client_id) and self._find(caller.client_id) is not None

    def _leave(self, caller: Caller, *, asks_only: bool) -> str:
        asking = provision_subject(caller.user, caller.client_id)
        rights = {
            "pub": {"allow": [asking] if asks_only else publish_subjects(caller.user)},
            "sub": {"allow": [f"{asking}.answer", "$MQTT.sub.>"] if asks_only else subscribe_subjects(caller.user)},
            "subs": MOST_SUBSCRIPTIONS,
            "data": -1,
            "payload": self._max_payload,
            "type": "user",
            "version": 2,
        }
        name = applicant(caller.user) if asks_only else caller.user
        return self._key.sign({"aud": self._account, "sub": caller.nkey, "name": name, "nats": rights})


def _is_secret(link: DeviceLink, password: str) -> bool:
    return bool(link.secret) and hmac.compare_digest(password.encode(), link.secret)


def applicant(identity: str) -> str:
    """The user name under which the bus knows a client that only asks: none that a device can have."""
    return f"{APPLICANT} {identity}"
