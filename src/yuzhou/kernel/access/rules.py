"""Who may give what to whom, how far a token reaches, and what secrets look like. Pure."""

import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from yuzhou.kernel.actor import Actor, ActorKind, Grant, lies_within

ADMINISTRATION = "kernel."
GRANT = "kernel.role:grant"
TOKEN_MARK = "yz"  # noqa: S105  a public prefix by which scanners recognise a leaked token
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no sign that is read as another


def normal_username(text: str) -> str:
    """The one spelling under which a username is stored and looked up."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def readable_secret(groups: int, size: int = 4) -> str:
    """A secret to be typed by hand, in groups joined by '-'; each sign carries 4.95 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(size)) for _ in range(groups))


def new_token() -> tuple[str, str]:
    """A token's public prefix and the whole secret `yz_<prefix>_<256 bits>`."""
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return prefix, f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(32)}"


def token_prefix(secret: str) -> str | None:
    """The prefix of a token of ours, None for any other text."""
    mark, _, rest = secret.partition("_")
    prefix, _, key = rest.partition("_")
    return prefix if mark == TOKEN_MARK and len(prefix) == 8 and key else None


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a role is held, or an account administered: in a place, or for an organisation, which sits at `home_path`."""

    place_path: str | None = None
    organisation: UUID | None = None
    home_path: str = ""

    @property
    def seat(self) -> str:
        """The place whose administrators look after it; empty where none does."""
        return self.place_path or self.home_path


def covers(actor: Actor, permission: str, reach: Reach) -> bool:
    """Whether the actor holds the permission at the place, for the organisation, or where the organisation sits."""
    if reach.organisation is not None:
        return actor.can(permission, organisation=reach.organisation, place_path=reach.home_path or None)
    return bool(reach.place_path) and actor.can(permission, place_path=reach.place_path)


def holds_administration(actor: Actor, permissions: Iterable[str], reach: Reach) -> bool:
    """Whether every administrative permission among these is the actor's own there."""
    administrative = (permission for permission in permissions if permission.startswith(ADMINISTRATION))
    return all(covers(actor, permission, reach) for permission in administrative)


def may_give(actor: Actor, permissions: Iterable[str], reach: Reach, *, is_admitted: bool) -> bool:
    """Whether the actor may give a role with these permissions there.

    It must hold `kernel.role:grant` there, and every administrative permission of the role. The permissions of a field (an
    environment officer's) need not be its own: who administers a place appoints its officers. Who administers only an
    organisation gives only roles to which the organisation was admitted (`is_admitted`).
    """
    if actor.kind is ActorKind.SYSTEM:
        return True
    if not covers(actor, GRANT, reach):
        return False
    by_place = bool(reach.seat) and actor.can(GRANT, place_path=reach.seat)
    return (by_place or is_admitted) and holds_administration(actor, permissions, reach)


def narrowed(
    grants: Iterable[Grant], permissions: frozenset[str], *, place_path: str | None, organisation: UUID | None
) -> tuple[Grant, ...]:
    """What a token carries of its owner's grants: its permissions, in its place or for its organisation if it names one."""
    kept = []
    for grant in grants:
        within = _within(grant, place_path, organisation)
        if within and (common := grant.permissions & permissions):
            kept.append(replace(within, permissions=common))
    return tuple(kept)


def _within(grant: Grant, place_path: str | None, organisation: UUID | None) -> Grant | None:
    """The grant cut down to the place or the organisation; None where they do not meet."""
    if organisation is not None:
        return grant if grant.organisation == organisation else None
    if place_path is None:
        return grant
    if grant.place_path is None:
        return None
    if lies_within(grant.place_path, place_path):
        return grant
    return replace(grant, place_path=place_path) if lies_within(place_path, grant.place_path) else None
