"""Devices: the list, and one with its newest values, charts, frames, refusals and commands."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, ProvisionStatus, Series
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.contracts.wording import word_duration
from yuzhou.capabilities.sense.web.alarms import alarm_table
from yuzhou.capabilities.sense.web.curl import curl_of
from yuzhou.capabilities.sense.web.device_table import device_table, may_register
from yuzhou.capabilities.sense.web.frames import frame_table, quarantine_table
from yuzhou.capabilities.sense.web.latest import values_table
from yuzhou.capabilities.sense.web.positions import position_map
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.capabilities.sense.web.rule_pages import rule_table
from yuzhou.capabilities.sense.web.states import word_statistic
from yuzhou.ui.charts import TimeChart
from yuzhou.ui.display import show_time
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Action, Crumb, Fact, Facts, Note, Tab, Tabs
from yuzhou.ui.subjects import site_subject

PERIODS = ("24", "48", "168", "720", "2160")  # hours


@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """The list."""
    request.actor.require("sense.device:read")
    context = {
        "table": device_table(request),
        "may_register": may_register(request),
        "may_approve": request.actor.can("sense.device:approve"),
    }
    return render_page(request, "sense/devices.html", context, title=_("Devices"), crumbs=[Crumb(_("Devices"))])


@require_safe
def device(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What it is, its newest values and its standing alarms."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    context = {
        "facts": _facts(request, found),
        "values": values_table(request, found),
        "curl": curl_of(request, found),
        "map": position_map(request, found),
        "alarms": alarm_table(request, device_id=found.id, name="alarms") if _may_see_alarms(request, found) else None,
    }
    return device_page(request, found, "sense/device.html", {**context, "claims": claims_note(request, found)}, "overview")


@require_safe
def charts(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Its series over time, a chart for each property."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    hours = request.GET.get("hours", "48")
    hours = hours if hours in PERIODS else "48"
    period = request.GET.get("period", "")
    series = api.list_series(actor=request.actor, device_ids=[found.id])
    grains = [grain for grain in ("rtd", "minute", "hour", "day") if any(_grain(one) == grain for one in series)]
    grain = period if period in grains else (grains[0] if grains else "rtd")
    base = reverse("sense:device-charts", args=[found.id])
    context = {
        "charts": _charts(series, grain, hours),
        "spans": Tabs([Tab(_span(h), f"{base}?hours={h}&period={grain}", h == hours) for h in PERIODS], _("Time")),
        "grains": Tabs(
            [Tab(word_statistic(g), f"{base}?hours={hours}&period={g}", g == grain) for g in grains], _("Kind of value")
        ),
    }
    return device_page(request, found, "sense/device_charts.html", context, "charts")


def _span(hours: str) -> str:
    return word_duration(int(hours) * 3600)


def _grain(one: Series) -> str:
    return one.statistic.value.split("-")[0]


def _charts(series: list[Series], grain: str, hours: str) -> list[TimeChart]:
    """One for each property; of the statistics of a period the mean, or the total where there is no mean."""
    by_property: dict[str, list[Series]] = {}
    for one in series:
        if _grain(one) == grain and not one.statistic.value.endswith(("-min", "-max", "-min-converted", "-max-converted")):
            by_property.setdefault(one.property, []).append(one)
    found = []
    for group in by_property.values():
        query = urlencode({"series": ",".join(str(one.id) for one in group), "hours": hours})
        found.append(
            TimeChart(
                url=f"{reverse('sense:chart')}?{query}",
                title=f"{group[0].title} ({word_statistic(grain)})",
                csv_url=f"{reverse('sense:readings-csv')}?{query}",
                live=f"sense.device.{group[0].device_id}" if grain == "rtd" else "",
            )
        )
    return found


@require_safe
def rules(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Which rules watch it, its own and those of its profile, and whether they are on."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    return device_page(request, found, "sense/device_table.html", {"table": rule_table(request, device_id=found.id)}, "rules")


@require_safe
def frames(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What it said, as it was on the wire."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    return device_page(request, found, "sense/device_table.html", {"table": frame_table(request, found.id)}, "frames")


@require_safe
def refusals(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What it said that was refused."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    return device_page(request, found, "sense/device_table.html", {"table": quarantine_table(request, found.id)}, "refusals")


def device_page(request: HttpRequest, found: Device, template: str, context: dict[str, object], here: str) -> HttpResponse:
    """A page of a device below its tabs."""
    named = [
        ("overview", _("Overview"), "sense:device"),
        ("charts", _("Charts"), "sense:device-charts"),
        ("frames", _("Raw frames"), "sense:device-frames"),
        ("refusals", _("Refused frames"), "sense:device-refusals"),
        ("commands", _("Commands"), "sense:device-commands"),
        ("rules", _("Rules"), "sense:device-rules"),
    ]
    if found.protocol in ("modbus", "opcua"):
        named.insert(1, ("connection", _("Connection"), "sense:device-connection"))
    tabs = Tabs([Tab(title, reverse(name, args=[found.id]), key == here) for key, title, name in named], _("Device"))
    crumbs = [Crumb(_("Devices"), reverse("sense:devices")), Crumb(found.title)]
    may_edit = request.actor.can("sense.device:register", place_path=found.place_path)
    shown = {
        "device": found,
        "tabs": tabs,
        "may_edit": may_edit,
        "has_secret": protocol_of(found.protocol).makes_secret,
        **context,
    }
    return render_page(request, template, shown, title=found.title, crumbs=crumbs)


def claims_note(request: HttpRequest, found: Device) -> Note | None:
    """Whether someone else claimed its name."""
    if not request.actor.can("sense.device:approve", place_path=found.place_path):
        return None
    claims = api.list_provision_requests(actor=request.actor, statuses=[ProvisionStatus.REFUSED], claims=found.id, limit=1).rows
    if not claims:
        return None
    said = _("From {peer}, last on {moment}, {count} times. It was refused.")
    text = said.format(peer=claims[0].peer or "—", moment=show_time(claims[0].last_asked_at), count=claims[0].times)
    action = Action(_("Refused requests"), f"{reverse('sense:provisioning')}?show=refused")
    return Note(_("Someone claimed the name of this device"), text, "warning", [action])


def _may_see_alarms(request: HttpRequest, found: Device) -> bool:
    actor = request.actor
    return bool(actor.can("sense.alarm:read", place_path=found.place_path, organisation=found.operator_id))


def _facts(request: HttpRequest, found: Device) -> Facts:
    site = site_subject(request.actor, found.site_id)
    profile = api.find_profiles(keys=[found.profile]).get(found.profile) if found.profile else None
    address = reverse("sense:profile", args=[profile.key]) if profile else ""
    profile_fact = Fact(_("Device profile"), profile.title if profile else found.profile or None, url=address)
    return Facts(
        [
            Fact(_("State"), found.state, states="device"),
            Fact(_("Last heard"), found.last_seen),
            Fact(_("Identity"), found.identity, code=True),
            profile_fact,
            Fact(_("Protocol"), protocol_of(found.protocol).title),
            *([Fact(site.kind, site.name, url=site.url)] if site else []),
            Fact(_("Place"), place_names([found.place_path])[found.place_path]),
            Fact(_("Silent after"), word_duration(found.silent_after_seconds)),
            Fact(_("Most frames per minute"), found.frames_per_minute),
            Fact(_("Simulated"), found.simulated, states="boolean"),
            *(Fact(name, value, code=True) for name, value in _connection(found)),
            Fact(_("Notes"), found.notes or None),
        ]
    )


def _connection(found: Device) -> list[tuple[object, object]]:
    """How it is reached, with the names that its protocol gives to the settings."""
    fields = protocol_of(found.protocol).connection
    given = [(field, found.connection.get(field.name)) for field in fields]
    return [(field.title, dict(field.choices).get(str(value), value)) for field, value in given if value not in (None, "")]
