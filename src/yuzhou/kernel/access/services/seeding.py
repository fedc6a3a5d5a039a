"""Accounts of a demonstration: made with their role if they are not there yet."""

from uuid import UUID

from yuzhou.kernel.access.contracts import NoSuchAccount
from yuzhou.kernel.access.selectors import find_account
from yuzhou.kernel.access.services.accounts import create_user
from yuzhou.kernel.access.services.roles import grant_role
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import transaction_required


@transaction_required
def seed_account(
    *,
    actor: Actor,
    username: str,
    display_name: str,
    password: str,
    role: str,
    place_path: str | None = None,
    organisation: UUID | None = None,
) -> None:
    """Make an account with one role and a password that need not be changed; one that is there stays as it is."""
    try:
        find_account(actor=actor, username=username)
    except NoSuchAccount:
        made = create_user(
            actor=actor,
            username=username,
            display_name=display_name,
            password=password,
            place_path=place_path,
            organisation=organisation,
            must_change_password=False,
        )
        grant_role(actor=actor, user=made, role=role, place_path=place_path, organisation=organisation)
