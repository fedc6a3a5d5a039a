from datetime import date

from django.urls import path, register_converter

from yuzhou.domains.environment.web import charts, editing, outlets, overview, reporting


class DayConverter:
    """A day of an address: 2026-05-04."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The day; a ValueError means that no address matches."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """The day as text."""
        return value.isoformat()


register_converter(DayConverter, "day")
app_name = "environment"
urlpatterns = [
    path("", overview.show_overview, name="overview"),
    path("outlets.geojson", overview.outlets_geojson, name="outlets-geojson"),
    path("districts/<str:path>", overview.show_district, name="district"),
    path("outlets/", outlets.show_outlets, name="outlets"),
    path("outlets/new", editing.begin, name="outlet-begin"),
    path("outlets/register", editing.register, name="outlet-register"),
    path("outlets/<uuid:outlet>/", outlets.show_outlet, name="outlet"),
    path("outlets/<uuid:outlet>/alarms", outlets.show_alarms, name="outlet-alarms"),
    path("outlets/<uuid:outlet>/frames", outlets.show_frames, name="outlet-frames"),
    path("outlets/<uuid:outlet>/limits", outlets.show_limits, name="outlet-limits"),
    path("outlets/<uuid:outlet>/limits/new", editing.edit_limit, name="outlet-limit-new"),
    path("outlets/<uuid:outlet>/edit", editing.edit, name="outlet-edit"),
    path("outlets/<uuid:outlet>/factors", editing.edit_factors, name="outlet-factors"),
    path("outlets/<uuid:outlet>/close", editing.close, name="outlet-close"),
    path("outlets/<uuid:outlet>/chart.json", charts.chart_json, name="outlet-chart"),
    path("outlets/<uuid:outlet>/readings.csv", charts.chart_csv, name="outlet-csv"),
    path("outlets/<uuid:outlet>/reports", outlets.show_reports, name="outlet-reports"),
    path("outlets/<uuid:outlet>/reports/<day:day>", reporting.show_report, name="outlet-report"),
    path("outlets/<uuid:outlet>/reports/<day:day>/make", reporting.make, name="outlet-report-make"),
    path("outlets/<uuid:outlet>/reports/<day:day>.pdf", reporting.report_pdf, name="outlet-report-pdf"),
    path("outlets/<uuid:outlet>/reports/<day:day>.csv", reporting.report_csv, name="outlet-report-csv"),
    path("reports/", reporting.show_index, name="reports"),
    path("reports/<str:path>/latest", reporting.show_latest, name="district-report-latest"),
    path("reports/<str:path>/<day:day>", reporting.show_district, name="district-report"),
    path("reports/<str:path>/<day:day>/make", reporting.make_district, name="district-report-make"),
    path("reports/<str:path>/<day:day>.pdf", reporting.district_pdf, name="district-report-pdf"),
    path("reports/<str:path>/<day:day>.csv", reporting.district_csv, name="district-report-csv"),
]
