from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yuzhou.kernel.events"
    label = "kernel_events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the parts' declarations, subscriptions among them, checked at start."""
        from yuzhou.kernel import registry_checks

        registry_checks.register()
