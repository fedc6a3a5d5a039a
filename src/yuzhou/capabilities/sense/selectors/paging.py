"""One page of a list of records."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

from yuzhou.capabilities.sense.contracts import Page

R = TypeVar("R", bound=Model)
C = TypeVar("C")
Position = tuple[Any, Any]  # the value that the order goes by, and the key


FEW = 1000  # so many keys are put in order whole: told of a limit, PostgreSQL walks the whole index in search of the few


def page_of(ordered: QuerySet[R, Any], read: Callable[[R], C], *, offset: int, limit: int) -> Page[C]:
    """The rows from `offset` on, as people see them, and how many there are in all."""
    return Page([read(record) for record in ordered[offset : offset + limit]], ordered.order_by().count())


def slice_of(found: QuerySet[R, Any], column: str, *, offset: int, limit: int, total: int) -> list[R]:
    """The rows from `offset` on of a long list in the order of a column (`-column`: descending) and the key.

    Only keys are put in order, and from the end where that is nearer: the way to a page deep inside costs the half, and what
    is sorted is narrow.
    """
    backwards = offset > total // 2
    start, stop = (max(0, total - offset - limit), max(0, total - offset)) if backwards else (offset, offset + limit)
    ordered = found.order_by(*order_of(column, reverse=backwards)).values_list("pk", flat=True)
    keys = list(ordered)[start:stop] if total <= FEW else list(ordered[start:stop])
    rows = {row.pk: row for row in found.filter(pk__in=keys)}
    return [rows[key] for key in (reversed(keys) if backwards else keys) if key in rows]


def order_of(column: str, *, reverse: bool = False) -> tuple[str, str]:
    """A column and the key, both in the same direction, so that an index on both serves either."""
    name, descending = column.removeprefix("-"), column.startswith("-") is not reverse
    return (f"-{name}", "-pk") if descending else (name, "pk")


def following(found: QuerySet[R, Any], column: str, after: Position | None) -> QuerySet[R, Any]:
    """In the order of `order_of`, the rows behind the one with that value and key; all where there is none.

    PostgreSQL puts what has no value last, and first where the order is descending.
    """
    ordered = found.order_by(*order_of(column))
    if after is None:
        return ordered
    (value, key), name, step = after, column.removeprefix("-"), "lt" if column.startswith("-") else "gt"
    behind = Q(**{f"pk__{step}": key})
    if value is None:
        same = Q(**{f"{name}__isnull": True}) & behind
        return ordered.filter(same | Q(**{f"{name}__isnull": False}) if step == "lt" else same)
    later = Q(**{f"{name}__{step}e": value}) & (Q(**{f"{name}__{step}": value}) | behind)
    return ordered.filter(later | Q(**{f"{name}__isnull": True}) if step == "gt" else later)


def walk(found: QuerySet[R, Any], column: str, after: Position | None, limit: int) -> tuple[list[R], Position | None]:
    """The next rows of a walk through a list of any length, and where it goes on; None at the end."""
    rows = list(following(found, column, after).annotate(walked=F(column.removeprefix("-")))[:limit])
    return rows, (rows[-1].walked, rows[-1].pk) if len(rows) == limit else None
