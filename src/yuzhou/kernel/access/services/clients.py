"""Machine clients (OAuth2 client credentials, RFC 6749 section 4.4), each with a role."""

from uuid import UUID

from oauth2_provider.models import AccessToken, Application

from yuzhou.kernel import acts, clock, ids
from yuzhou.kernel.access import selectors
from yuzhou.kernel.access.contracts import IssuedClient
from yuzhou.kernel.access.models import MachineClient
from yuzhou.kernel.access.services.holders import actor_user_id
from yuzhou.kernel.access.services.roles import grant_role, require_may_give
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.transactions import transaction_required

MANAGE = "kernel.client:manage"


@transaction_required
def create_client(
    *, actor: Actor, name: str, role: str, place_path: str | None = None, organisation: UUID | None = None
) -> IssuedClient:
    """Register a machine that signs in at `/o/token/` and acts with one role in a place or for an organisation.

    The actor must be able to grant that role there. The secret is in the answer and nowhere else.
    """
    if not name.strip():
        raise Invalid("kernel.name-required", field="name")
    home = require_may_give(actor, role, place_path=place_path, organisation=organisation)
    actor.require(MANAGE, place_path=home or None, organisation=organisation)
    application = Application(
        name=name.strip(),
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    secret = application.client_secret  # saving keeps only its hash
    application.save()
    client = MachineClient.objects.create(
        client_id=application.client_id,
        name=name.strip(),
        home_path=home,
        home_organisation=organisation,
        created_by_id=actor_user_id(actor),
    )
    grant_role(actor=actor, client=client.id, role=role, place_path=place_path, organisation=organisation)
    acts.record(actor=actor, act="kernel.client:create", subject=ids.urn("client", client.id), details={"name": client.name})
    return IssuedClient(selectors.client_of(client), secret)


@transaction_required
def revoke_client(*, actor: Actor, client: UUID) -> None:
    """End a machine client and its tokens at once. Raises NotFound, or Conflict if it was ended before."""
    found = MachineClient.objects.select_for_update().filter(id=client).first()
    if found is None or not actor.can(MANAGE, place_path=found.home_path or None, organisation=found.home_organisation):
        raise NotFound("kernel.not-found")
    if found.revoked_at is not None:
        raise Conflict("kernel.already-revoked")
    found.revoked_at = clock.now()
    found.save(update_fields=["revoked_at"])
    AccessToken.objects.filter(application__client_id=found.client_id).delete()
    Application.objects.filter(client_id=found.client_id).delete()
    acts.record(actor=actor, act="kernel.client:revoke", subject=ids.urn("client", found.id), details={"name": found.name})
