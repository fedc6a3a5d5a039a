"""The whole history of a series to take along, from its page on the desk."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense.contracts import Period
from yuzhou.capabilities.sense.contracts.history import ExportFormat
from yuzhou.capabilities.sense.http.exports import stream
from yuzhou.capabilities.sense.web.charts import period_of
from yuzhou.kernel.errors import Invalid
from yuzhou.ui.parts import Action

TITLES = {
    ExportFormat.CSV: "CSV",
    ExportFormat.JSON_LINES: "JSON Lines",
    ExportFormat.PARQUET: "Parquet",
    ExportFormat.ARROW: "Arrow",
}


def downloads_of(series_id: int, hours: str) -> list[Action]:
    """The buttons: the last hours in each form."""
    address = reverse("sense:series-export", args=[series_id])
    return [Action(title, f"{address}?{urlencode({'hours': hours, 'format': one.value})}") for one, title in TITLES.items()]


@require_safe
def export(request: HttpRequest, series_id: int) -> HttpResponseBase:
    """The whole of it between `start` and `end`, or over the last `hours`, as a stream; `period`: by hour, day …"""
    start, end = period_of(request)
    try:
        form = ExportFormat(request.GET.get("format", ExportFormat.CSV.value))
    except ValueError:
        raise Invalid("sense.query-invalid", field="format", name="format") from None
    return stream(request, [series_id] if series_id < 2**31 else [], start, end, form, _period(request))


def _period(request: HttpRequest) -> Period | None:
    given = request.GET.get("period", "")
    try:
        return Period(given) if given else None
    except ValueError:
        raise Invalid("sense.query-invalid", field="period", name="period") from None
