from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "yuzhou.ui"
    label = "ui"
