from django.urls import path

from yuzhou.domains.environment.web import portal

app_name = "environment-portal"
urlpatterns = [path("", portal.show_public, name="public")]
