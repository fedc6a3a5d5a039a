"""The two ways to a receiver: HTTP (clause 6.3.9) and MQTT 3.1.1 or 5 (clause 7.2)."""

import socket
import threading
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

import orjson
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from yuzhou.kernel.outbound import Caller, Target

VERSIONS = {"mqtt3.1.1": MQTTProtocolVersion.MQTTv311, "mqtt5.0": MQTTProtocolVersion.MQTTv5}


class Transport(Protocol):
    """A way to one receiver, kept open for several notifications."""

    def send(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Send one; raises OSError where the receiver did not take it."""

    def close(self) -> None:
        """Let go of the way."""


class HttpTransport:
    """Posts each notification; a 2xx takes it."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._caller = Caller(target, piece=seconds, whole=seconds)

    def send(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Send one."""
        self._caller.post(orjson.dumps(body), {"Accept": "*/*", "User-Agent": "Yuzhou", **headers})

    def close(self) -> None:
        """Close the connection."""
        self._caller.close()


class MqttTransport:
    """Publishes each notification under the topic that the address names, with its headers inside as the standard says."""

    def __init__(self, target: Target, seconds: float, info: Mapping[str, str]) -> None:
        self._topic = unquote(target.parts.path.removeprefix("/"))
        self._qos = int(info.get("MQTT-QoS", "0"))
        self._seconds = seconds
        self._connected = threading.Event()
        self._refusal = ""
        self._client = self._connect(target, VERSIONS[info.get("MQTT-Version", "mqtt5.0")])

    def send(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Send one; of QoS 1 and 2 until the broker has it."""
        content = orjson.dumps({"metadata": dict(headers), "body": body})
        message = self._client.publish(self._topic, content, qos=self._qos)
        if message.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise OSError(mqtt.error_string(message.rc))
        try:
            message.wait_for_publish(self._seconds)
        except (RuntimeError, ValueError) as error:
            raise OSError(str(error)) from error
        if not message.is_published():
            raise OSError("the broker did not take it in time")

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connect(self, target: Target, version: MQTTProtocolVersion) -> mqtt.Client:
        client = _Client(target, version, self._seconds)
        client.on_connect = self._on_connect
        if target.parts.username:
            client.username_pw_set(unquote(target.parts.username), unquote(target.parts.password or ""))
        if target.parts.scheme == "mqtts":
            client.tls_set()
        client.connect(target.host, target.port)
        client.loop_start()
        if not self._connected.wait(self._seconds) or self._refusal:
            client.loop_stop()
            raise OSError(self._refusal or "the broker did not answer")
        return client

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._connected.set()


class _Client(mqtt.Client):
    """Connects to the checked address, not to what the name means by now."""

    def __init__(self, target: Target, version: MQTTProtocolVersion, seconds: float) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, protocol=version, reconnect_on_failure=False)
        self.connect_timeout = seconds
        self._target = target

    def _create_socket_connection(self) -> socket.socket:
        return socket.create_connection((self._target.address, self._target.port), timeout=self.connect_timeout)
