"""Field encryption: AES-256-GCM under a key made for each purpose, and keyed hashes to search by.

A ciphertext is: format (1 byte), key version (4 bytes), nonce (12 bytes), AES-GCM output. Purpose, version and what it is
bound to are authenticated, so that it can be neither moved to another record nor read for another purpose.
"""

import hmac
import os
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuzhou.kernel.errors import YuzhouError, declare_message, gettext_noop
from yuzhou.kernel.keys import ring

FORMAT = 1
HEADER = struct.Struct(">BI")
NONCE = 12

MISSING = declare_message("kernel.key-missing", gettext_noop("The key ring lacks version {version} of the key."))
ALTERED = declare_message(
    "kernel.cannot-decrypt", gettext_noop("The data cannot be decrypted: it was altered, or closed with another key ring.")
)


@lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    """The key of a purpose (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=ring.KEY_BYTES, salt=None, info=b"yuzhou/" + purpose.encode()).derive(secret)


def _bound(header: bytes, purpose: str, bound_to: str) -> bytes:
    return header + purpose.encode() + b"\0" + bound_to.encode()


def encrypt(purpose: str, data: bytes, *, bound_to: str = "") -> bytes:
    """Close data with the current key; `bound_to` (say, the record's id) must be told again to open it."""
    key = ring.load().current
    header, nonce = HEADER.pack(FORMAT, key.version), os.urandom(NONCE)
    return header + nonce + AESGCM(_derive(key.secret, purpose)).encrypt(nonce, data, _bound(header, purpose, bound_to))


def decrypt(purpose: str, ciphertext: bytes, *, bound_to: str = "") -> bytes:
    """Open what `encrypt` closed. Raises YuzhouError("kernel.key-missing") or ("kernel.cannot-decrypt")."""
    header, rest = ciphertext[: HEADER.size], ciphertext[HEADER.size :]
    version = key_version(ciphertext)
    key = ring.load().encryption.get(version)
    if key is None:
        raise YuzhouError(MISSING, version=version)
    try:
        return AESGCM(_derive(key.secret, purpose)).decrypt(rest[:NONCE], rest[NONCE:], _bound(header, purpose, bound_to))
    except InvalidTag:
        raise YuzhouError(ALTERED) from None


def key_version(ciphertext: bytes) -> int:
    """The version of the key that closed it. Raises YuzhouError("kernel.cannot-decrypt") for anything else."""
    if len(ciphertext) < HEADER.size + NONCE + 16 or ciphertext[0] != FORMAT:
        raise YuzhouError(ALTERED)
    version: int = HEADER.unpack_from(ciphertext)[1]
    return version


def current_version_prefix() -> bytes:
    """How every ciphertext of the current key begins, to find those of older ones."""
    return HEADER.pack(FORMAT, ring.load().current.version)


def keyed_hash(purpose: str, text: str) -> str:
    """HMAC-SHA-256 of a text under the hashing key, 64 hex digits: equal texts give equal hashes, and only here."""
    key = _derive(ring.load().hashing.secret, "hash/" + purpose)
    return hmac.digest(key, text.encode(), "sha256").hex()
