"""Invitations: one-time links to an account with roles."""

from collections.abc import Iterable
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

from yuzhou.kernel import acts, clock, ids
from yuzhou.kernel.access import selectors
from yuzhou.kernel.access.actors import actor_for
from yuzhou.kernel.access.contracts import Account, InvitationInfo, IssuedInvitation
from yuzhou.kernel.access.letters import send_letter
from yuzhou.kernel.access.models import Invitation
from yuzhou.kernel.access.services.accounts import create_user, free_email
from yuzhou.kernel.access.services.holders import actor_user_id
from yuzhou.kernel.access.services.roles import grant_role, require_may_give
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.keys.api import keyed_hash
from yuzhou.kernel.transactions import acting_as, transaction_required

INVITE = "kernel.invitation:send"
DAYS = 7
PATH = "/join/invitation/{secret}/"
SYSTEM = Actor.system("access")


@transaction_required
def invite(
    *,
    actor: Actor,
    roles: Iterable[str],
    name: str = "",
    email: str = "",
    place_path: str | None = None,
    organisation: UUID | None = None,
    language: str = "zh-hans",
) -> IssuedInvitation:
    """Invite someone to make an account with these roles in a place or for an organisation; the link works once, for a week.

    The actor must be able to grant each role there, now and when the link is used. Goes by e-mail if an address is given;
    the link is also in the answer, and nowhere else.
    """
    if not (name.strip() or email.strip()):
        raise Invalid("kernel.contact-required", field="email")
    wanted = sorted(set(roles))
    homes = {require_may_give(actor, role, place_path=place_path, organisation=organisation) for role in wanted}
    if not homes:
        raise Invalid("kernel.no-such-role", field="role", role="")
    home = homes.pop()
    actor.require(INVITE, place_path=home or None, organisation=organisation)
    secret = token_urlsafe(32)
    invitation = Invitation.objects.create(
        secret_hash=keyed_hash("invitation", secret),
        name=name.strip(),
        email=free_email(email),
        roles=wanted,
        place_path=place_path or "",
        organisation_id=organisation,
        home_path=home,
        invited_by_id=actor_user_id(actor),
        expires_at=clock.now() + timedelta(days=DAYS),
    )
    _record(actor, "kernel.invitation:send", invitation)
    path = PATH.format(secret=secret)
    if invitation.email:
        send_letter("invitation", invitation.email, language, path=path, days=DAYS, name=invitation.name)
    return IssuedInvitation(selectors.invitation_of(invitation), path)


def find_invitation(*, secret: str) -> InvitationInfo:
    """The open invitation of a link. Raises NotFound for one that never was, Conflict for one that is closed."""
    with acting_as(SYSTEM):
        return selectors.invitation_of(_open_invitation(secret))


@transaction_required
def revoke_invitation(*, actor: Actor, invitation: UUID) -> None:
    """Withdraw an invitation that was not used yet."""
    found = Invitation.objects.select_for_update().filter(id=invitation).first()
    if found is None or not actor.can(INVITE, place_path=found.home_path or None, organisation=found.organisation_id):
        raise NotFound("kernel.not-found")
    if found.revoked_at is not None or found.accepted_at is not None:
        raise Conflict("kernel.already-revoked")
    found.revoked_at = clock.now()
    found.save(update_fields=["revoked_at"])
    _record(actor, "kernel.invitation:revoke", found)


@transaction_required
def accept_invitation(
    *, secret: str, username: str, password: str, display_name: str = "", phone: str = "", language: str = "zh-hans"
) -> Account:
    """Make the account that an invitation promises, with its roles; closes the invitation.

    Raises Conflict for a closed invitation, Escalation if who sent it could not grant its roles any more.
    """
    with acting_as(SYSTEM):
        invitation = _open_invitation(secret)
        account = create_user(
            actor=SYSTEM,
            username=username,
            password=password,
            display_name=display_name or invitation.name,
            email=invitation.email,
            phone=phone,
            language=language,
            place_path=invitation.place_path or None,
            organisation=invitation.organisation_id,
            must_change_password=False,
        )
        _grant_promised(invitation, account)
        invitation.accepted_at, invitation.accepted_by_id = clock.now(), account.id
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        _record(actor_for(account), "kernel.invitation:accept", invitation)
    return account


def _grant_promised(invitation: Invitation, account: Account) -> None:
    """Grant the roles in the name of who sent the invitation, so that it is worth what its sender may do now."""
    sender = actor_for(invitation.invited_by) if invitation.invited_by else SYSTEM
    place, organisation = invitation.place_path or None, invitation.organisation_id
    for role in invitation.roles:
        grant_role(actor=sender, user=account, role=role, place_path=place, organisation=organisation)


def _open_invitation(secret: str) -> Invitation:
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("invited_by")
        .filter(secret_hash=keyed_hash("invitation", secret))
        .first()
    )
    if found is None:
        raise NotFound("kernel.not-found")
    if not selectors.invitation_of(found).is_open(clock.now()):
        raise Conflict("kernel.invitation-closed")
    return found


def _record(actor: Actor, act: str, invitation: Invitation) -> None:
    details = {"roles": invitation.roles, "place": invitation.place_path, "organisation": str(invitation.organisation_id or "")}
    acts.record(actor=actor, act=act, subject=ids.urn("invitation", invitation.id), details=details)
