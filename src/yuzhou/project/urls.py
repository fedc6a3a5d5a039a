"""Every address of the site: the parts mount their own."""

from django.urls import include, path

from yuzhou.kernel import registry
from yuzhou.project.api import api
from yuzhou.project.streams.web import to_streams

urlpatterns = [
    path("", include("yuzhou.ui.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("streams/<path:rest>", to_streams),
    *[path(mount.path, include(mount.urls)) for _, mount in registry.every("mounts")],
]

handler400 = "yuzhou.project.errors.bad_request"
handler403 = "yuzhou.project.errors.permission_denied"
handler404 = "yuzhou.project.errors.not_found"
handler500 = "yuzhou.project.errors.server_error"
