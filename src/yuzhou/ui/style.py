"""The page that shows every component in every state, with made-up data of nobody."""

import math
from datetime import timedelta

from django import forms
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel import clock
from yuzhou.kernel.requests import Request
from yuzhou.kernel.text import Text
from yuzhou.ui import style_samples as samples
from yuzhou.ui.charts import Limit, Line, Point, chart_response
from yuzhou.ui.csv import csv_response
from yuzhou.ui.errors import CSRF, EXPLANATIONS, error_page
from yuzhou.ui.maps import MapPoint, points_response
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Confirm, Crumb, Fact

CSRF_SAMPLE = 419


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40, help_text=gettext_lazy("As on the permit."))
    identity = forms.RegexField(r"^[0-9A-Z]{14,24}$", label="MN", help_text=gettext_lazy("14 to 24 digits or capital letters."))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", "—"), ("water", gettext_lazy("Waste water")), ("air", gettext_lazy("Waste gas"))],
    )
    since = forms.DateField(label=gettext_lazy("In use since"))
    limit = forms.DecimalField(label=gettext_lazy("Limit (mg/L)"), min_value=0, required=False)
    ways = forms.MultipleChoiceField(
        label=gettext_lazy("Notify by"),
        choices=[("inbox", gettext_lazy("Inbox")), ("mail", gettext_lazy("E-mail"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    remark = forms.CharField(label=gettext_lazy("Remark"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    sure = forms.BooleanField(label=gettext_lazy("Checked against the permit"))


def show_style(request: Request) -> HttpResponse:
    """Every component."""
    wrong = SampleForm({"name": "", "identity": "88-1", "kind": "water", "since": "2026-02-31", "ways": ["inbox"]})
    context = samples.components(request) | {"form": SampleForm(), "wrong": wrong, "statuses": [*EXPLANATIONS, CSRF_SAMPLE]}
    return render_page(
        request, "ui/style.html", context, title=_("Components"), crumbs=[Crumb(_("Home"), "/"), Crumb(_("Components"))]
    )


def _lines() -> list[Line]:
    start = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=48)
    hours = [hour for hour in range(48) if not 17 <= hour <= 21]

    def demand(hour: int) -> float:
        return round(62 + 24 * math.sin(hour / 7) + 9 * math.sin(hour * 1.7) + (31 if hour in (33, 34) else 0), 1)

    flags = {34: ("T", _("Above range")), 8: ("M", _("Maintenance"))}
    points = [Point(start + timedelta(hours=hour), demand(hour), *flags.get(hour, ())) for hour in hours]
    flow = [Point(start + timedelta(hours=hour), round(210 + 40 * math.cos(hour / 5), 1)) for hour in hours]
    return [
        Line(Text("化学需氧量", "Chemical oxygen demand"), "mg/L", points, gap_seconds=5400),
        Line(Text("流量", "Flow"), "m³/h", flow, gap_seconds=5400),
    ]


def chart(request: Request) -> HttpResponse:
    """Data of the sample charts: a full one, an empty one, and one that fails."""
    kind = request.GET.get("kind")
    if kind == "error":
        return JsonResponse({}, status=500)
    if kind == "empty":
        return chart_response([])
    return chart_response(_lines(), limits=[Limit(Text("限值", "Limit"), 100, unit="mg/L")])


def chart_csv(request: Request) -> HttpResponseBase:
    """The same data as CSV."""
    first, second = _lines()
    rows = [(p.at, p.value, p.flag, q.value) for p, q in zip(first.points, second.points, strict=True)]
    return csv_response("sample", [_("Time"), f"{first.name} (mg/L)", _("Flag"), f"{second.name} (m³/h)"], rows)


def districts(request: Request) -> HttpResponse:
    """Made-up areas for the sample map."""
    return JsonResponse(samples.areas())


def points(request: Request) -> HttpResponse:
    """Made-up points for the sample map."""
    states = ["normal", "normal", "alarm", "silent", "warning", "stopped"]
    found = [
        MapPoint(
            106.2 + i * 0.17,
            29.4 + 0.25 * (i % 3),
            Text(f"样例排口{i + 1}", f"Sample outlet {i + 1}"),
            s,
            "COD 62.4 mg/L",
            "#map",
        )
        for i, s in enumerate(states)
    ]
    return points_response(found, "outlet")


def confirm(request: Request) -> HttpResponse:
    """A page that asks before an act."""
    back = reverse("ui-style")
    if request.method == "POST":
        return redirect(back)
    asked = Confirm(
        _("Stop this outlet?"),
        _("Its alarms end and its data are no longer expected. The history stays."),
        _("Stop the outlet"),
        back,
        facts=[
            Fact(_("Outlet"), Text("样例水务一厂 1 号排口", "Sample waterworks, outlet 1")),
            Fact("MN", "88888880000001", code=True),
        ],
    )
    return confirm_page(request, asked, layout="ui/portal.html")


def paper(request: Request) -> HttpResponse:
    """A printed paper."""
    from yuzhou.ui.pdf import render_pdf

    return HttpResponse(render_pdf("ui/papers/sample.typ", samples.paper()), content_type="application/pdf")


def error(request: Request, status: int) -> HttpResponse:
    """An error page as it looks."""
    return (
        error_page(request, 403, words=CSRF)
        if status == CSRF_SAMPLE
        else error_page(request, status if status in EXPLANATIONS else 404)
    )
