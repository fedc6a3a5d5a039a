"""Narrowing reads to what a scope covers. A read without a scope finds nothing."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from yuzhou.kernel.actor import Scope

M = TypeVar("M", bound=Model)


def within_place(field: str, path: str) -> Q:
    """Rows whose place-path column is the path or below it."""
    return Q(**{field: path}) | Q(**{f"{field}__startswith": path + "."})


def scoped(queryset: QuerySet[M], scope: Scope, *, place: str | None = None, organisation: str | None = None) -> QuerySet[M]:
    """Keep the rows that the scope covers, by their place-path column and their organisation column."""
    if scope.everywhere:
        return queryset
    condition = Q(pk__in=[])
    if place is not None:
        for path in scope.place_paths:
            condition |= within_place(place, path)
    if organisation is not None and scope.organisations:
        condition |= Q(**{f"{organisation}__in": scope.organisations})
    return queryset.filter(condition)
