"""Addresses of files."""

from django.urls import path

from yuzhou.kernel.files import web

app_name = "files"

urlpatterns = [path("<uuid:file>", web.download, name="download")]
