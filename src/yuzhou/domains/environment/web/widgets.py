"""The environment's cards on the desk's first page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import AlarmState
from yuzhou.domains.environment.rules.alarms import kind_of
from yuzhou.domains.environment.selectors.standing import MANY, list_standings
from yuzhou.domains.environment.web.overview import outlet_map, state_tiles
from yuzhou.domains.environment.web.tables import alarm_table
from yuzhou.ui.maps import MapView

SHOWN = 6
UNCLOSED = (AlarmState.ACKNOWLEDGED, AlarmState.CLEARED)


def show_states(request: HttpRequest) -> str:
    """How my outlets stand."""
    standings = list_standings(actor=request.actor)
    if not standings:
        return ""
    return render_to_string("environment/widget_states.html", {"tiles": state_tiles(standings)}, request=request)


def show_map(request: HttpRequest) -> str:
    """Where my outlets are."""
    from django.urls import reverse

    view: MapView = outlet_map(reverse("environment:outlets-geojson"))
    return render_to_string("environment/widget_map.html", {"map": view}, request=request)


def show_alarms(request: HttpRequest) -> str:
    """Alarms that somebody took on, or whose cause is gone, and that nobody closed yet; new ones stand among the tasks."""
    found = sense.list_alarms(actor=request.actor, states=UNCLOSED, limit=MANY)
    alarms = [alarm for alarm in found if kind_of(alarm.rule_key)]
    if not alarms:
        return ""
    table = alarm_table(request, alarms[:SHOWN], short=True)
    return render_to_string("environment/widget_alarms.html", {"table": table, "count": len(alarms)}, request=request)
