"""The public page: what anyone may know."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yuzhou.domains.environment.contracts import DistrictStanding
from yuzhou.domains.environment.display import show_ratio
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.domains.environment.selectors.public import SILENT, PublicOverview, get_public_overview
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Empty, Tile, Tiles
from yuzhou.ui.tables import Column, Table


def show_public(request: HttpRequest) -> HttpResponse:
    """Counts by district and how many outlets keep their limits today."""
    overview = get_public_overview()
    context = {"overview": overview, "tiles": _tiles(overview), "table": _table(request, overview)}
    return render_page(request, "environment/public.html", context, title=_("Pollutant monitoring"))


def _tiles(overview: PublicOverview) -> Tiles:
    return Tiles(
        [
            Tile(_("Outlets monitored"), overview.outlets, icon="building-factory-2"),
            Tile(_("Reporting now"), overview.reporting, icon="broadcast"),
            Tile(_("Within limits today"), show_ratio(overview.compliance) or "—", tone="good", icon="circle-check"),
        ]
    )


def _table(request: HttpRequest, overview: PublicOverview) -> Table:
    def reporting(row: DistrictStanding) -> int:
        return row.outlets - sum(row.count(state) for state in SILENT)

    columns = [
        Column("district", _("District"), value=lambda row: str(row.place.title)),
        Column("outlets", _("Outlets"), kind="number"),
        Column("reporting", _("Reporting now"), kind="number", value=reporting),
        Column("exceeding", _("Above a limit now"), kind="number", value=lambda row: row.count(OutletState.EXCEEDING)),
    ]
    empty = Empty(_("No outlet is monitored yet"), _("The counts appear as soon as the first outlet is registered."))
    return Table(
        request, columns, overview.districts, caption=_("Districts"), search=False, page_size=50, csv_name="outlets", empty=empty
    )
