"""Who am I, and the accounts and tokens that I may see, as JSON."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor

router = Router()


class GrantOut(Schema):
    """A role with its reach."""

    role: str
    permissions: list[str]
    place_path: str | None
    organisation: UUID | None


class WhoAmI(Schema):
    """The actor behind the request."""

    kind: str
    name: str
    id: UUID | None
    organisation: UUID | None
    grants: list[GrantOut]


class AccountOut(Schema):
    """A person's account."""

    id: UUID
    username: str
    display_name: str
    is_active: bool
    home_path: str
    home_organisation: UUID | None


class TokenOut(Schema):
    """An API token, without its secret."""

    id: UUID
    name: str
    prefix: str
    permissions: list[str]
    place_path: str | None
    organisation: UUID | None
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def _actor(request: HttpRequest) -> Actor:
    return request.actor


@router.get("/whoami", response=WhoAmI, summary="The actor behind the request")
def whoami(request: HttpRequest) -> Any:
    """The person, machine or public that the request acts for, with its roles."""
    actor = _actor(request)
    grants = [
        {"role": g.role, "permissions": sorted(g.permissions), "place_path": g.place_path, "organisation": g.organisation}
        for g in actor.grants
    ]
    return {"kind": actor.kind, "name": actor.name, "id": actor.id, "organisation": actor.organisation, "grants": grants}


@router.get("/accounts", response=list[AccountOut], summary="The accounts that one administers")
def list_accounts(request: HttpRequest, text: str = "") -> Any:
    """Accounts in one's places and organisations, by a part of the name."""
    actor = _actor(request)
    actor.require("kernel.account:see")
    return api.list_accounts(actor=actor, text=text)


@router.get("/tokens", response=list[TokenOut], summary="One's own API tokens")
def list_tokens(request: HttpRequest) -> Any:
    """The tokens of the person behind the request, ended ones too."""
    actor = _actor(request)
    return api.list_tokens(actor=actor, user=actor.id) if actor.id else []
