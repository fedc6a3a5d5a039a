"""Identifiers: UUIDv7 inside, URNs outside."""

import os
import time
from uuid import UUID

URN_NAMESPACE = "yuzhou"


def uuid7() -> UUID:
    """Make a time-ordered identifier (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80
    value |= 0x7 << 76
    value |= ((random >> 64) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFFFFFFFFFFFFFF
    return UUID(int=value)


def urn(kind: str, identifier: UUID | str | int) -> str:
    """Name a thing to the world outside, as `urn:yuzhou:<kind>:<identifier>`."""
    return f"urn:{URN_NAMESPACE}:{kind}:{identifier}"
