"""Who opens a stream: the person of a ticket, or of the session cookie."""

import asyncio
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.core.signing import BadSignature
from django.db import close_old_connections, connection
from django.http import HttpRequest

from yuzhou.kernel.access.api import actor_for
from yuzhou.kernel.actor import Actor
from yuzhou.project.streams.tickets import read_ticket

T = TypeVar("T")


class Unknown(Exception):
    """The ticket is forged or too old."""


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Run database work in a thread, and give its connection back."""

    def guarded() -> T:
        close_old_connections()
        try:
            return work(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(guarded)


async def user_of(scope: dict[str, Any]) -> UUID | None:
    """The person who asks; None for anyone. Raises Unknown."""
    ticket = parse_qs(scope["query_string"].decode()).get("ticket")
    if ticket:
        try:
            return read_ticket(ticket[0])
        except (BadSignature, ValueError) as error:
            raise Unknown from error
    key = _session_key(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    return await in_thread(_user_of_session, key) if key else None


async def actor_of(user_id: UUID | None) -> Actor:
    """The actor that a person is now; the public when the account was closed."""
    return await in_thread(_actor, user_id) if user_id else Actor.public()


def _session_key(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


def _user_of_session(key: str) -> UUID | None:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user.pk if user.is_authenticated else None


def _actor(user_id: UUID) -> Actor:
    user = get_user_model().objects.filter(pk=user_id).first()
    return actor_for(user) if user else Actor.public()
