"""The first pages, the style page, and the switch of language."""

from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from yuzhou.ui import city_map, search, style, web

urlpatterns = [
    path("", web.home, name="ui-home"),
    path("desk/", web.desk, name="ui-desk"),
    path("desk/account", web.account, name="ui-account"),
    path("desk/search", search.search, name="ui-search"),
    path("desk/map", city_map.city_map, name="ui-map"),
    path("desk/admin/", include("yuzhou.ui.administration.urls")),
    path("join/", include("yuzhou.ui.administration.joining_urls")),
    path("accounts/email/", RedirectView.as_view(pattern_name="administration-profile")),  # in place of allauth's: one address
    path("desk/", include("yuzhou.ui.flow.urls")),
    path("language", set_language, name="set_language"),
    path("style", style.show_style, name="ui-style"),
    path("style/chart.json", style.chart, name="ui-style-chart"),
    path("style/chart.csv", style.chart_csv, name="ui-style-chart-csv"),
    path("style/districts.json", style.districts, name="ui-style-districts"),
    path("style/points.json", style.points, name="ui-style-points"),
    path("style/confirm", style.confirm, name="ui-style-confirm"),
    path("style/paper.pdf", style.paper, name="ui-style-paper"),
    path("style/errors/<int:status>", style.error, name="ui-style-error"),
]
