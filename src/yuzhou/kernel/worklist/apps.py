from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "yuzhou.kernel.worklist"
    label = "kernel_worklist"
    default_auto_field = "django.db.models.BigAutoField"
