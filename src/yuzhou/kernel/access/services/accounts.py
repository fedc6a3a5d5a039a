"""Making, closing and recovering accounts."""

import re
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.urls import reverse

from yuzhou.kernel import acts, ids
from yuzhou.kernel.access import rules, selectors
from yuzhou.kernel.access.contracts import Account, Escalation
from yuzhou.kernel.access.models import User
from yuzhou.kernel.access.placing import home_of_organisation, require_place
from yuzhou.kernel.access.services.holders import MANAGE_PEOPLE, require_administers
from yuzhou.kernel.access.services.roles import grant_role
from yuzhou.kernel.access.services.tokens import revoke_all_tokens
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.errors import Conflict, Invalid
from yuzhou.kernel.transactions import acting_as, transaction_required

USERNAME = re.compile(r"[\w.@+-]{2,150}")
FIRST_ADMINISTRATOR = "admin"
ONLY_ONE_FIRST = 0x59555A48  # the advisory lock under which the first administrator is made
ONE_TIME_GROUPS = 4  # 16 signs: 79 bits


@transaction_required
def create_user(
    *,
    actor: Actor,
    username: str,
    display_name: str = "",
    password: str | None = None,
    email: str = "",
    phone: str = "",
    language: str = "zh-hans",
    place_path: str | None = None,
    organisation: UUID | None = None,
    must_change_password: bool = True,
) -> Account:
    """Make an account, administered at a place (the city where none is named) or by an organisation.

    Without a password nobody can sign in to it until one is set by `reset_password`. It holds no role yet.
    """
    home = home_of_organisation(organisation) if organisation else require_place(place_path or CITY_PATH)
    actor.require(MANAGE_PEOPLE, place_path=home or None, organisation=organisation)
    user = User(
        username=free_username(username),
        display_name=display_name.strip(),
        phone=phone.strip(),
        email=free_email(email),
        language=language,
        home_path=home,
        home_organisation=organisation,
        must_change_password=must_change_password,
    )
    if password is None:
        user.set_unusable_password()
    else:
        set_checked_password(user, password)
    user.save(force_insert=True)
    _record(actor, "kernel.account:create", user, username=user.username)
    return selectors.account_of(user)


def create_first_administrator(*, username: str = FIRST_ADMINISTRATOR) -> str | None:
    """Make the city's first administrator if there is no account at all; returns the one-time password, else None.

    Idempotent, also when two processes start at once. The password must be changed at the first sign-in.
    """
    system = Actor.system("set-up")
    with acting_as(system):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONLY_ONE_FIRST])
        if User.objects.exists():
            return None
        password = rules.readable_secret(ONE_TIME_GROUPS)
        account = create_user(actor=system, username=username, password=password, place_path=CITY_PATH)
        grant_role(actor=system, user=account, role="city-administrator", place_path=CITY_PATH)
    return password


@transaction_required
def change_profile(*, actor: Actor, user: Account | UUID, display_name: str, phone: str, email: str, language: str) -> Account:
    """Change a person's name, contact and language: one's own, or of an account that one administers."""
    user_id = user if isinstance(user, UUID) else user.id
    found = User.objects.select_for_update().get(id=user_id) if user_id == actor.id else require_administers(actor, user_id)
    found.email = free_email(email, keeper=found.id)
    found.display_name, found.phone, found.language = display_name.strip(), phone.strip(), language
    found.save(update_fields=["email", "display_name", "phone", "language"])
    _record(actor, "kernel.account:change", found)
    return selectors.account_of(found)


@transaction_required
def deactivate_user(*, actor: Actor, user: Account | UUID) -> None:
    """Close an account: sign-in, sessions and tokens end at once; what it did stays on record."""
    found = _another(actor, user)
    found.is_active = False
    found.save(update_fields=["is_active"])
    revoke_all_tokens(found)
    _record(actor, "kernel.account:deactivate", found)


@transaction_required
def activate_user(*, actor: Actor, user: Account | UUID) -> None:
    """Open a closed account again; its tokens stay revoked."""
    found = _another(actor, user)
    found.is_active = True
    found.save(update_fields=["is_active"])
    _record(actor, "kernel.account:activate", found)


@transaction_required
def reset_password(*, actor: Actor, user: Account | UUID) -> str:
    """Set a one-time password, to be handed over and changed at the next sign-in; ends all sessions of the account."""
    found = _another(actor, user)
    password = rules.readable_secret(ONE_TIME_GROUPS)
    found.set_password(password)
    found.must_change_password = True
    found.save(update_fields=["password", "must_change_password"])
    _record(actor, "kernel.account:reset-password", found)
    return password


@transaction_required
def issue_reset_link(*, actor: Actor, user: Account | UUID) -> str:
    """A path below the public address where the person chooses a new password; it works once, within a day."""
    found = _another(actor, user)
    _record(actor, "kernel.account:issue-reset-link", found)
    key = default_token_generator.make_token(found)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(found), "key": key})


def set_checked_password(user: User, password: str) -> None:
    """Set the password if the validators take it; raises Invalid with their reasons."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise Invalid("kernel.password-weak", field="password", reasons=" ".join(refused.messages)) from refused
    user.set_password(password)


def free_username(text: str) -> str:
    """The stored spelling of a username that is well-formed and not taken."""
    username = rules.normal_username(text)
    if not USERNAME.fullmatch(username):
        raise Invalid("kernel.username-invalid", field="username")
    if User.objects.filter(username=username).exists():
        raise Conflict("kernel.username-taken", username=username)
    return username


def free_email(text: str, *, keeper: UUID | None = None) -> str:
    """The address, if it is one and no other account's; empty text stays empty."""
    email = text.strip()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError as refused:
        raise Invalid("kernel.email-invalid", field="email") from refused
    if any(holder != keeper for holder in User.objects.filter(email__iexact=email).values_list("id", flat=True)):
        raise Conflict("kernel.email-taken")
    return email


def _another(actor: Actor, user: Account | UUID) -> User:
    """The account of somebody else, which the actor administers."""
    if (user if isinstance(user, UUID) else user.id) == actor.id:
        raise Escalation("kernel.not-oneself")
    return require_administers(actor, user)


def _record(actor: Actor, act: str, user: User, **details: str) -> None:
    acts.record(actor=actor, act=act, subject=ids.urn("user", user.id), details=details)
