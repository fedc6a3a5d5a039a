from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yuzhou.kernel.access"
    label = "kernel_access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to allauth, and tell the keys how to close second factors anew."""
        from yuzhou.kernel.access import factors, signing_in
        from yuzhou.kernel.keys.api import Reencrypter, register_reencrypter

        signing_in.connect()
        register_reencrypter(Reencrypter("access.second-factors", factors.reencrypt, factors.outstanding))
