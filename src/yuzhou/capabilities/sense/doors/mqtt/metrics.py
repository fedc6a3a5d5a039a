"""What this door counts beside what every door does, for Prometheus."""

from prometheus_client import Counter

CALLERS = Counter("yuzhou_mqtt_callers", "Clients that asked to come in, by what they were told", ["outcome"])
VIOLATIONS = Counter("yuzhou_mqtt_violations", "Messages and subscriptions under a name that is not the device's own", ["kind"])
REBIRTHS = Counter("yuzhou_sparkplug_rebirths", "Edge nodes asked to be born again, by reason", ["reason"])
