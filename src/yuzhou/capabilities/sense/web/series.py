"""One series: what it is, its newest value, its course, and its readings as a table."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, PropertySpec, Series
from yuzhou.capabilities.sense.contracts.wording import word_duration
from yuzhou.capabilities.sense.web.newest import show_value
from yuzhou.capabilities.sense.web.profile_words import unit_words
from yuzhou.capabilities.sense.web.series_export import downloads_of
from yuzhou.capabilities.sense.web.states import word_statistic
from yuzhou.kernel.errors import NotFound
from yuzhou.ui.charts import TimeChart
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Fact, Facts, Tab, Tabs

PERIODS = ("24", "168", "720", "2160")  # hours


@require_safe
def series(request: HttpRequest, series_id: int) -> HttpResponse:
    """The page of a series."""
    found = next(iter(api.find_series(actor=request.actor, series_ids=[series_id])), None)
    if found is None:
        raise NotFound("sense.device-unknown")
    device = api.get_device(actor=request.actor, device_id=found.device_id)
    hours = request.GET.get("hours", "24")
    hours = hours if hours in PERIODS else "24"
    here = reverse("sense:series", args=[series_id])
    query = urlencode({"series": series_id, "hours": hours})
    chart = TimeChart(
        url=f"{reverse('sense:chart')}?{query}",
        title=f"{found.title} ({word_statistic(found.statistic)})",
        csv_url=f"{reverse('sense:readings-csv')}?{query}",
        live=f"sense.device.{device.id}",
    )
    spans = [Tab(word_duration(int(h) * 3600), f"{here}?hours={h}", h == hours) for h in PERIODS]
    context = {
        "facts": _facts(request, device, found),
        "chart": chart,
        "spans": Tabs(spans, _("Time")),
        "downloads": downloads_of(found.id, hours),
    }
    crumbs = [
        Crumb(_("Devices"), reverse("sense:devices")),
        Crumb(device.title, reverse("sense:device", args=[device.id])),
        Crumb(found.title),
    ]
    return render_page(request, "sense/series.html", context, title=f"{device.title}: {found.title}", crumbs=crumbs)


def _facts(request: HttpRequest, device: Device, found: Series) -> Facts:
    profile = api.find_profiles(keys=[device.profile]).get(device.profile) if device.profile else None
    spec = profile.find(found.property) if profile else None
    newest = next(
        (one for one in api.latest_values(actor=request.actor, device_ids=[device.id]) if one.series_id == found.id), None
    )
    return Facts(
        [
            Fact(_("Newest value"), show_value(newest, spec) if newest else None),
            Fact(_("Time"), newest.at if newest else None),
            Fact(_("Kind of value"), word_statistic(found.statistic)),
            Fact(_("Name in the messages"), found.property, code=True),
            Fact(_("Unit"), unit_words(found.unit) or None),
            Fact(_("Possible values"), _possible(spec) or None),
        ]
    )


def _possible(spec: PropertySpec | None) -> str:
    if spec is None or (spec.low is None and spec.high is None):
        return ""
    low, high = ("" if bound is None else f"{bound:g}" for bound in (spec.low, spec.high))
    return f"{low} … {high}"
