"""Deliveries that name themselves by a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery that is durable: who sent it under which key, the digest of its content, and what was answered."""

    sender: str
    key: str
    digest: bytes
    answer: Mapping[str, Any]
