"""Scoped reads of accounts, roles, tokens, clients, invitations and applications."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from yuzhou.kernel import clock, registry
from yuzhou.kernel.access.contracts import (
    Account,
    Application,
    ClientInfo,
    HeldRole,
    InvitationInfo,
    NoSuchAccount,
    Recipient,
    TokenInfo,
)
from yuzhou.kernel.access.models import ApiToken, Invitation, JoinApplication, MachineClient, RoleGrant, User
from yuzhou.kernel.actor import Actor, Scope
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.transactions import acting_as

SEE_PEOPLE = "kernel.account:see"


def list_accounts(
    *, actor: Actor, text: str = "", organisation: UUID | None = None, include_inactive: bool = True
) -> list[Account]:
    """The accounts that the actor administers: made in its places or organisations, or holding a role there."""
    found = _visible_users(actor.scope(SEE_PEOPLE))
    if text:
        found = found.filter(Q(username__icontains=text) | Q(display_name__icontains=text) | Q(email__icontains=text))
    if organisation is not None:
        found = found.filter(Q(home_organisation=organisation) | Q(id__in=_holders(Q(organisation_id=organisation))))
    if not include_inactive:
        found = found.filter(is_active=True)
    return [account_of(user) for user in found.order_by("username")]


def get_account(*, actor: Actor, user: UUID) -> Account:
    """One account: the actor's own, or one that it may see. Raises NoSuchAccount."""
    found = (
        User.objects.filter(id=user).first()
        if user == actor.id
        else _visible_users(actor.scope(SEE_PEOPLE)).filter(id=user).first()
    )
    if found is None:
        raise NoSuchAccount("kernel.no-such-account")
    return account_of(found)


