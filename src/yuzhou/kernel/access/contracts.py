"""What the door to accounts hands out, and how it refuses."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from yuzhou.kernel.errors import NotFound, PermissionDenied, YuzhouError, declare_message, gettext_noop
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account."""

    id: UUID
    username: str
    display_name: str
    phone: str
    email: str
    language: str
    is_active: bool
    must_change_password: bool
    home_path: str
    home_organisation: UUID | None
    last_sign_in: datetime | None
    created_at: datetime

    def __str__(self) -> str:
        return self.display_name or self.username


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that someone holds, or held."""

    id: UUID
    role: str
    title: Text | str
    user_id: UUID | None
    client_id: UUID | None
    place_path: str | None
    organisation: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    granted_at: datetime
    granted_by: str
    revoked_at: datetime | None
    is_declared: bool

    def is_live(self, moment: datetime) -> bool:
        """Whether it gives anything at that moment."""
        within = self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)
        return self.is_declared and self.revoked_at is None and within


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone to be told: an active person who holds a permission there."""

    user_id: UUID
    name: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An API token, without its secret."""

    id: UUID
    user_id: UUID
    owner: str
    name: str
    prefix: str
    permissions: tuple[str, ...]
    place_path: str | None
    organisation: UUID | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token at the one moment when its secret is known; send `secret` as `Authorization: Bearer …`."""

    token: TokenInfo
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """A machine client, without its secret."""

    id: UUID
    client_id: str
    name: str
    home_path: str
    home_organisation: UUID | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A machine client at the one moment when its secret is known."""

    client: ClientInfo
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InvitationInfo:
    """An invitation, without its secret."""

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    place_path: str | None
    organisation: UUID | None
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    def is_open(self, moment: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and moment < self.expires_at


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """An invitation at the one moment when its link is known; `path` is below the site's public address."""

    invitation: InvitationInfo
    path: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """A firm's application to join (入驻申请)."""

    id: UUID
    reference: str
    organisation_name: str
    uscc: str
    place_path: str
    contact_name: str
    contact_phone: str
    contact_email: str
    role: str
    note: str
    state: str
    applied_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    organisation: UUID | None
    is_account_made: bool


class InvalidCredential(YuzhouError):
    """A bearer token that is unknown, expired, revoked or malformed."""

    status = 401


class NoSuchAccount(NotFound):
    """No account of that name that the actor may see."""


class Escalation(PermissionDenied):
    """The act would give more than the actor has."""


declare_message("kernel.invalid-credential", gettext_noop("The token is unknown, expired or revoked."))
declare_message("kernel.no-such-account", gettext_noop("There is no such account that you may see."))
declare_message("kernel.username-taken", gettext_noop("The username {username} is taken."))
declare_message("kernel.username-invalid", gettext_noop("A username has 2 to 150 letters, digits or @ . + - _"))
declare_message("kernel.email-taken", gettext_noop("Another account uses this e-mail address."))
declare_message("kernel.email-invalid", gettext_noop("This is no e-mail address."))
declare_message("kernel.no-such-role", gettext_noop("No role {role} is declared."))
declare_message("kernel.role-needs-place", gettext_noop("This role is held in a place: choose one."))
declare_message("kernel.role-needs-organisation", gettext_noop("This role is held for an organisation: choose one."))
declare_message("kernel.no-such-place", gettext_noop("There is no such place."))
declare_message("kernel.grant-beyond-own", gettext_noop("You cannot grant the role {role}: it reaches beyond what you hold."))
declare_message("kernel.grant-to-oneself", gettext_noop("Nobody grants a role to themselves: ask another administrator."))
declare_message("kernel.already-granted", gettext_noop("The person holds this role there already."))
declare_message("kernel.already-revoked", gettext_noop("It was revoked before."))
declare_message("kernel.account-beyond-own", gettext_noop("This account holds roles beyond your reach, so you cannot change it."))
declare_message("kernel.not-oneself", gettext_noop("You cannot do this to your own account."))
declare_message("kernel.token-beyond-own", gettext_noop("A token cannot carry a permission that you do not hold: {permission}."))
declare_message("kernel.token-lifetime", gettext_noop("A token lives between 1 and {days} days."))
declare_message("kernel.token-empty", gettext_noop("Choose at least one permission for the token."))
declare_message("kernel.name-required", gettext_noop("Give it a name."))
declare_message("kernel.invitation-closed", gettext_noop("This invitation is used, withdrawn or expired: ask for a new one."))
declare_message("kernel.contact-required", gettext_noop("Give a name or an e-mail address."))
declare_message("kernel.application-decided", gettext_noop("This application was decided before."))
declare_message(
    "kernel.application-pending", gettext_noop("Your application for this organisation is waiting for review already.")
)
declare_message("kernel.reason-required", gettext_noop("Give the reason."))
declare_message("kernel.password-weak", gettext_noop("Choose another password: {reasons}"))
declare_message("kernel.role-not-open", gettext_noop("One cannot apply for this role."))
