from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "yuzhou.kernel.parties"
    label = "kernel_parties"
    default_auto_field = "django.db.models.BigAutoField"
