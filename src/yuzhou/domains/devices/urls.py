from django.urls import path

from yuzhou.domains.devices import web

app_name = "devices"
urlpatterns = [path("", web.show_overview, name="overview")]
