from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "yuzhou.kernel.calendar"
    label = "kernel_calendar"
    default_auto_field = "django.db.models.BigAutoField"
