"""Second factors' secrets (TOTP keys, seeds of recovery codes) are encrypted at rest, and follow the key ring."""

from base64 import b64decode, b64encode

from allauth.mfa.models import Authenticator

from yuzhou.kernel.keys.api import current_version_prefix, decrypt, encrypt

PURPOSE = "mfa-secret"
MEMBERS = ("secret", "seed")


def seal(text: str) -> str:
    """The secret as it is stored."""
    return b64encode(encrypt(PURPOSE, text.encode())).decode()


def unseal(text: str) -> str:
    """The secret in the clear."""
    return decrypt(PURPOSE, b64decode(text)).decode()


def outstanding() -> int:
    """How many authenticators are closed with an older key."""
    return sum(1 for authenticator in Authenticator.objects.iterator() if _old_members(authenticator))


def reencrypt() -> int:
    """Close them with the current key; returns how many."""
    done = 0
    for authenticator in Authenticator.objects.iterator():
        members = _old_members(authenticator)
        if members:
            authenticator.data |= {member: seal(unseal(authenticator.data[member])) for member in members}
            authenticator.save(update_fields=["data"])
            done += 1
    return done


def _old_members(authenticator: Authenticator) -> list[str]:
    """The members of its data that hold a secret under an older key."""
    current = current_version_prefix()
    sealed = [member for member in MEMBERS if authenticator.data.get(member)]
    return [member for member in sealed if not b64decode(authenticator.data[member]).startswith(current)]
