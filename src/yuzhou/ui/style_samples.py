"""Made-up data for the style page."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.kernel import clock
from yuzhou.kernel.requests import Request
from yuzhou.kernel.text import Text
from yuzhou.ui import states
from yuzhou.ui.charts import TimeChart
from yuzhou.ui.maps import Layer, MapView
from yuzhou.ui.parts import Action, Card, Empty, Fact, Facts, Note, Progress, Tab, Tabs, Tile, Tiles
from yuzhou.ui.tables import Column, Filter, Table
from yuzhou.ui.timeline import Entry, Timeline

KINDS = ("outlet", "alarm", "severity", "device", "system", "job", "account", "boolean")
DISTRICTS = (Text("样例一区", "Sample district 1"), Text("样例二区", "Sample district 2"), Text("样例县", "Sample county"))


def rows(count: int = 63) -> list[dict[str, Any]]:
    """Rows of a register."""
    outlet_states = list(states.states_of("outlet"))
    now = clock.now()
    return [
        {
            "id": number,
            "name": str(Text(f"样例水务{number}厂排口", f"Sample waterworks {number}, outlet")),
            "district": str(DISTRICTS[number % 3]),
            "state": outlet_states[number * 7 % len(outlet_states)],
            "value": None if number % 9 == 0 else round(40 + number * 13.7 % 80, 1),
            "at": now - timedelta(minutes=number * 17),
        }
        for number in range(1, count + 1)
    ]


def register(request: Request) -> Table:
    """A table with everything."""
    columns = [
        Column("name", _("Outlet"), kind="link", url=lambda row: f"#outlet-{row['id']}"),
        Column("district", _("District"), kind="place"),
        Column("state", _("State"), kind="state", states="outlet"),
        Column("value", "COD", kind="number", unit="mg/L", decimals=1),
        Column("at", _("Reported"), kind="time"),
    ]
    filters = [Filter("district", _("District")), Filter("state", _("State"), states="outlet")]
    return Table(
        request,
        columns,
        rows(),
        filters=filters,
        caption=_("Outlets"),
        order="-at",
        page_size=25,
        csv_name="outlets",
        name="outlets",
    )


def empty_register(request: Request) -> Table:
    """A table with nothing in it."""
    empty = Empty(
        _("No outlet is registered yet"),
        _("Register the first one with its logger; its data appear here within minutes."),
        Action(_("Register an outlet"), "#", "plus", primary=True),
        "droplet",
    )
    return Table(request, [Column("name", _("Outlet"))], [], name="none", empty=empty)


def timeline() -> Timeline:
    """The life of an alarm."""
    at = clock.now() - timedelta(hours=3)
    officer, firm = Text("样例区环境监察员", "Environment officer"), Text("样例水务一厂", "Sample waterworks")

    def later(minutes: int) -> datetime:
        return at + timedelta(minutes=minutes)

    return Timeline(
        [
            Entry(later(95), _("Closed"), _("The dosing pump was repaired; values are normal."), officer, "circle-check", "good"),
            Entry(later(31), _("Answered"), _("The dosing pump has failed; a spare is being fitted."), firm, "message", "notice"),
            Entry(later(6), _("Acknowledged"), "", officer, "eye", "busy"),
            Entry(at, _("Raised"), _("Hourly mean 131 mg/L, limit 100 mg/L"), "", "bell", "critical"),
        ]
    )


def components(request: Request) -> dict[str, Any]:
    """Every component with its data."""
    chart, csv = reverse("ui-style-chart"), reverse("ui-style-chart-csv")
    return {
        "kinds": [(kind, states.states_of(kind)) for kind in KINDS],
        "tiles": Tiles(
            [
                Tile(_("Outlets"), 20, icon="droplet"),
                Tile(_("In alarm"), 3, tone="critical", icon="bell", trend=_("2 more than yesterday")),
                Tile(_("Valid data"), 98.6, "%", tone="good", icon="circle-check"),
                Tile(_("No data"), 2, tone="warning", icon="plug-connected-x"),
            ]
        ),
        "facts": Facts(
            [
                Fact(_("Outlet"), Text("样例水务一厂 1 号排口", "Sample waterworks, outlet 1")),
                Fact(_("District"), DISTRICTS[0], url="#"),
                Fact("MN", "88888880000001", code=True),
                Fact(_("State"), "normal", states="outlet"),
                Fact(_("Limit"), 100, unit="mg/L"),
                Fact(_("Permit until"), None),
            ]
        ),
        "tabs": Tabs([Tab(_("Overview"), "#", True), Tab(_("Alarms"), "#", count=3), Tab(_("Frames"), "#")], _("Outlet")),
        "register": register(request),
        "empty_register": empty_register(request),
        "timeline": timeline(),
        "charts": [
            TimeChart(chart, _("Chemical oxygen demand and flow, 48 hours"), csv),
            TimeChart(f"{chart}?kind=empty", _("A chart without data"), height="small"),
            TimeChart(f"{chart}?kind=error", _("A chart that cannot load"), height="small"),
        ],
        "map": MapView(
            _("Outlets"), [Layer(reverse("ui-style-points"), _("Outlets"), states="outlet")], reverse("ui-style-districts")
        ),
        "progress": [
            Progress(_("Loading the history"), 640, 1000, _("640 of 1,000 days")),
            Progress(_("Making the report"), 0, None, _("This takes about a minute.")),
        ],
        "notes": [
            Note(_("For your information"), _("The data of today are provisional until midnight."), "notice"),
            Note(_("Saved"), "", "good"),
            Note(
                _("Two outlets send no data"),
                _("They have been silent for more than two hours."),
                "warning",
                [Action(_("Show"), "#")],
            ),
            Note(_("The gateway is down"), _("Loggers keep their data and send it again."), "critical"),
        ],
        "cards": [
            Card(_("Outlets"), _("Where waste water and waste gas leave a site"), "#", "droplet"),
            Card(_("Daily report"), _("Valid data, exceedances, totals"), "#", "report"),
        ],
    }


def areas() -> dict[str, Any]:
    """Three made-up areas beside each other."""
    features = []
    for index, name in enumerate(DISTRICTS):
        west, east = 106.1 + index * 0.35, 106.45 + index * 0.35
        ring = [[west, 29.2], [east, 29.25], [east, 30.0], [west + 0.1, 30.1], [west, 29.95], [west, 29.2]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": str(name)}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def paper() -> dict[str, Any]:
    """Data of a printed paper."""
    return {
        "title": str(Text("样例日报", "Sample daily report")),
        "subtitle": f"{DISTRICTS[0]} · {clock.local_day(clock.now())}",
        "facts": [[_("Outlet"), 12], [_("Valid data"), "98.6 %"], [_("In alarm"), 2], [_("Limit"), "100 mg/L"]],
        "lines": [
            [row["name"], row["district"], str(states.state_of("outlet", row["state"]).label), row["value"]] for row in rows(12)
        ],
        "head": [_("Outlet"), _("District"), _("State"), "COD mg/L"],
    }
