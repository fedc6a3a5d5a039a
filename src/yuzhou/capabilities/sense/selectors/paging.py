"""One page of a list of records."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from yuzhou.capabilities.sense.contracts import Page

R = TypeVar("R", bound=Model)
C = TypeVar("C")


def page_of(ordered: QuerySet[R, Any], read: Callable[[R], C], *, offset: int, limit: int) -> Page[C]:
    """The rows from `offset` on, as people see them, and how many there are in all."""
    return Page([read(record) for record in ordered[offset : offset + limit]], ordered.order_by().count())
