"""The map and the districts."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.domains.environment.contracts import DistrictStanding, OutletStanding
from yuzhou.domains.environment.display import STATES
from yuzhou.domains.environment.permissions import READ, REGISTER
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.domains.environment.selectors.standing import (
    count_states,
    district_standing,
    list_district_standings,
    list_standings,
)
from yuzhou.domains.environment.web.tables import outlet_table
from yuzhou.kernel.places.api import get_place, list_ancestors
from yuzhou.ui.maps import Layer, MapPoint, MapView, points_response
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Crumb, Empty, Tile, Tiles
from yuzhou.ui.states import state_of
from yuzhou.ui.tables import Column, Table

COUNTED = (
    OutletState.NORMAL,
    OutletState.EXCEEDING,
    OutletState.FLAGGED,
    OutletState.SILENT,
    OutletState.OFFLINE,
    OutletState.NO_DATA,
)


def show_overview(request: HttpRequest) -> HttpResponse:
    """The city's map with its outlets, and the districts with their counts."""
    request.actor.require(READ)
    standings = list_standings(actor=request.actor)
    context = {
        "map": outlet_map(reverse("environment:outlets-geojson")),
        "tiles": state_tiles(standings),
        "districts": _district_table(request, _own_districts(request, list_district_standings(standings))),
        "can_register": request.actor.can(REGISTER),
    }
    return render_page(request, "environment/overview.html", context, title=_("Pollutant monitoring"))


def show_district(request: HttpRequest, path: str) -> HttpResponse:
    """A district (or a township): its map, its counts, its outlets."""
    request.actor.require(READ)
    place = get_place(path=path)
    standings = list_standings(actor=request.actor, below=path)
    above = [Crumb(one.name, reverse("environment:district", args=[one.path])) for one in list_ancestors(path)[1:]]
    context = {
        "map": outlet_map(f"{reverse('environment:outlets-geojson')}?below={path}"),
        "tiles": state_tiles(standings),
        "standing": district_standing(place, standings),
        "outlets": outlet_table(request, standings),
        "place": place,
        "report_url": reverse("environment:district-report-latest", args=[path]),
    }
    crumbs = [home_crumb(), *above, Crumb(place.title)]
    return render_page(request, "environment/district.html", context, title=place.title, crumbs=crumbs)


def outlets_geojson(request: HttpRequest) -> HttpResponse:
    """The outlets that the actor may see, as points with their state."""
    request.actor.require(READ)
    return points_response(map_points(list_standings(actor=request.actor, below=request.GET.get("below") or None)), STATES)


def map_points(standings: list[OutletStanding]) -> list[MapPoint]:
    """The points of a map, those in trouble last, so that they lie on top."""
    order = list(OutletState)
    ranked = sorted(standings, key=lambda s: (s.state is OutletState.EXCEEDING, order.index(s.state)))
    return [
        MapPoint(
            longitude=standing.outlet.lon,
            latitude=standing.outlet.lat,
            name=standing.outlet.name,
            state=standing.state,
            detail=_detail(standing),
            url=reverse("environment:outlet", args=[standing.id]),
        )
        for standing in ranked
    ]


def _detail(standing: OutletStanding) -> str:
    words = [str(standing.outlet.operator or "")]
    if standing.open_alarms:
        words.append(_("{count} open alarms").format(count=standing.open_alarms))
    if standing.outlet.simulated:
        words.append(_("simulated"))
    return " · ".join(word for word in words if word)


def outlet_map(url: str) -> MapView:
    """A map with a layer of outlets."""
    return MapView(
        title=_("Outlets by state"),
        layers=[Layer(url, _("Outlets"), states=STATES)],
        districts=reverse("places:districts"),
        live="environment",
    )


def state_tiles(standings: list[OutletStanding], base: str = "") -> Tiles:
    """The figures above a list: how many outlets, and how many in each state that there is."""
    url = base or reverse("environment:outlets")
    counts = count_states(standings)
    tiles = [Tile(_("Outlets"), len(standings), icon="building-factory-2", url=url)]
    for state in COUNTED:
        if counts[state] or state in (OutletState.NORMAL, OutletState.EXCEEDING, OutletState.SILENT):
            look = state_of(STATES, state)
            tone = look.tone.value if counts[state] else ""
            tiles.append(Tile(look.label, counts[state], tone=tone, icon=look.icon, url=f"{url}?state={state.value}"))
    return Tiles(tiles)


def _own_districts(request: HttpRequest, districts: list[DistrictStanding]) -> list[DistrictStanding]:
    """The districts that lie within the actor's places, and those where it sees an outlet."""
    scope = request.actor.scope(READ)
    return [d for d in districts if d.outlets or scope.covers(place_path=d.place.path)]


def _district_table(request: HttpRequest, districts: list[DistrictStanding]) -> Table:
    columns = [
        Column(
            "place.name",
            _("District"),
            value=lambda row: str(row.place.title),
            url=lambda row: reverse("environment:district", args=[row.place.path]),
        ),
        Column("outlets", _("Outlets"), kind="number", value=lambda row: row.outlets or None),
        *(Column(state.value, state_of(STATES, state).label, kind="number", value=partial(_count, state)) for state in COUNTED),
        Column("open_alarms", _("Open alarms"), kind="number", value=lambda row: row.open_alarms or None),
    ]
    return Table(
        request,
        columns,
        districts,
        name="districts",
        caption=_("Districts"),
        order="-outlets",
        csv_name="districts",
        empty=Empty(_("No districts")),
    )


def _count(state: OutletState, row: DistrictStanding) -> int | None:
    """A district's outlets in a state; a dash where there are none, so that the others stand out."""
    return row.count(state) or None


def home_crumb() -> Crumb:
    """The first step of every way to a page of the environment."""
    return Crumb(_("Pollutant monitoring"), reverse("environment:overview"))


def register_action() -> Action:
    """The button that begins a registration."""
    return Action(_("Register an outlet"), reverse("environment:outlet-begin"), icon="plus", primary=True)
