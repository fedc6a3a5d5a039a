from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "yuzhou.kernel.keys"
    label = "kernel_keys"
    default_auto_field = "django.db.models.BigAutoField"
