from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yuzhou.kernel.events"
    label = "kernel_events"
    default_auto_field = "django.db.models.BigAutoField"
