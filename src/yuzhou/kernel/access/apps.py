from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yuzhou.kernel.access"
    label = "kernel_access"
    default_auto_field = "django.db.models.BigAutoField"
