from django.apps import AppConfig


class EnvironmentConfig(AppConfig):
    name = "yuzhou.domains.environment"
    label = "environment"
    default_auto_field = "django.db.models.BigAutoField"