def user_names(*, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Display names of accounts, as far as row security shows them."""
    rows = User.objects.filter(id__in=list(ids)).values_list("id", "display_name", "username")
    return {found: name or username for found, name, username in rows}


def find_account(*, actor: Actor, username: str) -> Account:
    """One account by its username. Raises NoSuchAccount."""
    found = User.objects.filter(username=username.strip().casefold()).first()
    if found is None:
        raise NoSuchAccount("kernel.no-such-account")
    return get_account(actor=actor, user=found.id)


def list_roles_held(
    *, actor: Actor, user: UUID | None = None, client: UUID | None = None, live_only: bool = False
) -> list[HeldRole]:
    """The roles of a person or machine, newest first: all of one's own, and those of others as far as the actor administers."""
    grants = RoleGrant.objects.filter(user=user) if user else RoleGrant.objects.filter(client=client)
    if user is None or user != actor.id:
        grants = scoped(grants, actor.scope(SEE_PEOPLE), place="home_path", organisation="organisation_id")
    if live_only:
        grants = grants.filter(live())
    return [held_role_of(grant) for grant in grants.select_related("granted_by").order_by("-granted_at")]


def get_role_held(*, actor: Actor, grant: UUID) -> HeldRole:
    """One grant that the actor administers. Raises NotFound."""
    grants = scoped(RoleGrant.objects.all(), actor.scope(SEE_PEOPLE), place="home_path", organisation="organisation_id")
    found = grants.select_related("granted_by").filter(id=grant).first()
    if found is None:
        raise NotFound("kernel.not-found")
    return held_role_of(found)


def users_with(permission: str, *, place_path: str | None = None, organisation: UUID | None = None) -> list[Recipient]:
    """Active people who hold a permission at a place (or above it), or for an organisation: whom to tell.

    Reads as the system, since who must be told of an act is not bounded by what the one who acts may see.
    """
    reach = Q(pk__in=[])
    if place_path is not None:
        labels = place_path.split(".")
        reach |= Q(place_path__in=[".".join(labels[: n + 1]) for n in range(len(labels))])
    if organisation is not None:
        reach |= Q(organisation_id=organisation)
    roles = [key for key, role in registry.roles().items() if permission in role.permissions]
    with acting_as(Actor.system("access")):
        holders = _holders(reach & live() & Q(role__in=roles))
        users = list(User.objects.filter(is_active=True, id__in=holders).order_by("username"))
    return [Recipient(user.id, str(user), user.email, user.phone, user.language) for user in users]


def roles_of_organisation(organisation: UUID) -> frozenset[str]:
    """The roles to which an organisation was admitted: those that any of its people hold now."""
    return frozenset(RoleGrant.objects.filter(live(), organisation_id=organisation).values_list("role", flat=True))


def list_tokens(*, actor: Actor, user: UUID | None = None) -> list[TokenInfo]:
    """API tokens: one's own when `user` is oneself, else those that the actor may oversee."""
    tokens = ApiToken.objects.select_related("user").order_by("-created_at")
    if user is not None:
        tokens = tokens.filter(user=user)
    if user is None or user != actor.id:
        tokens = scoped(tokens, actor.scope("kernel.token:manage"), place="home_path", organisation="home_organisation")
    return [token_of(token) for token in tokens]


def list_clients(*, actor: Actor) -> list[ClientInfo]:
    """The machine clients that the actor administers."""
    scope = actor.scope("kernel.client:manage")
    clients = scoped(MachineClient.objects.order_by("name"), scope, place="home_path", organisation="home_organisation")
    return [client_of(client) for client in clients]


def list_invitations(*, actor: Actor) -> list[InvitationInfo]:
    """The invitations into the actor's places and organisations."""
    scope = actor.scope("kernel.invitation:send")
    found = scoped(Invitation.objects.select_related("invited_by"), scope, place="home_path", organisation="organisation_id")
    return [invitation_of(invitation) for invitation in found.order_by("-created_at")]


def list_applications(*, actor: Actor, state: str | None = None) -> list[Application]:
    """The applications to join that the actor reviews, the oldest first."""
    found = scoped(JoinApplication.objects.all(), actor.scope("kernel.application:review"), place="place_path")
    if state:
        found = found.filter(state=state)
    found = found.select_related("decided_by", "invitation").order_by("applied_at")
    return [application_of(application) for application in found]


def get_application(*, actor: Actor, application: UUID) -> Application:
    """One application that the actor reviews. Raises NotFound."""
    found = scoped(JoinApplication.objects.all(), actor.scope("kernel.application:review"), place="place_path")
    one = found.select_related("decided_by", "invitation").filter(id=application).first()
    if one is None:
        raise NotFound("kernel.not-found")
    return application_of(one)


def live() -> Q:
    """The condition of a grant that holds now."""
    moment = clock.now()
    ends = Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
    return Q(revoked_at__isnull=True, valid_from__lte=moment) & ends


def _holders(condition: Q) -> QuerySet:
    return RoleGrant.objects.filter(condition, user__isnull=False).values("user_id")


def _visible_users(scope: Scope) -> QuerySet[User]:
    """Accounts made in the scope, or holding a role in it."""
    if scope.everywhere:
        return User.objects.all()
    home, held = Q(pk__in=[]), Q(pk__in=[])
    for path in scope.place_paths:
        home |= within_place("home_path", path)
        held |= within_place("home_path", path)
    if scope.organisations:
        home |= Q(home_organisation__in=scope.organisations)
        held |= Q(organisation_id__in=scope.organisations)
    return User.objects.filter(home | Q(id__in=_holders(held)))


def account_of(user: User) -> Account:
    """The contract of a user."""
    return Account(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        phone=user.phone,
        email=user.email,
        language=user.language,
        is_active=user.is_active,
        must_change_password=user.must_change_password,
        home_path=user.home_path,
        home_organisation=user.home_organisation,
        last_sign_in=user.last_login,
        created_at=user.created_at,
    )


def held_role_of(grant: RoleGrant) -> HeldRole:
    """The contract of a grant."""
    declared = registry.roles().get(grant.role)
    return HeldRole(
        id=grant.id,
        role=grant.role,
        title=declared.title if declared else grant.role,
        user_id=grant.user_id,
        client_id=grant.client_id,
        place_path=grant.place_path or None,
        organisation=grant.organisation_id,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        granted_at=grant.granted_at,
        granted_by=str(grant.granted_by or ""),
        revoked_at=grant.revoked_at,
        is_declared=declared is not None,
    )


def token_of(token: ApiToken) -> TokenInfo:
    """The contract of a token."""
    return TokenInfo(
        id=token.id,
        user_id=token.user_id,
        owner=str(token.user),
        name=token.name,
        prefix=token.prefix,
        permissions=tuple(token.permissions),
        place_path=token.place_path or None,
        organisation=token.organisation_id,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )


def client_of(client: MachineClient) -> ClientInfo:
    """The contract of a machine client."""
    return ClientInfo(
        id=client.id,
        client_id=client.client_id,
        name=client.name,
        home_path=client.home_path,
        home_organisation=client.home_organisation,
        created_at=client.created_at,
        revoked_at=client.revoked_at,
    )


def invitation_of(invitation: Invitation) -> InvitationInfo:
    """The contract of an invitation."""
    return InvitationInfo(
        id=invitation.id,
        name=invitation.name,
        email=invitation.email,
        roles=tuple(invitation.roles),
        place_path=invitation.place_path or None,
        organisation=invitation.organisation_id,
        invited_by=str(invitation.invited_by or ""),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        accepted_at=invitation.accepted_at,
        revoked_at=invitation.revoked_at,
    )


def application_of(application: JoinApplication) -> Application:
    """The contract of an application to join."""
    invitation = application.invitation
    return Application(
        id=application.id,
        reference=application.reference,
        organisation_name=application.organisation_name,
        uscc=application.uscc,
        place_path=application.place_path,
        contact_name=application.contact_name,
        contact_phone=application.contact_phone,
        contact_email=application.contact_email,
        role=application.role,
        note=application.note,
        state=application.state,
        applied_at=application.applied_at,
        decided_at=application.decided_at,
        decided_by=str(application.decided_by or ""),
        reason=application.reason,
        organisation=application.organisation_id,
        is_account_made=invitation is not None and invitation.accepted_at is not None,
    )
