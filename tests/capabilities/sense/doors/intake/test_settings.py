"""Settings of doors out of the environment."""

import pytest

from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings
from yuzhou.capabilities.sense.doors.mqtt.settings import MqttSettings


def test_seconds_may_have_a_part_where_the_default_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUZHOU_CONNECTORS_ANSWER_SECONDS", "1.5")
    monkeypatch.setenv("YUZHOU_MQTT_FLOOD_SECONDS", "0.5")
    monkeypatch.setenv("YUZHOU_HTTPDOOR_POLL_SECONDS", "7")
    assert ConnectorSettings.from_environment("connectors").answer_seconds == 1.5
    assert MqttSettings.from_environment("mqtt").flood_seconds == 0.5
    assert HttpSettings.from_environment("httpdoor").poll_seconds == 7.0


def test_counts_stay_whole_and_words_stay_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUZHOU_MQTT_WINDOW", "100")
    monkeypatch.setenv("YUZHOU_MQTT_HOST_ID", "7")
    settings = MqttSettings.from_environment("mqtt")
    assert (settings.window, settings.host_id) == (100, "7")
    monkeypatch.setenv("YUZHOU_MQTT_WINDOW", "1.5")
    with pytest.raises(ValueError, match=r"1\.5"):
        MqttSettings.from_environment("mqtt")
