"""Granting and revoking roles, without ever giving more than one has."""

from datetime import datetime
from uuid import UUID

from yuzhou.kernel import acts, clock, ids, registry
from yuzhou.kernel.access import rules, selectors
from yuzhou.kernel.access.contracts import Account, ClientInfo, Escalation, HeldRole, NoSuchAccount
from yuzhou.kernel.access.models import MachineClient, RoleGrant, User
from yuzhou.kernel.access.placing import home_of_organisation, require_place
from yuzhou.kernel.access.services.holders import actor_user_id
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.declarations import Role
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.transactions import acting_as, transaction_required


@transaction_required
def grant_role(
    *,
    actor: Actor,
    role: str,
    user: Account | UUID | None = None,
    client: ClientInfo | UUID | None = None,
    place_path: str | None = None,
    organisation: UUID | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> HeldRole:
    """Give a person or a machine client a role in a place (an officer's) or for an organisation (a firm member's).

    Raises Escalation where that reaches beyond what the actor holds, or to the actor itself; Conflict if it is held already.
    """
    home_path = require_may_give(actor, role, place_path=place_path, organisation=organisation)
    holder = _holder(actor, user, client)
    held = RoleGrant.objects.filter(**holder, role=role, place_path=place_path or "", organisation_id=organisation)
    if held.filter(selectors.live()).exists():
        raise Conflict("kernel.already-granted")
    grant = RoleGrant.objects.create(
        **holder,
        role=role,
        place_path=place_path or "",
        organisation_id=organisation,
        home_path=home_path,
        valid_from=valid_from or clock.now(),
        valid_to=valid_to,
        granted_by_id=actor_user_id(actor),
    )
    _record(actor, "kernel.role:grant", grant)
    return selectors.held_role_of(grant)


@transaction_required
def revoke_role(*, actor: Actor, grant: HeldRole | UUID) -> None:
    """Take a role back. Whoever could give it can take it; raises NotFound, Escalation, or Conflict if it was taken before."""
    grant_id = grant if isinstance(grant, UUID) else grant.id
    found = RoleGrant.objects.select_for_update(of=("self",)).filter(id=grant_id).first()
    if found is None:
        raise NotFound("kernel.not-found")
    if found.revoked_at is not None:
        raise Conflict("kernel.already-revoked")
    declared = registry.roles().get(found.role)
    reach = rules.Reach(found.place_path or None, found.organisation_id, found.home_path)
    if not rules.may_give(actor, declared.permissions if declared else (), reach, is_admitted=True):
        raise Escalation("kernel.grant-beyond-own", role=_title(found.role))
    found.revoked_at, found.revoked_by_id = clock.now(), actor_user_id(actor)
    found.save(update_fields=["revoked_at", "revoked_by"])
    _record(actor, "kernel.role:revoke", found)


def require_may_give(actor: Actor, role: str, *, place_path: str | None, organisation: UUID | None) -> str:
    """Check that the actor may give the role there; returns the place where the grant is administered."""
    declared = _declared(role)
    home_path = _require_reach(declared, place_path, organisation)
    admitted = organisation is not None and role in selectors.roles_of_organisation(organisation)
    reach = rules.Reach(place_path, organisation, home_path)
    if not rules.may_give(actor, declared.permissions, reach, is_admitted=admitted):
        raise Escalation("kernel.grant-beyond-own", role=str(declared.title))
    return home_path


def list_grantable_roles(*, actor: Actor, place_path: str | None = None, organisation: UUID | None = None) -> list[Role]:
    """The declared roles that the actor may give at a place or for an organisation."""
    reach = rules.Reach(place_path, organisation, home_of_organisation(organisation) if organisation else "")
    admitted = selectors.roles_of_organisation(organisation) if organisation else frozenset()
    return [
        role
        for role in registry.roles().values()
        if (role.holder == "organisation") == (organisation is not None)
        and rules.may_give(actor, role.permissions, reach, is_admitted=role.key in admitted)
    ]


def _declared(role: str) -> Role:
    declared = registry.roles().get(role)
    if declared is None:
        raise Invalid("kernel.no-such-role", field="role", role=role)
    return declared


def _require_reach(role: Role, place_path: str | None, organisation: UUID | None) -> str:
    """Check that the role is held where it is meant to be; returns the place where the grant is administered."""
    if role.holder == "place":
        if not place_path or organisation is not None:
            raise Invalid("kernel.role-needs-place", field="place")
        return require_place(place_path)
    if organisation is None or place_path:
        raise Invalid("kernel.role-needs-organisation", field="organisation")
    return home_of_organisation(organisation)


def _holder(actor: Actor, user: Account | UUID | None, client: ClientInfo | UUID | None) -> dict[str, UUID]:
    """The column and id of the holder, whom the actor administers and is not."""
    if user is not None:
        user_id = user if isinstance(user, UUID) else user.id
        if user_id == actor.id:
            raise Escalation("kernel.grant-to-oneself")
        with acting_as(Actor.system("access")):
            if not User.objects.filter(id=user_id, is_active=True).exists():
                raise NoSuchAccount("kernel.no-such-account")
        return {"user_id": user_id}
    client_id = client.id if isinstance(client, ClientInfo) else client
    found = MachineClient.objects.filter(id=client_id, revoked_at__isnull=True).first() if client_id else None
    manages = found and rules.covers(
        actor, "kernel.client:manage", rules.Reach(found.home_path, found.home_organisation, found.home_path)
    )
    if found is None or not (manages or actor.kind is ActorKind.SYSTEM):
        raise NotFound("kernel.not-found")
    return {"client_id": found.id}


def _title(role: str) -> str:
    declared = registry.roles().get(role)
    return str(declared.title) if declared else role


def _record(actor: Actor, act: str, grant: RoleGrant) -> None:
    kind, holder = ("user", grant.user_id) if grant.user_id else ("client", grant.client_id)
    details = {"role": grant.role, "place": grant.place_path or None, "organisation": str(grant.organisation_id or "") or None}
    acts.record(actor=actor, act=act, subject=ids.urn(kind, str(holder)), details={**details, "grant": str(grant.id)})
