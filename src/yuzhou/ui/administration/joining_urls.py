"""Addresses below /join/."""

from django.urls import path

from yuzhou.ui.administration import joining

urlpatterns = [
    path("", joining.show_ways, name="joining"),
    path("apply/", joining.apply, name="joining-apply"),
    path("status/<str:reference>/", joining.show_status, name="joining-status"),
    path("invitation/<str:secret>/", joining.accept, name="joining-invitation"),
]
