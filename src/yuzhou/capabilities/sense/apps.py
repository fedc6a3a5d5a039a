from django.apps import AppConfig


class SenseConfig(AppConfig):
    name = "yuzhou.capabilities.sense"
    label = "sense"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer to close devices' secrets anew when keys change; make the requests of each door known."""
        from yuzhou.capabilities.sense.doors.connectors.declaration import declare as declare_connectors
        from yuzhou.capabilities.sense.doors.gb32960.declaration import declare as declare_gb32960
        from yuzhou.capabilities.sense.doors.hj212.declaration import declare
        from yuzhou.capabilities.sense.doors.http import messages as _http  # noqa: F401 - declares sentences
        from yuzhou.capabilities.sense.doors.jt808.declaration import declare as declare_jt808
        from yuzhou.capabilities.sense.doors.mqtt.declaration import declare as declare_mqtt
        from yuzhou.capabilities.sense.doors.payloads import messages as _messages  # noqa: F401 - declares sentences
        from yuzhou.capabilities.sense.services.secrets import outstanding_secrets, reencrypt_secrets
        from yuzhou.capabilities.sense.services.subscriptions.endpoints import outstanding_endpoints, reencrypt_endpoints
        from yuzhou.kernel.keys.api import Reencrypter, register_reencrypter

        register_reencrypter(Reencrypter("sense", run=reencrypt_secrets, outstanding=outstanding_secrets))
        register_reencrypter(Reencrypter("sense-subscriptions", run=reencrypt_endpoints, outstanding=outstanding_endpoints))
        declare()
        declare_connectors()
        declare_gb32960()
        declare_jt808()
        declare_mqtt()
