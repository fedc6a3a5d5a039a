from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "yuzhou.domains.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"
