"""Who stands behind an actor, and whose account it may change."""

from uuid import UUID

from yuzhou.kernel import registry
from yuzhou.kernel.access import rules
from yuzhou.kernel.access.contracts import Account, Escalation, NoSuchAccount
from yuzhou.kernel.access.models import RoleGrant, User
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.transactions import acting_as

MANAGE_PEOPLE = "kernel.account:manage"


def actor_user_id(actor: Actor) -> UUID | None:
    """The user who acts, by hand or by an API token; None for the system, the public and machine clients."""
    if actor.kind is ActorKind.PERSON:
        return actor.id
    return User.objects.filter(id=actor.id).values_list("id", flat=True).first() if actor.id else None


def require_administers(actor: Actor, user: Account | UUID) -> User:
    """The user's record, locked, if the actor administers the account and it holds nothing beyond the actor's reach.

    Whoever could set another's password could act as them: so every role of the account, current or to come, must lie
    where the actor manages people, and its administrative permissions must be the actor's own there.
    Raises NoSuchAccount or Escalation.
    """
    user_id = user if isinstance(user, UUID) else user.id
    with acting_as(Actor.system("access")):
        found = User.objects.select_for_update().filter(id=user_id).first()
        grants = list(RoleGrant.objects.filter(user=user_id, revoked_at__isnull=True)) if found else []
    if found is None or not _sees(actor, found, grants):
        raise NoSuchAccount("kernel.no-such-account")
    if actor.kind is not ActorKind.SYSTEM and not all(_reaches(actor, grant) for grant in grants):
        raise Escalation("kernel.account-beyond-own")
    return found


def _sees(actor: Actor, user: User, grants: list[RoleGrant]) -> bool:
    """Whether the account was made, or holds a role, where the actor manages people."""
    homes = [(user.home_path, user.home_organisation), *((g.home_path, g.organisation_id) for g in grants)]
    scope = actor.scope(MANAGE_PEOPLE)
    return scope.everywhere or any(scope.covers(place_path=path or None, organisation=org) for path, org in homes)


def _reaches(actor: Actor, grant: RoleGrant) -> bool:
    """Whether the actor manages people where the grant is held, with all the administration that it gives."""
    role = registry.roles().get(grant.role)
    needed = (MANAGE_PEOPLE, *(role.permissions if role else ()))
    reach = rules.Reach(grant.place_path or None, grant.organisation_id, grant.home_path)
    return rules.holds_administration(actor, needed, reach)
