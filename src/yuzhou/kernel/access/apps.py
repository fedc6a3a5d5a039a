from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yuzhou.kernel.access"
    label = "kernel_access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from yuzhou.kernel.access import signing_in

        signing_in.connect()
