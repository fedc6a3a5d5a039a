from django.apps import AppConfig


class EnvironmentConfig(AppConfig):
    name = "yuzhou.domains.environment"
    label = "environment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare how the domain's states look."""
        from yuzhou.domains.environment import display

        display.declare()
