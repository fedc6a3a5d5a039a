"""TCP ports: is one free, does someone listen there, and who can reach it."""

import socket
from ipaddress import ip_address


def free_port(preferred: int | None = None, host: str = "127.0.0.1") -> int:
    """The preferred port if it is free, else any free one."""
    if preferred and is_free(preferred, host):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether we could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = "127.0.0.1", seconds: float = 2) -> bool:
    """Whether a server accepts connections there."""
    try:
        socket.create_connection((reachable(host), port), seconds).close()
    except OSError:
        return False
    return True


def reachable(host: str) -> str:
    """An address by which this machine reaches a server bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to `host`; any name but localhost is taken for one that others reach."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
