"""Keyed hashes of secrets at rest: a stolen table opens nothing, and cannot be tested against without the key."""

from django.utils.crypto import salted_hmac


def secret_hash(purpose: str, secret: str) -> str:
    """HMAC-SHA-256 of a secret under a key of its purpose, in hex."""
    return salted_hmac(f"yuzhou.{purpose}", secret, algorithm="sha256").hexdigest()
