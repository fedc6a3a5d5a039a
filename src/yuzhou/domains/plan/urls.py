from django.urls import path

from yuzhou.domains.plan import web

app_name = "plan"
urlpatterns = [
    path("", web.show_systems, name="systems"),
    path("<str:key>", web.show_system, name="system"),
]
