"""NATS's own keys and tokens: Ed25519 keys written in base 32, and JSON Web Tokens signed with them.

The bus asks whoever holds the *issuer* key whether a client may come in (its "authorization callout") and takes only answers
that the key signed. Form of keys: github.com/nats-io/nkeys; of tokens: github.com/nats-io/jwt, version 2.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SEED, ACCOUNT = 18 << 3, 0
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


def _crc16(data: bytes) -> int:
    """CRC-16/XMODEM."""
    register = 0
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
            register &= 0xFFFF
    return register


def _encode(data: bytes) -> str:
    return base64.b32encode(data + _crc16(data).to_bytes(2, "little")).decode().rstrip("=")


def _segment(content: Any) -> str:
    return _unpadded(json.dumps(content, separators=(",", ":")).encode())


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class AccountKey:
    """A key pair of kind "account" (public part A…, seed SA…), which may issue users."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = _encode(bytes([ACCOUNT]) + raw)

    @classmethod
    def new(cls) -> "AccountKey":
        """A key that nobody had before."""
        return cls(Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    @classmethod
    def derived(cls, secret: str, purpose: str) -> "AccountKey":
        """The key that follows from a secret: whoever shares the secret has the same one."""
        return cls(hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256))

    @classmethod
    def from_seed(cls, text: str) -> "AccountKey":
        """Read a seed (SA…); raises ValueError for anything else."""
        data = base64.b32decode(text.strip() + "=" * (-len(text.strip()) % 8))
        head, crc = data[:-2], int.from_bytes(data[-2:], "little")
        if len(head) != 34 or head[0] & 0xF8 != SEED or head[0] & 7 or head[1] != ACCOUNT or _crc16(head) != crc:
            raise ValueError("this is no seed of an account key (SA…)")
        return cls(head[2:])

    @property
    def seed(self) -> str:
        """The seed as text: secret."""
        return _encode(bytes([SEED, ACCOUNT]) + self._seed)

    def sign(self, claims: Mapping[str, Any], *, at: float | None = None) -> str:
        """A token with these claims, of this issuer."""
        body = {**claims, "iat": int(time.time() if at is None else at), "iss": self.public}
        digest = hashlib.sha256(json.dumps(body).encode()).digest()
        body["jti"] = base64.b32encode(digest).decode().rstrip("=")
        text = f"{_segment(_HEADER)}.{_segment(body)}"
        return f"{text}.{_unpadded(self._key.sign(text.encode()))}"


def claims_of(token: str | bytes) -> dict[str, Any]:
    """What a token claims; its signature is not checked. Raises ValueError for what is no token."""
    parts = (token.decode() if isinstance(token, bytes) else token).split(".")
    if len(parts) != 3:
        raise ValueError("this is no token")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("this is no token")
    return claims
