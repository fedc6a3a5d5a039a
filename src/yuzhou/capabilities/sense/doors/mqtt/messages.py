"""What the codes of this door mean, for the desk."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "mqtt.unknown-device": gettext_noop("No device is registered under this name."),
    "mqtt.wrong-password": gettext_noop("The password is not that of the device."),
    "mqtt.not-mqtt": gettext_noop("Devices come in over MQTT only."),
    "mqtt.client-taken": gettext_noop("The client identifier belongs to another device."),
    "mqtt.too-many-frames": gettext_noop("The device sends far more than {per_minute} messages a minute, and was sent away."),
    "mqtt.not-its-own": gettext_noop("The device tried to use a topic that is not its own: {topic}."),
    "mqtt.unknown-topic": gettext_noop("Nothing is read on this topic."),
    "mqtt.state": gettext_noop("A state is online or offline."),
    "mqtt.answer": gettext_noop("This is no answer to a command: give a state (accepted, done, failed), and code and result."),
    "mqtt.provision": gettext_noop("This is no request to be let in: give the key, and profile, claim and details where needed."),
    "mqtt.store-refused": gettext_noop("The store refused the values ({error})."),
    "sparkplug.unknown-node": gettext_noop("No edge node is registered under this name."),
    "sparkplug.unknown-device": gettext_noop("The edge node speaks for a device that is not registered."),
    "sparkplug.not-sparkplug": gettext_noop("This is no Sparkplug B payload."),
    "sparkplug.no-birth": gettext_noop("No birth certificate says what these metrics are; the edge node was asked for one."),
    "sparkplug.too-many-metrics": gettext_noop("A birth certificate declares more than {most} metrics."),
    "sparkplug.no-such-metric": gettext_noop("The device never declared a metric {metric}."),
    "sparkplug.bad-value": gettext_noop("The value does not fit the type of the metric {metric}."),
    "sparkplug.store-refused": gettext_noop("The store refused the values ({error})."),
}.items():
    declare_message(_code, _sentence)
