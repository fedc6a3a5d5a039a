from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yuzhou.kernel.audit"
    label = "kernel_audit"
    default_auto_field = "django.db.models.BigAutoField"
