from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "yuzhou.kernel.parties"
    label = "kernel_parties"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the keys how to close the identity numbers anew."""
        from yuzhou.kernel.keys.api import Reencrypter, register_reencrypter
        from yuzhou.kernel.parties import persons

        register_reencrypter(Reencrypter("parties.id-number", persons.reencrypt, persons.outstanding))
