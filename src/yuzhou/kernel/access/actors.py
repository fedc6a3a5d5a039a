"""Computes who acts: one query per request, through the database's narrow functions (see the migration of row security)."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from yuzhou.kernel import registry
from yuzhou.kernel.access import rules
from yuzhou.kernel.access.contracts import Account, InvalidCredential
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.keys.api import keyed_hash

OF_USER = "SELECT role, place_path, organisation_id FROM access_grants_of(%s)"
OF_HOLDER = """
SELECT t.user_id, t.name, t.permissions, t.place_path, t.organisation_id, g.role, g.place_path, g.organisation_id
FROM access_token_holder(%s, %s) AS t LEFT JOIN LATERAL access_grants_of(t.user_id) AS g ON true
"""
OF_MACHINE = """
SELECT m.id, m.name, g.role, g.place_path, g.organisation_id
FROM oauth2_provider_accesstoken AS a JOIN oauth2_provider_application AS p ON p.id = a.application_id
CROSS JOIN LATERAL access_machine(p.client_id) AS m LEFT JOIN LATERAL access_grants_of(m.id) AS g ON true
WHERE a.token_checksum = %s AND a.expires > statement_timestamp()
"""


def actor_for_request(request: HttpRequest) -> Actor:
    """The actor behind a request: of its bearer token if it shows one, else the signed-in person, else the public.

    Raises InvalidCredential for a bearer token that is not good, rather than to go on as somebody else.
    """
    known: Actor | None = getattr(request, "_actor", None)
    if known is None:
        known = _find(request)
        request._actor = known  # type: ignore[attr-defined]  # kept for the request's other readers
    return known


def has_bearer(request: HttpRequest) -> bool:
    """Whether the request shows a bearer token: then it is no browser's, and cannot be forged across sites."""
    return _bearer(request) is not None


def actor_for(user: User | Account) -> Actor:
    """The actor that a person is now, with the roles that they hold now."""
    if not user.is_active:
        return Actor.public()
    return _actor(ActorKind.PERSON, user.id, str(user), _grants(_rows(OF_USER, [user.id])))


def actor_now(*, kind: ActorKind, holder: UUID, name: str) -> Actor:
    """Who a person or an OAuth2 client is by the roles that they hold now; without grants where they are gone or hold none."""
    return _actor(kind, holder, name, _grants(_rows(OF_USER, [holder])))


def actor_for_token(secret: str) -> Actor:
    """The actor that a bearer token stands for: an API token's or an OAuth2 client's. Raises InvalidCredential."""
    prefix = rules.token_prefix(secret)
    actor = _by_token(prefix, secret) if prefix else _by_machine(secret)
    if actor is None:
        raise InvalidCredential("kernel.invalid-credential")
    return actor


def _find(request: HttpRequest) -> Actor:
    secret = _bearer(request)
    if secret is not None:
        return actor_for_token(secret)
    user = getattr(request, "user", None)
    return actor_for(user) if user is not None and user.is_authenticated else Actor.public()


def _bearer(request: HttpRequest) -> str | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _by_token(prefix: str, secret: str) -> Actor | None:
    rows = _rows(OF_HOLDER, [prefix, keyed_hash("api-token", secret)])
    if not rows:
        return None
    user, name, permissions, place, organisation = rows[0][:5]
    grants = _grants(row[5:] for row in rows)
    kept = rules.narrowed(grants, frozenset(permissions), place_path=place or None, organisation=organisation)
    return _actor(ActorKind.MACHINE, user, name, kept)


def _by_machine(secret: str) -> Actor | None:
    rows = _rows(OF_MACHINE, [hashlib.sha256(secret.encode()).hexdigest()])
    if not rows:
        return None
    return _actor(ActorKind.MACHINE, rows[0][0], rows[0][1], _grants(row[2:] for row in rows))


def _actor(kind: ActorKind, holder: UUID, name: str, grants: tuple[Grant, ...]) -> Actor:
    """The actor; it speaks for an organisation if all its organisation's roles are of one."""
    organisations = {grant.organisation for grant in grants if grant.organisation is not None}
    only = organisations.pop() if len(organisations) == 1 else None
    return Actor(kind=kind, id=holder, name=name, organisation=only, grants=grants)


def _grants(rows: Iterable[Sequence[Any]]) -> tuple[Grant, ...]:
    """Grants from rows of role, place and organisation; a role that is not declared gives nothing."""
    roles = registry.roles()
    return tuple(
        Grant(role, frozenset(roles[role].permissions), place_path=place or None, organisation=organisation)
        for role, place, organisation in rows
        if role in roles
    )


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
