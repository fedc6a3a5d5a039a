"""Identities that devices may have, secrets made up for them, and keys under which they ask."""

import hashlib
import re
import secrets

IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}")
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no signs that are taken for one another
KEY_BEGINNING = "yzp-"


def is_identity(text: str) -> bool:
    """Whether a device may be called so: what stands in addresses and topics as it is, without spaces, slashes and wildcards."""
    return IDENTITY.fullmatch(text) is not None


def new_secret(length: int = 24) -> str:
    """A secret of five bits a sign nearly: 24 signs are 118 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_key() -> str:
    """A provisioning key, easily told from other secrets and easily typed."""
    groups = [new_secret(5) for _ in range(5)]
    return KEY_BEGINNING + "-".join(groups)


def digest(text: str) -> str:
    """What is kept of a key; nobody finds the key by it, for the key is made of 124 random bits."""
    return hashlib.sha256(text.strip().lower().encode()).hexdigest()
