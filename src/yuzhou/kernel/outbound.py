"""Calling an address that a user typed in, without letting it reach into the city's own network.

The name is resolved once, every address that it has must be allowed, and the connection goes to the address that was checked:
a name that changes its mind in between gains nothing. Redirects are not followed.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop

TIMEOUT_SECONDS = 10.0
WHOLE_SECONDS = 20.0
LONGEST_ANSWER = 64 * 1024

PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}

declare_message("kernel.address-refused", gettext_noop("This address cannot be used: {reason}."))

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: the address as given, and the network address to connect to."""

    parts: SplitResult
    host: str
    port: int
    address: str

    @property
    def path(self) -> str:
        """Path and query."""
        return (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")


def allowed_networks() -> list[Network]:
    """The networks that `YUZHOU_WEBHOOK_ALLOW` opens to webhooks besides the public ones."""
    return parse_networks(getattr(settings, "YUZHOU_WEBHOOK_ALLOW", ""))


def parse_networks(text: str) -> list[Network]:
    """Networks from a comma-separated list such as `10.0.0.0/8,fd00::/8`."""
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address may be called: a public one, or one of the allowed networks."""
    inner = _embedded(address)
    if any(address in network for network in allowed) or (inner and any(inner in network for network in allowed)):
        return True
    return address.is_global and not address.is_multicast and (inner is None or (inner.is_global and not inner.is_multicast))


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), if any."""
    if isinstance(address, IPv4Address):
        return None
    if address in ip_network("64:ff9b::/96"):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def find_target(url: str, allowed: Sequence[Network] = (), *, schemes: Sequence[str] = ("http", "https")) -> Target:
    """Check and resolve an address. Raises Invalid("kernel.address-refused")."""
    parts = _split(url, schemes)
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused("its name has no address") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not all(is_allowed(ip_address(address), allowed) for address in addresses):
        raise _refused("it leads into a private network")
    return Target(parts, host, port, addresses[0])


def _split(url: str, schemes: Sequence[str]) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _refused("it is not readable") from error
    if parts.scheme not in schemes or not parts.hostname:
        raise _refused("it is not " + " or ".join(schemes))
    if (parts.username or parts.password) and parts.scheme.startswith("http"):
        raise _refused("it holds a name or password")
    return parts


def _refused(reason: str) -> Invalid:
    return Invalid("kernel.address-refused", field="webhook_url", reason=reason)


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Http(http.client.HTTPConnection):
    """Connects to the checked address, not to what the name means by now."""

    def __init__(self, target: Target, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target = target
        self._line: socket.socket | None = None  # `sock` is forgotten while the answer is still being read
        self.is_cut = False

    def connect(self) -> None:
        """Open the connection, with TLS by the address's scheme."""
        line = socket.create_connection((self._target.address, self._target.port), self.timeout)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._target.parts.scheme == "https":
            secure = _tls().wrap_socket(line, server_hostname=self._target.host, do_handshake_on_connect=False)
            self.sock = self._line = secure
            secure.do_handshake()
        else:
            self.sock = self._line = line

    def cut(self) -> None:
        """End the exchange where it stands, from another thread."""
        self.is_cut = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


class Caller:
    """Calls one target again and again, over one connection where the other side keeps it. Of one thread."""

    def __init__(self, target: Target, *, piece: float = TIMEOUT_SECONDS, whole: float = WHOLE_SECONDS) -> None:
        self.target = target
        self._piece, self._whole = piece, whole
        self._connection: _Http | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a body. Raises OSError unless the answer is 2xx, or where all of it takes longer than `whole` seconds."""
        kept = self._connection is not None
        try:
            self._post(body, headers)
        except http.client.RemoteDisconnected:
            self.close()
            if not kept:
                raise
            self._post(body, headers)  # the other side had closed the kept connection meanwhile
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        if self._connection is None:
            self._connection = _Http(self.target, self._piece)
        connection = self._connection
        deadline = Timer(self._whole, connection.cut)  # the timeout is for each piece, and pieces can be many
        deadline.daemon = True
        deadline.start()
        try:
            connection.request("POST", self.target.path, body, dict(headers))
            answer = connection.getresponse()
            answer.read(LONGEST_ANSWER)
        except http.client.RemoteDisconnected:
            raise
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from error
        finally:
            deadline.cancel()
        if connection.is_cut:
            raise OSError("took too long to answer")
        if answer.will_close or not answer.isclosed():
            self.close()
        if not 200 <= answer.status < 300:
            raise OSError(f"answered {answer.status}")


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> None:
    """Send one body. Raises OSError unless the answer is 2xx, or where all of it takes longer than `WHOLE_SECONDS`."""
    caller = Caller(target, piece=TIMEOUT_SECONDS, whole=WHOLE_SECONDS)
    try:
        caller.post(body, headers)
    finally:
        caller.close()


def fetch(target: Target, headers: Mapping[str, str], *, longest: int) -> bytes:
    """What an address answers to a GET. Raises OSError unless it is 200, within `WHOLE_SECONDS` and `longest` bytes."""
    connection = _Http(target, TIMEOUT_SECONDS)
    deadline = Timer(WHOLE_SECONDS, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("GET", target.path, headers=dict(headers))
        answer = connection.getresponse()
        content = answer.read(longest + 1)
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        deadline.cancel()
        connection.close()
    if connection.is_cut or answer.status != http.client.OK or len(content) > longest:
        raise OSError(f"answered {answer.status} with {len(content)} bytes")
    return content
