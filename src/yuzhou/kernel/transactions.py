"""The one way to open a transaction: it also tells the database who acts, for row-level security."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import YuzhouError

P = ParamSpec("P")
R = TypeVar("R")

_current: ContextVar[Actor | None] = ContextVar("current_actor", default=None)

SET_SCOPE = (
    "SELECT set_config('app.user', %s, true), set_config('app.places', %s, true), set_config('app.organisations', %s, true)"
)


def _set_scope(actor: Actor | None) -> None:
    """Tell the database the widest reach of the actor; selectors narrow it by permission."""
    if actor is None:
        user, places, organisations = "", "", ""
    elif actor.kind is ActorKind.SYSTEM:
        user, places, organisations = "system", "*", "*"
    else:
        user = str(actor.id or "")
        places = ",".join(sorted({g.place_path for g in actor.grants if g.place_path is not None}))
        organisations = ",".join(sorted({str(g.organisation) for g in actor.grants if g.organisation is not None}))
    with connection.cursor() as cursor:
        cursor.execute(SET_SCOPE, [user, places, organisations])


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Open a transaction in which the database shows and takes only what the actor may reach.

    Nests: the scope of the outer actor returns when the inner block ends.
    """
    outer, nested = _current.get(), connection.in_atomic_block
    with transaction.atomic():
        _set_scope(actor)
        token = _current.set(actor)
        try:
            yield
        finally:
            _current.reset(token)
        if nested and not connection.needs_rollback:  # after an error, the savepoint brings the outer scope back
            _set_scope(outer)


def current_actor() -> Actor | None:
    """The actor of the innermost `acting_as`, if any."""
    return _current.get()


def transaction_required(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse to run outside a transaction, so that a write, its event and its audit entry stand or fall together."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise YuzhouError("kernel.no-transaction")
        return function(*args, **kwargs)

    return guarded
