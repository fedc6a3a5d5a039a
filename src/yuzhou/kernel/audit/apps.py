from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yuzhou.kernel.audit"
    label = "kernel_audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take the acts that parts record."""
        from yuzhou.kernel import acts
        from yuzhou.kernel.audit.recording import write_entry

        acts.set_sink(write_entry)
