from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "yuzhou.kernel.jobs"
    label = "kernel_jobs"
    default_auto_field = "django.db.models.BigAutoField"
