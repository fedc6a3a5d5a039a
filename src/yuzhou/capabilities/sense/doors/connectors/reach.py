"""Which addresses the connectors may reach: never the link-local ones, where clouds keep their secrets; all others, or the
networks that the setting names."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence

from yuzhou.capabilities.sense.doors.connectors.faults import Unreachable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NEVER: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in ("169.254.0.0/16", "fe80::/10"))


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas (`10.0.0.0/8,192.168.1.7`); raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_allowed(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address may be reached; no networks means all but the link-local ones."""
    one = ipaddress.ip_address(address.partition("%")[0])
    one = getattr(one, "ipv4_mapped", None) or one
    if one.is_multicast or one.is_unspecified or any(one in network for network in NEVER):
        return False
    return not networks or any(one in network for network in networks)


async def find_address(host: str, port: int, networks: Sequence[Network], *, seconds: float = 5.0) -> str:
    """The address of a host, looked up once and checked. Raises Unreachable `connectors.unknown-host` or `.forbidden-host`."""
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Unreachable("connectors.unknown-host", host=host) from error
    return _checked(host, (str(entry[4][0]) for entry in found), networks)


def _checked(host: str, addresses: Iterable[str], networks: Sequence[Network]) -> str:
    allowed = [address for address in addresses if is_allowed(address, networks)]
    if not allowed:
        raise Unreachable("connectors.forbidden-host", host=host)
    return allowed[0]
