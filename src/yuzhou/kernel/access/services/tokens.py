"""API tokens: made by their owner, never wider than the owner, shown once."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from yuzhou.kernel import acts, clock, ids
from yuzhou.kernel.access import rules, selectors
from yuzhou.kernel.access.actors import actor_for
from yuzhou.kernel.access.contracts import Account, Escalation, IssuedToken
from yuzhou.kernel.access.models import ApiToken, User
from yuzhou.kernel.access.placing import require_place
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.keys.api import keyed_hash
from yuzhou.kernel.transactions import acting_as, transaction_required

LONGEST_DAYS = 366


@transaction_required
def create_token(
    *,
    actor: Actor,
    name: str,
    permissions: Iterable[str],
    days: int = 90,
    place_path: str | None = None,
    organisation: UUID | None = None,
    user: Account | UUID | None = None,
) -> IssuedToken:
    """Make a token of one's own that carries some of one's permissions, in one place or for one organisation if named.

    Only a signed-in person makes one (a token cannot make tokens); the system makes one for a `user`. The secret is in the
    answer and nowhere else. Raises Escalation for a permission that the owner does not hold there, Invalid.
    """
    owner = _owner(actor, user)
    if not name.strip():
        raise Invalid("kernel.name-required", field="name")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("kernel.token-lifetime", field="days", days=LONGEST_DAYS)
    wanted = _held(actor_for(owner), permissions, require_place(place_path) if place_path else None, organisation)
    prefix, secret = rules.new_token()
    token = ApiToken.objects.create(
        user=owner,
        name=name.strip(),
        prefix=prefix,
        secret_hash=keyed_hash("api-token", secret),
        permissions=wanted,
        place_path=place_path or "",
        organisation_id=organisation,
        home_path=owner.home_path,
        home_organisation=owner.home_organisation,
        expires_at=clock.now() + timedelta(days=days),
    )
    details = {"token": str(token.id), "prefix": prefix, "permissions": wanted, "days": days}
    acts.record(actor=actor, act="kernel.token:create", subject=ids.urn("user", owner.id), details=details)
    return IssuedToken(selectors.token_of(token), secret)


@transaction_required
def revoke_token(*, actor: Actor, token: UUID) -> None:
    """End a token at once: one's own, or one that the actor oversees. Raises NotFound, or Conflict if it was ended before."""
    found = ApiToken.objects.select_for_update().filter(id=token).first()
    if found is None or not (found.user_id == actor.id or _oversees(actor, found)):
        raise NotFound("kernel.not-found")
    if found.revoked_at is not None:
        raise Conflict("kernel.already-revoked")
    found.revoked_at = clock.now()
    found.save(update_fields=["revoked_at"])
    details = {"token": str(found.id), "prefix": found.prefix}
    acts.record(actor=actor, act="kernel.token:revoke", subject=ids.urn("user", found.user_id), details=details)


def _oversees(actor: Actor, token: ApiToken) -> bool:
    scope = actor.scope("kernel.token:manage")
    return scope.covers(place_path=token.home_path or None, organisation=token.home_organisation)


def _owner(actor: Actor, user: Account | UUID | None) -> User:
    if actor.kind is ActorKind.SYSTEM and user is not None:
        return User.objects.get(id=user if isinstance(user, UUID) else user.id)
    if actor.kind is not ActorKind.PERSON or actor.id is None or user is not None:
        raise Escalation("kernel.permission-denied", permission="kernel.token:create")
    return User.objects.get(pk=actor.id)


def _held(owner: Actor, permissions: Iterable[str], place_path: str | None, organisation: UUID | None) -> list[str]:
    """The wanted permissions in order, all of which the owner holds in the token's reach."""
    wanted = sorted(set(permissions))
    if not wanted:
        raise Invalid("kernel.token-empty", field="permissions")
    kept = rules.narrowed(owner.grants, frozenset(wanted), place_path=place_path, organisation=organisation)
    there = frozenset().union(*(grant.permissions for grant in kept))
    for permission in wanted:
        if permission not in there:
            raise Escalation("kernel.token-beyond-own", permission=permission)
    return wanted


def revoke_all_tokens(user: User) -> int:
    """End all tokens of a user, whoever oversees them; returns how many."""
    with acting_as(Actor.system("access")):
        return ApiToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=clock.now())
