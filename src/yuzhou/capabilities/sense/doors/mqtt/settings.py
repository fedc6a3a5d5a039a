"""Settings of the MQTT door: how it reaches the bus, and how much it takes."""

import os
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings
from yuzhou.kernel.nkeys import AccountKey

SEED_SETTING = "YUZHOU_MQTT_ISSUER_SEED"
ISSUER = "mqtt-issuer"
"""Under this purpose the issuer's key follows from the bus's password; the embedded bus is configured with its public part."""


@dataclass(frozen=True, slots=True)
class MqttSettings(IntakeSettings):
    """Each is `YUZHOU_MQTT_<NAME>`. What is empty follows from `NATS_URL`, as the embedded bus has it."""

    port: int = 1883  # of the bus's MQTT door, where our own presence is announced; 0: nowhere
    account: str = "CITY"
    issuer_seed: str = ""  # SA…, of the key that the bus's authorization callout trusts
    system_url: str = ""  # of the bus's system account; "none": without
    host_id: str = "yuzhou"  # our name as a Sparkplug host
    max_payload: int = 262_144
    window: int = 20_000  # messages taken from the bus and not yet stored
    return_seconds: float = 20  # for devices to come again after the bus was away, before they count as gone
    flood_seconds: float = 120  # of a device's own rate that it may be ahead, before it is sent away

    @property
    def _bus(self) -> SplitResult:
        return urlsplit(self.urls[0])

    @property
    def urls(self) -> list[str]:
        """The bus, as given to the platform."""
        return os.environ.get("NATS_URL", "").split(",")

    @property
    def password(self) -> str:
        """The password in the bus's address."""
        return unquote(self._bus.password or "")

    @property
    def issuer(self) -> AccountKey:
        """The key that lets devices in; raises ValueError for a seed that is none."""
        return AccountKey.from_seed(self.issuer_seed) if self.issuer_seed else AccountKey.derived(self.password, ISSUER)

    @property
    def system_urls(self) -> list[str]:
        """The bus as its system account sees it; none where there is none."""
        if self.system_url == "none":
            return []
        if self.system_url:
            return self.system_url.split(",")
        users = [urlsplit(url) for url in self.urls]
        return [url._replace(netloc=url.netloc.replace(f"{url.username}:", "system:", 1)).geturl() for url in users]

    @property
    def announce_at(self) -> str:
        """The host of the bus's MQTT door."""
        return self._bus.hostname or "127.0.0.1"
