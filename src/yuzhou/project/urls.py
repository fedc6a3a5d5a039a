"""Every address of the site: the parts mount their own."""

from django.urls import include, path

from yuzhou.kernel import registry

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    *[path(mount.path, include(mount.urls)) for _, mount in registry.every("mounts")],
]
