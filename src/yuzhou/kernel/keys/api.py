"""The door to keys."""

from yuzhou.kernel.keys.cipher import current_version_prefix, decrypt, encrypt, key_version, keyed_hash
from yuzhou.kernel.keys.rotation import KeyState, Reencrypter, reencrypt, register_reencrypter, rotate, status

__all__ = [
    "KeyState",
    "Reencrypter",
    "current_version_prefix",
    "decrypt",
    "encrypt",
    "key_version",
    "keyed_hash",
    "reencrypt",
    "register_reencrypter",
    "rotate",
    "status",
]
