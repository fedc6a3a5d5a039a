"""How a view answers with a page."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuzhou.ui.parts import Confirm, Crumb
from yuzhou.ui.tables import Table


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    title: Any = "",
    crumbs: Sequence[Crumb] = (),
    status: int = 200,
) -> HttpResponse:
    """The page of a template that extends `ui/desk.html` or `ui/portal.html`.

    A table in the context that the address asks for as CSV (`?format=csv`) is answered as CSV instead.
    """
    values = dict(context or {})
    for value in values.values():
        if isinstance(value, Table) and value.wants_csv:
            return cast(HttpResponse, value.csv_response())
    values.setdefault("page_title", title)
    values.setdefault("crumbs", crumbs)
    return render(request, template, values, status=status)


def confirm_page(
    request: HttpRequest, confirm: Confirm, *, layout: str = "ui/desk.html", crumbs: Sequence[Crumb] = ()
) -> HttpResponse:
    """Ask before an act: answer GET with this, and act on POST at the same address."""
    return render_page(request, "ui/confirm.html", {"confirm": confirm, "layout": layout}, title=confirm.title, crumbs=crumbs)
