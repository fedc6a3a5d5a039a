"""The pages of the plan: every system with its state, and one system with its parts and tests. Public."""

from django.http import HttpRequest, HttpResponse

from yuzhou.domains.plan import rules, selectors
from yuzhou.kernel import registry
from yuzhou.kernel.declarations import NavItem
from yuzhou.ui.pages import render_page


def show_systems(request: HttpRequest) -> HttpResponse:
    """All systems under the sections of the plan."""
    views = selectors.list_systems()
    counts = rules.count_states(views)
    context = {"sections": rules.by_section(views), "counts": counts, "total": len(views)}
    return render_page(request, "plan/systems.html", context)


def show_system(request: HttpRequest, key: str) -> HttpResponse:
    """One system: its parts, the tests that prove them, the pages of the domains that make it work."""
    view = selectors.get_system(key)
    context = {"system": view, "pages": _pages_of(request, view.domains)}
    return render_page(request, "plan/system.html", context)


def _pages_of(request: HttpRequest, domains: tuple[str, ...]) -> list[NavItem]:
    """The menu entries of the named domains that the reader may open."""
    entries = (item for part, item in registry.every("navigation") if part.key in domains)
    return [item for item in entries if item.permission is None or request.actor.can(item.permission)]
