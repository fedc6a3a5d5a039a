"""The process itself: it hears of changes, sends over HTTP and over the product's own broker, and shares the work."""

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.capabilities.sense.subscriptions.stage import Receiver, deliver, seen, subscribe, write
from tests.conftest import free_port
from yuzhou.capabilities.sense.contracts.subscriptions import DeliveryStatus
from yuzhou.capabilities.sense.doors.notifier.process import Notifier
from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings

pytestmark = [pytest.mark.owner]


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_two_notifiers_share_the_work_and_send_each_notification_once_in_order(receiver: Receiver) -> None:
    async def work() -> None:
        notifiers = [Notifier(NotifierSettings(senders=2)) for _ in range(2)]
        for one in notifiers:
            await one.open()
        try:
            for value in range(30):
                await asyncio.to_thread(write, temperature=value)
            await until(lambda: bool(receiver.entities) and receiver.entities[-1]["temperature"]["value"] == 29)
        finally:
            for one in notifiers:
                await one.close()

    made = subscribe(receiver.url)
    asyncio.run(work())
    told = [entity["temperature"]["value"] for entity in receiver.entities]
    assert told == sorted(told)
    ids = [body["id"] for body in receiver.taken]
    assert len(ids) == len(set(ids))
    assert seen(made).waiting == 0


@pytest.fixture
def broker() -> Iterator[int]:
    """The product's bus with its door for MQTT open to all; its port."""
    from yuzhou.project.processes.bus import binary

    port, mqtt = free_port(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-broker-"))
    lines = ("server_name: test", f'listen: "127.0.0.1:{port}"', f'jetstream {{ store_dir: "{folder}" }}')
    (folder / "bus.conf").write_text("\n".join((*lines, f'mqtt {{ listen: "127.0.0.1:{mqtt}" }}', "")))
    process = subprocess.Popen([str(binary()), "-c", str(folder / "bus.conf")], stderr=subprocess.DEVNULL)
    wait_for(mqtt)
    yield mqtt
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the broker does not answer")


class Listener:
    """A client of the broker that was not written here."""

    def __init__(self, port: int) -> None:
        self.taken: list[tuple[str, Any]] = []
        self._ready, self._port = threading.Event(), port
        self._thread = threading.Thread(target=asyncio.run, args=(self._listen(),), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    async def _listen(self) -> None:
        async with aiomqtt.Client("127.0.0.1", self._port) as client:
            await client.subscribe("city/#", qos=1)
            self._ready.set()
            async for message in client.messages:
                self.taken.append((str(message.topic), json.loads(message.payload)))
                return

    def wait(self) -> None:
        self._thread.join(10)


@pytest.mark.django_db
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_notifications_over_mqtt(broker: int, settings: Any, qos: str) -> None:
    settings.YUZHOU_NOTIFIER_ALLOW = "127.0.0.0/8"
    info = [{"key": "MQTT-Version", "value": "mqtt3.1.1"}, {"key": "MQTT-QoS", "value": qos}]
    made = subscribe(
        f"mqtt://listener:word@127.0.0.1:{broker}/city/rooms",
        endpoint={"notifierInfo": info, "receiverInfo": [{"key": "X-Room", "value": "1"}]},
    )
    listener = Listener(broker)
    write(temperature=20)
    deliver()
    listener.wait()
    [(topic, message)] = listener.taken
    assert topic == "city/rooms"
    assert message["metadata"]["Content-Type"] == "application/json"
    assert message["metadata"]["X-Room"] == "1"
    assert message["body"]["data"][0]["temperature"]["value"] == 20
    assert "word" not in str(seen(made).document)
    assert seen(made).delivery is DeliveryStatus.OK


@pytest.mark.django_db
def test_a_broker_that_is_away_or_speaks_another_version_has_failed(broker: int, settings: Any) -> None:
    settings.YUZHOU_NOTIFIER_ALLOW = "127.0.0.0/8"
    info = [{"key": "MQTT-Version", "value": "mqtt5.0"}]  # which the product's own bus does not speak
    other = subscribe(f"mqtt://127.0.0.1:{broker}/city/rooms", endpoint={"notifierInfo": info, "timeout": 1000})
    away = subscribe(f"mqtt://127.0.0.1:{free_port()}/city/rooms", endpoint={"timeout": 1000})
    write(temperature=20)
    deliver()
    for made in (other, away):
        assert (seen(made).delivery, seen(made).waiting) == (DeliveryStatus.FAILED, 1)
