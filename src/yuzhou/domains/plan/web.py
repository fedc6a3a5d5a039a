"""The pages of the plan: every system with its state, and one system with its parts and tests. Public."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.domains.plan import rules, selectors
from yuzhou.domains.plan.rules import SectionView, SystemState, SystemView
from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Face
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Card, Crumb, Tab, Tabs, Tile, Tiles
from yuzhou.ui.states import state_of

LOOKS = {
    SystemState.WORKS: ("good", "circle-check"),
    SystemState.PARTLY: ("busy", "progress"),
    SystemState.PLANNED: ("", "clock"),
}


def show_systems(request: HttpRequest) -> HttpResponse:
    """All systems under the sections of the plan."""
    views = selectors.list_systems()
    sections = rules.by_section(views)
    context = {"sections": sections, "tiles": _tiles(views), "contents": _contents(sections)}
    return render_page(request, "plan/systems.html", context, title=_("Systems of the plan"))


def show_system(request: HttpRequest, key: str) -> HttpResponse:
    """One system: its parts, the tests that prove them, the pages of the domains that make it work."""
    view = selectors.get_system(key)
    context = {"system": view, "cards": _cards(request, view.domains)}
    crumbs = [Crumb(_("Systems of the plan"), reverse("plan:systems")), Crumb(view.key)]
    return render_page(request, "plan/system.html", context, title=f"{view.key} {view.title}", crumbs=crumbs)


def _tiles(views: list[SystemView]) -> Tiles:
    counts = rules.count_states(views)
    shown = [
        Tile(state_of("system", state).label, count, tone=LOOKS[state][0], icon=LOOKS[state][1])
        for state, count in counts.items()
    ]
    return Tiles([Tile(_("All systems"), len(views), icon="layout-grid"), *shown])


def _contents(sections: tuple[SectionView, ...]) -> Tabs:
    tabs = [Tab(section.title or section.key, f"#section-{section.key}", count=len(section.systems)) for section in sections]
    return Tabs(tabs, label=_("Sections of the plan"))


def _cards(request: HttpRequest, domains: tuple[str, ...]) -> list[Card]:
    """The menu entries of the named domains that the reader may open."""
    entries = [(part, item) for part, item in registry.every("navigation") if part.key in domains]
    faces = {Face.PORTAL: _("Public portal"), Face.DESK: _("Desk")}
    return [
        Card(item.title, faces[item.face], reverse(item.url_name), item.icon)
        for _part, item in entries
        if item.permission is None or request.actor.can(item.permission)
    ]
