from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "yuzhou.kernel.sites"
    label = "kernel_sites"
    default_auto_field = "django.db.models.BigAutoField"
