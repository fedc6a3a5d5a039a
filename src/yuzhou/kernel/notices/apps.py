from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "yuzhou.kernel.notices"
    label = "kernel_notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let a new key of the city close the secrets of webhooks anew."""
        from yuzhou.kernel.keys.api import Reencrypter, register_reencrypter
        from yuzhou.kernel.notices import secrets

        register_reencrypter(Reencrypter("notices.webhook-secret", secrets.reencrypt, secrets.outstanding))
