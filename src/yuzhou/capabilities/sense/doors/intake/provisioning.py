"""Devices that ask to be let in, over whatever wire: what they say, and what they are told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ProvisionState

WORDS = ("identity", "key", "profile", "claim")
LONGEST_WORD = 512


@dataclass(frozen=True, slots=True)
class Asking:
    """What a device says: who it wants to be, under which key; a word of its own by which it is known again; what it is."""

    identity: str
    key: str
    profile: str = ""
    claim: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def bound(self, protocol: str, peer: str) -> Callable[[], ProvisionState]:
        """The question to sense, to be asked in a thread."""
        return lambda: api.request_provisioning(
            protocol=protocol,
            identity=self.identity,
            profile=self.profile,
            provision_key=self.key,
            details=self.details,
            peer=peer,
            claim=self.claim,
        )


def read_asking(said: Any, *, identity: str = "") -> Asking | None:
    """`{"identity", "key", "profile", "claim", "details"}`; None where it is not well said.

    `identity` is that which the wire tells already: it may be left out then, and must not differ.
    """
    if not isinstance(said, dict) or not said.keys() <= {*WORDS, "details"}:
        return None
    words = {name: said.get(name, "") for name in WORDS}
    details = said.get("details", {})
    if not all(_is_word(text) for text in words.values()) or not isinstance(details, dict):
        return None
    if identity and words["identity"] not in ("", identity):
        return None
    words["identity"] = words["identity"] or identity
    return Asking(**words, details=details) if words["identity"] else None


def _is_word(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_WORD and "\0" not in text
