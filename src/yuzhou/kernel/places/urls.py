"""Addresses of places: public, the same for all."""

from django.urls import path

from yuzhou.kernel.places import web

app_name = "places"

urlpatterns = [
    path("districts.geojson", web.districts, name="districts"),
    path("city.geojson", web.city, name="city"),
    path("search", web.search, name="search"),
]
